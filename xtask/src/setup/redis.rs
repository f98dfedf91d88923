//! Redis: the one that is there, or Debian's.

use super::debian::{found_or_installed, which};
use std::path::PathBuf;

/// Where its server is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    found_or_installed("Redis", "redis-server", || which("redis-server"))
}
