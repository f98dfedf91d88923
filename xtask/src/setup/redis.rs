//! Redis: the one that is there, or Debian's.

use crate::setup::chromium::{apt_get, which};
use std::path::PathBuf;

/// Where its server is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    find().or_else(|| install().then(find).flatten()).ok_or_else(|| {
        "Redis is missing and may not be installed by this user: apt-get install redis-server"
            .to_owned()
    })
}

fn find() -> Option<PathBuf> {
    which("redis-server")
}

fn install() -> bool {
    apt_get(&["update"])
        && apt_get(&["install", "--yes", "--no-install-recommends", "redis-server"])
}
