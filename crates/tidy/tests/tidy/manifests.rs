//! What every crate's manifest has to say.

use crate::{files, none};

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let faults: Vec<_> = files()
        .into_iter()
        .filter(|file| is_ours(&file.path))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| file.path)
        .collect();
    none("a manifest lacks `[lints]` with `workspace = true`", &faults);
}

#[test]
fn every_version_of_a_dependency_stands_in_the_workspace() {
    let mut faults = Vec::new();
    for file in files().into_iter().filter(|file| is_ours(&file.path)) {
        let mut in_dependencies = false;
        for line in file.text.lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && has_own_version(line) {
                faults.push(format!("{}: {line}", file.path));
            }
        }
    }
    none("a version is written outside [workspace.dependencies]", &faults);
}

/// The manifests of crates; that of the fuzz targets is a workspace of its own.
fn is_ours(path: &str) -> bool {
    path.ends_with("/Cargo.toml") && (path.starts_with("crates/") || path.starts_with("xtask/"))
}

fn has_own_version(line: &str) -> bool {
    line.contains("version =")
        || line.split_once(" = ").is_some_and(|(_, value)| value.starts_with('"'))
}
