//! What every Rust file has to be.

use crate::{files, none};
use std::collections::BTreeSet;
use tidy::rust::{code_lines, lines_in_use};
use tidy::tree::File;

/// The most lines a file may have. 300 are enough for most.
const MOST_LINES: usize = 500;

#[test]
fn no_file_is_longer_than_one_can_read() {
    let faults: Vec<_> = rust_files()
        .iter()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    none(
        "a file is longer than 500 lines: find the second thing it does and give that a file",
        &faults,
    );
}

#[test]
fn a_file_says_what_it_is_in_its_first_line() {
    let faults: Vec<_> = rust_files()
        .into_iter()
        .filter(|file| !file.path.contains("/fuzz_targets/") && !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    none("a file does not begin with `//! ` and what it is", &faults);
}

#[test]
fn no_file_is_forgotten() {
    let files = rust_files();
    let paths: BTreeSet<_> = files.iter().map(|file| file.path.as_str()).collect();
    let faults: Vec<_> = files
        .iter()
        .filter(|file| !is_root(&file.path) && !is_declared(file, &files, &paths))
        .map(|file| file.path.clone())
        .collect();
    none("no `mod` names this file, so it is never compiled", &faults);
}

#[test]
fn no_test_is_ignored_and_none_sleeps() {
    let ignored = concat!("#[", "ignore");
    let asleep = [concat!("thread::", "sleep"), concat!("time::", "sleep"), concat!(" ", "sleep(")];
    let mut faults = Vec::new();
    for file in rust_files() {
        let used: BTreeSet<_> = lines_in_use(&file.text).iter().map(|line| line.number).collect();
        for line in code_lines(&file.text) {
            let in_test = is_test_code(&file.path) || !used.contains(&line.number);
            let sleeps = in_test && asleep.iter().any(|word| line.code.contains(word));
            if line.code.contains(ignored) || sleeps {
                faults.push(format!("{}:{}: {}", file.path, line.number, line.code.trim()));
            }
        }
    }
    none("a test is left out, or waits for time to pass instead of for the event", &faults);
}

fn rust_files() -> Vec<File> {
    files().into_iter().filter(File::is_rust).collect()
}

fn is_test_code(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/testkit/") || path.ends_with("/tests.rs")
}

/// Whether cargo itself finds the file.
fn is_root(path: &str) -> bool {
    let names: Vec<_> = path.rsplit('/').take(3).collect();
    match names.as_slice() {
        ["build.rs", ..] | ["lib.rs" | "main.rs", "src", ..] | ["main.rs", _, "tests" | "bin"] => {
            true
        }
        [_, folder, ..] => {
            ["tests", "examples", "benches", "bin", "fuzz_targets"].contains(folder)
                && !path.contains("/src/tests/")
                && !has_parent_module(path)
        }
        _ => false,
    }
}

/// Whether the folder of a file is a module's and not one where cargo looks.
fn has_parent_module(path: &str) -> bool {
    path.contains("/src/") && !path.contains("/src/bin/")
}

/// Whether the module that has to declare a file does so.
fn is_declared(file: &File, files: &[File], paths: &BTreeSet<&str>) -> bool {
    let Some((folder, name)) = place(&file.path) else {
        return false;
    };
    let declaration = format!("mod {name};");
    parents(&folder)
        .into_iter()
        .filter(|parent| paths.contains(parent.as_str()))
        .filter_map(|parent| files.iter().find(|file| file.path == parent))
        .any(|parent| parent.text.lines().any(|line| declares(line, &declaration)))
}

/// The folder whose module has to declare the file, and the name it is declared by.
fn place(path: &str) -> Option<(String, String)> {
    let (folder, name) = path.strip_suffix(".rs")?.rsplit_once('/')?;
    if name != "mod" {
        return Some((folder.to_owned(), name.to_owned()));
    }
    let (folder, name) = folder.rsplit_once('/')?;
    Some((folder.to_owned(), name.to_owned()))
}

/// The files that can be the module of a folder.
fn parents(folder: &str) -> Vec<String> {
    let inside = ["lib.rs", "main.rs", "mod.rs"].into_iter().map(|name| format!("{folder}/{name}"));
    inside.chain([format!("{folder}.rs")]).collect()
}

fn declares(line: &str, declaration: &str) -> bool {
    let line = line.trim();
    let line =
        line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
    line == declaration
}
