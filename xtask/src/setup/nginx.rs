//! nginx, which the gateway is tested behind: the one that is there, or Debian's.

use crate::setup::chromium::apt_get;
use std::path::PathBuf;

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/nginx";

/// Where it is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    let program = PathBuf::from(PROGRAM);
    if program.is_file() || (install() && program.is_file()) {
        return Ok(program);
    }
    Err(format!("there is no nginx at {PROGRAM}: apt-get install nginx"))
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "--no-install-recommends", "nginx"])
}
