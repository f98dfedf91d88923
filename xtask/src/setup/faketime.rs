//! libfaketime: the one that is there, or Debian's. It shows one process another clock.

use super::debian::found_or_installed;
use std::path::{Path, PathBuf};

const PLACES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib/faketime",
];

/// Where it is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    found_or_installed("libfaketime", "libfaketime", || {
        PLACES.iter().map(Path::new).find(|place| place.is_dir()).map(Path::to_owned)
    })
}
