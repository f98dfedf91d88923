//! nginx, which the gateway is tested behind: the one that is there, or Debian's.

use super::debian::found_or_installed;
use std::path::PathBuf;

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/nginx";

/// Where it is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    let found = || Some(PathBuf::from(PROGRAM)).filter(|program| program.is_file());
    found_or_installed("nginx", "nginx", found)
}
