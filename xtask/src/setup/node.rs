//! Node and the packages of a folder: `npm ci` from its lock file, scripts off.

use super::debian::apt_get;
use super::installed::Installed;
use crate::process::{answers, root, succeeds};
use std::path::Path;
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
    if installed(&folder).is_up_to_date() || install_packages(&folder) {
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
        && installed(folder).note()
}

fn installed(folder: &Path) -> Installed {
    Installed {
        lock: folder.join("package-lock.json"),
        copy: folder.join("node_modules/.installed-package-lock.json"),
    }
}
