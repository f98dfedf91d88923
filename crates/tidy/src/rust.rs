//! Rust source, as far as the rules need it: lines of formatted code.

/// A line of code, without its comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// What it says.
    pub code: &'a str,
}

/// The lines that are code: neither comments nor parts of items under `#[cfg(test)]`.
#[must_use]
pub fn lines_in_use(text: &str) -> Vec<Line<'_>> {
    let all: Vec<Line<'_>> = code_lines(text);
    let mut kept = Vec::with_capacity(all.len());
    let mut rest = all.into_iter();
    while let Some(line) = rest.next() {
        if line.code.trim() == "#[cfg(test)]" {
            skip_item(&mut rest, indent(line.code));
        } else {
            kept.push(line);
        }
    }
    kept
}

/// The lines without comments, tests among them.
#[must_use]
pub fn code_lines(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .enumerate()
        .map(|(place, line)| Line { number: place + 1, code: without_comment(line) })
        .filter(|line| !line.code.trim().is_empty())
        .collect()
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once(" // ").map_or(line, |(code, _)| code)
}

/// Leaves out one item: up to its `;` if it has no body, else to the brace that closes it.
fn skip_item<'a>(lines: &mut impl Iterator<Item = Line<'a>>, indent_of_item: usize) {
    for line in lines {
        let at_item = indent(line.code) == indent_of_item;
        let code = line.code.trim();
        if at_item && (code.ends_with(';') || code.starts_with('}') || code.ends_with("{}")) {
            return;
        }
    }
}

fn indent(code: &str) -> usize {
    code.len() - code.trim_start().len()
}

/// The names of the test functions: those under an attribute that ends in `test]` or begins with one
/// that takes arguments, such as `#[tokio::test(…)]`.
#[must_use]
pub fn test_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut under_test = false;
    for line in code_lines(text) {
        let code = line.code.trim();
        if code.starts_with("#[") {
            under_test |= is_test_attribute(code);
        } else if let Some(name) = function_name(code) {
            names.extend(under_test.then_some(name));
            under_test = false;
        }
    }
    names
}

fn is_test_attribute(code: &str) -> bool {
    code.ends_with("test]") || code.contains("test(") && !code.starts_with("#[cfg")
}

fn function_name(code: &str) -> Option<&str> {
    let code = code.strip_prefix("pub ").unwrap_or(code);
    let code = code.strip_prefix("async ").unwrap_or(code);
    let name = code.strip_prefix("fn ")?;
    name.split(|c: char| !is_word(c)).next()
}

/// The words that follow `before` in a line: `crate::` → the modules named, also in `crate::{a::A, b::B}`.
#[must_use]
pub fn words_after<'a>(code: &'a str, before: &str) -> Vec<&'a str> {
    code.match_indices(before)
        .filter(|(at, _)| !code.get(..*at).unwrap_or_default().ends_with(is_word))
        .filter_map(|(at, _)| code.get(at + before.len()..))
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => first_words(group),
            None => rest.split(|c: char| !is_word(c)).next().into_iter().collect(),
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// The first word of each path in a group: `a::{A, B}, c::C}` → `a`, `c`.
fn first_words(group: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    group
        .split_inclusive([',', '{', '}'])
        .filter_map(|piece| {
            let word = (depth == 0).then(|| piece.trim().split(|c: char| !is_word(c)).next());
            if piece.ends_with('{') {
                depth += 1;
            } else if piece.ends_with('}') {
                depth = depth.saturating_sub(1);
            }
            word.flatten()
        })
        .collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r"//! A file that uses crate::never.
use crate::denied::Denied; // crate::not_this

#[cfg(test)]
mod tests;

#[cfg(test)]
mod more {
    use crate::testing::Only;

    #[test]
    fn a_plain_one() {}
    #[tokio::test(start_paused = true)]
    async fn one_with_arguments() {
        helper();
    }
    fn helper() {}
}

fn after() {}
";

    #[test]
    fn comments_and_items_for_tests_are_not_in_use() {
        let kept: Vec<_> = lines_in_use(SOURCE).into_iter().map(|line| line.code).collect();
        assert_eq!(kept, ["use crate::denied::Denied;", "fn after() {}"]);
    }

    #[test]
    fn test_functions_are_found_and_their_helpers_are_not() {
        assert_eq!(test_names(SOURCE), ["a_plain_one", "one_with_arguments"]);
    }

    #[test]
    fn modules_are_found_behind_crate_also_in_groups() {
        assert_eq!(words_after("use crate::denied::Denied;", "crate::"), ["denied"]);
        assert_eq!(words_after("use crate::{a::{A, B}, c::C};", "crate::"), ["a", "c"]);
        assert_eq!(words_after("x: crate::a::A, y: crate::b::B", "crate::"), ["a", "b"]);
        assert_eq!(words_after("use my_crate::a;", "crate::"), Vec::<&str>::new());
    }
}
