//! Documentation that has to keep up: reasons, decisions, words.

use crate::{file, files, none};

/// The words of the house: one a thing, the same in code, files and pages.
const WORDS: [&str; 17] = [
    "application",
    "client",
    "resource",
    "subject token",
    "subject",
    "actor",
    "actor chain",
    "may act",
    "audience",
    "scope",
    "permission",
    "consent",
    "grant",
    "permit",
    "denied",
    "failed",
    "record",
];

#[test]
fn every_reason_is_documented_in_the_order_of_the_enum() {
    let page = file("docs/errors.md");
    let documented: Vec<_> =
        page.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        documented,
        reasons(&file("crates/core/src/denied/wire.rs").text),
        "docs/errors.md (left) has one heading a reason, in the order of `reasons!` (right)"
    );
}

#[test]
fn no_reason_is_documented_by_its_heading_alone() {
    let page = file("docs/errors.md");
    let faults: Vec<_> = page
        .text
        .split("\n## ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .filter(|(_, body)| body.matches(". ").count() + body.matches(".\n").count() < 3)
        .map(|(reason, _)| reason.to_owned())
        .collect();
    none(
        "a reason needs three sentences: what it means, what the client sees, what to change",
        &faults,
    );
}

#[test]
fn decisions_are_numbered_without_a_gap_and_listed() {
    let mut decisions: Vec<_> = files()
        .into_iter()
        .filter_map(|file| file.path.strip_prefix("docs/adr/").map(str::to_owned))
        .filter(|name| name != "README.md")
        .collect();
    decisions.sort();
    let index = file("docs/adr/README.md").text;
    let faults: Vec<_> = decisions
        .iter()
        .enumerate()
        .filter(|(place, name)| {
            !name.starts_with(&format!("{:04}-", place + 1))
                || !index.contains(&format!("({name})"))
        })
        .map(|(place, name)| format!("{name}: is number {}, or is not listed", place + 1))
        .collect();
    none("docs/adr has a gap in its numbers, or README.md there lacks a page", &faults);
}

#[test]
fn the_glossary_has_a_row_for_every_word_of_the_house() {
    let glossary = file("docs/glossary.md").text;
    let rows: Vec<_> = glossary.lines().filter_map(|line| line.strip_prefix("| **")).collect();
    let faults: Vec<_> = WORDS
        .iter()
        .filter(|word| !rows.iter().any(|row| row.starts_with(&format!("{word}**"))))
        .map(|word| (*word).to_owned())
        .collect();
    none("docs/glossary.md lacks a word", &faults);
}

/// The names in `reasons! { … }`, in their order.
fn reasons(source: &str) -> Vec<&str> {
    let list = source.split_once("\nreasons! {").and_then(|(_, rest)| rest.split_once("\n}"));
    list.unwrap().0.split('"').skip(1).step_by(2).collect()
}
