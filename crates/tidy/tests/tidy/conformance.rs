//! The table of conformance says what the tree says.

use crate::{file, files, none};
use std::collections::BTreeSet;
use tidy::conformance::{PAGE, Row, all_tests, refreshed, row_of};

#[test]
fn the_table_of_conformance_is_what_the_tests_in_the_tree_say() {
    let page = file(PAGE).text;
    let files = files();
    let written = refreshed(&page, &all_tests(&files)).unwrap();
    let stale: Vec<_> = page
        .lines()
        .zip(written.lines())
        .filter(|(is, should)| is != should)
        .map(|(_, should)| should.to_owned())
        .collect();
    none("docs/reference/conformance.md is out of date: run `cargo xtask conformance`", &stale);
}

#[test]
fn no_row_of_the_table_stands_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<_> =
        rows().into_iter().map(|row| row.id).filter(|id| !seen.insert(id.clone())).collect();
    none("a row stands twice in docs/reference/conformance.md", &twice);
}

#[test]
fn no_test_is_named_after_a_row_that_does_not_exist() {
    let rows: BTreeSet<_> = rows().iter().map(Row::prefix).collect();
    let kinds: BTreeSet<_> = rows.iter().filter_map(|prefix| prefix.get(..3)).collect();
    let files = files();
    let faults: Vec<_> = all_tests(&files)
        .into_iter()
        .map(|test| test.name)
        .filter(|name| name.get(..3).is_some_and(|kind| kinds.contains(kind)) && names_a_row(name))
        .filter(|name| !name.get(..6).is_some_and(|prefix| rows.contains(prefix)))
        .map(str::to_owned)
        .collect();
    none("a test is named after a row that docs/reference/conformance.md does not have", &faults);
}

/// Whether a name begins as a row's test does: two letters, two digits.
fn names_a_row(name: &str) -> bool {
    matches!(name.as_bytes(), [_, _, b'_', a, b, b'_', ..] if a.is_ascii_digit() && b.is_ascii_digit())
}

fn rows() -> Vec<Row> {
    file(PAGE).text.lines().filter_map(|line| row_of(line).unwrap()).collect()
}
