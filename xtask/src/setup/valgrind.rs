//! Valgrind: the one that is there, or Debian's.

use crate::setup::chromium::{apt_get, which};
use std::path::PathBuf;

/// Where it is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    find().or_else(|| install().then(find).flatten()).ok_or_else(|| {
        "Valgrind is missing and may not be installed by this user: apt-get install valgrind"
            .to_owned()
    })
}

fn find() -> Option<PathBuf> {
    which("valgrind")
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "--no-install-recommends", "valgrind"])
}
