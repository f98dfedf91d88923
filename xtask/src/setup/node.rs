//! Node and the packages of the browser tests: `npm ci` from the lock file, scripts off.

use crate::process::{answers, root, succeeds};
use crate::setup::chromium::apt_get;
use std::fs;
use std::process::Command;

/// The folder of the browser tests.
pub(crate) const FOLDER: &str = "tests/browser";

/// Sees to it that Node is there and the packages are those of the lock file.
pub(crate) fn find_or_install() -> Result<(), String> {
    if !(is_there() || install()) {
        return Err(
            "Node is missing and may not be installed by this user: apt-get install nodejs npm"
                .into(),
        );
    }
    if packages_are_those_of_the_lock_file() || install_packages() {
        return Ok(());
    }
    Err(format!("the Node packages could not be installed: npm ci in {FOLDER}"))
}

fn is_there() -> bool {
    answers(Command::new("node").arg("--version")) && answers(Command::new("npm").arg("--version"))
}

fn install() -> bool {
    apt_get(&["update"]) && apt_get(&["install", "--yes", "nodejs", "npm"])
}

fn install_packages() -> bool {
    succeeds(Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(root().join(FOLDER)))
        && fs::copy(lock(), stamp()).is_ok()
}

/// Whether the copy of the lock file beside the packages, left by the last installation, is the lock file.
fn packages_are_those_of_the_lock_file() -> bool {
    matches!((fs::read(lock()), fs::read(stamp())), (Ok(wanted), Ok(there)) if wanted == there)
}

fn lock() -> std::path::PathBuf {
    root().join(FOLDER).join("package-lock.json")
}

fn stamp() -> std::path::PathBuf {
    root().join(FOLDER).join("node_modules/.installed-package-lock.json")
}
