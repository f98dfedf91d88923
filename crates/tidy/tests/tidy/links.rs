//! Every link between pages of the repository leads somewhere.

use crate::{files, none};
use std::collections::BTreeMap;
use tidy::tree::{File, root};

#[test]
fn every_link_leads_somewhere() {
    let files = files();
    let pages: BTreeMap<_, _> = files
        .iter()
        .filter(|file| file.is_markdown())
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut faults = Vec::new();
    for page in pages.values() {
        for link in links(&page.text) {
            if let Some(fault) = fault(page, link, &pages) {
                faults.push(format!("{}: {link}: {fault}", page.path));
            }
        }
    }
    none("a link leads nowhere", &faults);
}

#[test]
fn links_are_found_and_code_is_left_alone() {
    let text =
        "[a](b.md) and [c](<d e.md>)\n```\n[no](x.md)\n```\n`[no](y.md)` [e](f.md#g \"title\")";
    assert_eq!(links(text), ["b.md", "d e.md", "f.md#g"]);
}

#[test]
fn a_heading_is_its_anchor() {
    assert_eq!(anchor("How long each part takes"), "how-long-each-part-takes");
    assert_eq!(anchor("`client-unproven`"), "client-unproven");
    assert_eq!(anchor("2.0 Errors, in both dialects"), "20-errors-in-both-dialects");
}

/// What is wrong with a link, if anything is. Links to other places are not followed.
fn fault(page: &File, link: &str, pages: &BTreeMap<&str, &File>) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { page.path.clone() } else { resolved(&page.path, path) };
    if !root().join(&target).exists() {
        return Some("there is no such file".to_owned());
    }
    let other = pages.get(target.as_str()).filter(|_| !fragment.is_empty())?;
    (!anchors(&other.text).any(|anchor| anchor == fragment))
        .then(|| "there is no such heading".to_owned())
}

/// A path as seen from a page, as one from the root.
fn resolved(page: &str, path: &str) -> String {
    let mut names: Vec<&str> = page.split('/').collect();
    names.pop();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

/// The targets of all links in a page.
fn links(text: &str) -> Vec<&str> {
    prose(text).flat_map(|line| line.split('`').step_by(2)).flat_map(links_of).collect()
}

fn links_of(prose: &str) -> impl Iterator<Item = &str> {
    prose.split("](").skip(1).filter_map(|rest| match rest.strip_prefix('<') {
        Some(rest) => Some(rest.split_once('>')?.0),
        None => rest.split_once(')')?.0.split(' ').next(),
    })
}

/// The lines of a page outside its blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

fn anchors(text: &str) -> impl Iterator<Item = String> {
    prose(text)
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')))
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
