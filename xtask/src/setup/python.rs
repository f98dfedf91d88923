//! A Python that has the packages of the client matrix, and no others: a virtual environment in `target`.

use super::debian;
use super::installed::Installed;
use crate::process::{answers, root, succeeds};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Every package with its version and the hashes of its files.
pub(crate) const LOCK: &str = "tests/clients/python/requirements.txt";

/// The interpreter, its packages those of the lock file.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    if packages_are_those_of_the_lock_file() || install() {
        return Ok(interpreter());
    }
    Err(format!("the Python packages could not be installed: pip install --requirement {LOCK}"))
}

fn install() -> bool {
    let _ = fs::remove_dir_all(folder());
    (make() || (debian::install("python3-venv") && make())) && install_packages()
}

fn make() -> bool {
    succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder()))
}

fn install_packages() -> bool {
    let words = ["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", LOCK];
    succeeds(Command::new(interpreter()).args(words).current_dir(root())) && installed().note()
}

fn packages_are_those_of_the_lock_file() -> bool {
    answers(Command::new(interpreter()).arg("--version")) && installed().is_up_to_date()
}

fn folder() -> PathBuf {
    root().join("target/clients/python")
}

fn interpreter() -> PathBuf {
    folder().join("bin/python")
}

fn installed() -> Installed {
    Installed { lock: root().join(LOCK), copy: folder().join("installed-requirements.txt") }
}
