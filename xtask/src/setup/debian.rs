//! Packages of Debian: what is there, and what this user may install.

use crate::process::{answer, succeeds};
use std::path::PathBuf;
use std::process::Command;

/// What is found, its package installed first if need be and allowed.
pub(crate) fn found_or_installed(
    what: &str,
    package: &str,
    find: impl Fn() -> Option<PathBuf>,
) -> Result<PathBuf, String> {
    find().or_else(|| install(package).then(&find).flatten()).ok_or_else(|| {
        format!(
            "{what} is missing and may not be installed by this user: apt-get install {package}"
        )
    })
}

/// Installs a package, and nothing that is only recommended with it.
pub(crate) fn install(package: &str) -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "--no-install-recommends", package])
}

/// Runs `apt-get` if this user may: as root only, since nobody is there to type a password.
pub(crate) fn apt_get(args: &[&str]) -> bool {
    let is_root = answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    is_root
        && which("apt-get").is_some()
        && succeeds(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Where the shell would find a program.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let script = format!("command -v {name}");
    answer(Command::new("sh").args(["-c", &script])).map(PathBuf::from)
}
