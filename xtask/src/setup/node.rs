//! Node and the packages of a folder: `npm ci` from its lock file, scripts off.

use super::debian::apt_get;
use crate::process::{answers, root, succeeds};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the browser tests.
pub(crate) const BROWSER_TESTS: &str = "tests/browser";

/// Sees to it that Node is there and the packages of the folder are those of its lock file.
pub(crate) fn find_or_install(folder: &str) -> Result<(), String> {
    if !(is_there() || install()) {
        return Err(
            "Node is missing and may not be installed by this user: apt-get install nodejs npm"
                .into(),
        );
    }
    let folder = root().join(folder);
    if packages_are_those_of_the_lock_file(&folder) || install_packages(&folder) {
        return Ok(());
    }
    Err(format!("the Node packages could not be installed: npm ci in {}", folder.display()))
}

fn is_there() -> bool {
    answers(Command::new("node").arg("--version")) && answers(Command::new("npm").arg("--version"))
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "nodejs", "npm"])
}

fn install_packages(folder: &Path) -> bool {
    succeeds(Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(folder))
        && fs::copy(lock(folder), stamp(folder)).is_ok()
}

/// Whether the copy of the lock file beside the packages, left by the last installation, is the lock file.
fn packages_are_those_of_the_lock_file(folder: &Path) -> bool {
    matches!((fs::read(lock(folder)), fs::read(stamp(folder))), (Ok(wanted), Ok(there)) if wanted == there)
}

fn lock(folder: &Path) -> PathBuf {
    folder.join("package-lock.json")
}

fn stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules/.installed-package-lock.json")
}
