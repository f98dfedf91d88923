//! libfaketime: the one that is there, or Debian's. It shows one process another clock.

use crate::setup::chromium::apt_get;
use std::path::{Path, PathBuf};

const PLACES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib/faketime",
];

/// Where it is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    find().or_else(|| install().then(find).flatten()).ok_or_else(|| {
        "libfaketime is missing and may not be installed by this user: apt-get install libfaketime"
            .to_owned()
    })
}

fn find() -> Option<PathBuf> {
    PLACES.iter().map(Path::new).find(|place| place.is_dir()).map(Path::to_owned)
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "--no-install-recommends", "libfaketime"])
}
