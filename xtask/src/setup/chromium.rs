//! Chromium: the one that is there, or Debian's.

use crate::process::{answer, succeeds};
use std::path::PathBuf;
use std::process::Command;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where Chromium is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    find().or_else(|| install().then(find).flatten()).ok_or_else(|| {
        "Chromium is missing and may not be installed by this user: apt-get install chromium"
            .to_owned()
    })
}

fn find() -> Option<PathBuf> {
    NAMES.into_iter().find_map(which)
}

/// Where the shell would find a program.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let script = format!("command -v {name}");
    answer(Command::new("sh").args(["-c", &script])).map(PathBuf::from)
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "--no-install-recommends", "chromium"])
}

/// Runs `apt-get` if this user may: as root only, since nobody is there to type a password.
pub(crate) fn apt_get(args: &[&str]) -> bool {
    let is_root = answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    is_root
        && which("apt-get").is_some()
        && succeeds(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"))
}
