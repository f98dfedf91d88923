//! The house rules. Each test says why when it fails.
#![expect(clippy::unwrap_used, reason = "a test that cannot read the tree should stop")]

mod conformance;
mod cycles;
mod docs;
mod files;
mod layers;
mod links;
mod manifests;
mod words;

use std::fmt::Write;
use tidy::tree::File;

/// Every text file of the repository.
fn files() -> Vec<File> {
    tidy::tree::files().unwrap()
}

/// One file of the repository.
fn file(path: &str) -> File {
    files().into_iter().find(|file| file.path == path).ok_or(path).unwrap()
}

/// Fails if there is any fault, naming the rule, its reason, and each fault on its own line.
#[track_caller]
fn none(rule: &str, faults: &[String]) {
    let mut text = String::new();
    for fault in faults {
        let _ = writeln!(text, "  {fault}");
    }
    assert!(faults.is_empty(), "{rule}\n{text}");
}
