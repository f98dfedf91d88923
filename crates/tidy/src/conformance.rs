//! The table of conformance: one row of the specification, the tests that hold it, its state.
//!
//! A row `TX-12` is held by the tests whose names begin with `tx_12_`: as a whole by those that look from
//! outside, over HTTP, as a client or a resource would; in part by all others. Tests and state are read
//! from the tree; the row, what must hold and the note are written by hand and kept as they are.

use crate::rust::test_names;
use crate::tree::{self, File};
use std::fmt::Write;
use std::fs;

/// Where the table is.
pub const PAGE: &str = "docs/reference/conformance.md";

/// How many columns it has.
const COLUMNS: usize = 6;

/// Where tests look from outside: through what a program of somebody else sees.
const OUTSIDE: [&str; 4] =
    ["crates/server/tests/", "crates/sdk/tests/", "crates/cli/tests/", "crates/gateway/tests/"];

/// Writes the page anew, and says how it stands.
pub fn rewrite() -> Result<String, String> {
    let files = tree::files().map_err(|error| error.to_string())?;
    let page = files.iter().find(|file| file.path == PAGE).ok_or("there is no such page")?;
    let tests = all_tests(&files);
    let written = refreshed(&page.text, &tests)?;
    fs::write(tree::root().join(PAGE), &written).map_err(|error| error.to_string())?;
    standing(&page.text, &tests)
}

/// A test function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test<'a> {
    /// Its name.
    pub name: &'a str,
    /// From where it looks.
    pub looks: Looks,
}

/// From where a test looks at what it tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Looks {
    /// From outside, over HTTP.
    FromOutside,
    /// From inside, beside the code or through a crate's own types.
    FromInside,
}

/// All test functions of the crates.
#[must_use]
pub fn all_tests(files: &[File]) -> Vec<Test<'_>> {
    let ours = files.iter().filter(|file| file.is_rust() && file.path.starts_with("crates/"));
    ours.flat_map(|file| {
        let outside = OUTSIDE.iter().any(|folder| file.path.starts_with(folder));
        let looks = if outside { Looks::FromOutside } else { Looks::FromInside };
        test_names(&file.text).into_iter().map(move |name| Test { name, looks })
    })
    .collect()
}

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A test from outside holds it.
    Done,
    /// Only tests from inside hold it, or the note says which part of it no test holds.
    Partly,
    /// No test holds it.
    NotDone,
    /// Left out on purpose.
    LeftOut,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Done, Self::Partly, Self::NotDone, Self::LeftOut];

    /// As the table writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::NotDone => "not done",
            Self::LeftOut => "left out",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name in the specification, such as `TX-12`.
    pub id: String,
    /// `1` now, `2` later, `x` left out on purpose.
    pub priority: String,
    /// What must hold.
    pub what: String,
    /// What is to be said of it besides; `partly: …` if its tests do not hold all of it.
    pub note: String,
}

impl Row {
    /// What the names of its tests begin with.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{}_", self.id.to_lowercase().replace('-', "_"))
    }

    fn tests<'a>(&self, all: &[Test<'a>]) -> Vec<Test<'a>> {
        let prefix = self.prefix();
        let named = all.iter().copied().filter(|test| test.name.starts_with(&prefix));
        let mut tests: Vec<_> = named.collect();
        tests.sort_unstable();
        tests.dedup();
        tests
    }

    fn state(&self, tests: &[Test<'_>]) -> State {
        let from_outside = tests.iter().any(|test| test.looks == Looks::FromOutside);
        match (self.priority.as_str(), tests) {
            ("x", _) => State::LeftOut,
            (_, []) => State::NotDone,
            _ if !from_outside || self.note.starts_with("partly") => State::Partly,
            _ => State::Done,
        }
    }

    fn written(&self, all: &[Test<'_>]) -> String {
        let Self { id, priority, what, note } = self;
        let tests = self.tests(all);
        let state = self.state(&tests).as_str();
        let names: Vec<_> = tests.iter().map(|test| format!("`{}`", test.name)).collect();
        let cells = [id.as_str(), priority, what, &names.join("<br>"), state, note];
        cells.iter().fold(String::from("|"), |mut line, cell| {
            let space = if cell.is_empty() { "" } else { " " };
            let _ = write!(line, " {cell}{space}|");
            line
        })
    }
}

/// The page as it has to be, given the tests there are.
pub fn refreshed(page: &str, tests: &[Test<'_>]) -> Result<String, String> {
    let mut written = String::with_capacity(page.len());
    for line in page.lines() {
        match row_of(line)? {
            Some(row) => written.push_str(&row.written(tests)),
            None if line.starts_with(STANDING) => {
                let _ = write!(written, "{STANDING} {}.", standing(page, tests)?);
            }
            None => written.push_str(line),
        }
        written.push('\n');
    }
    Ok(written)
}

/// What the line begins with that says how all rows stand together.
const STANDING: &str = "**Standing:**";

fn standing(page: &str, tests: &[Test<'_>]) -> Result<String, String> {
    let mut states = Vec::new();
    for row in page.lines().map(row_of) {
        states.extend(row?.map(|row| row.state(&row.tests(tests))));
    }
    let counts = State::ALL.map(|state| {
        let count = states.iter().filter(|other| **other == state).count();
        format!("{count} {}", state.as_str())
    });
    Ok(format!("{} rows: {}", states.len(), counts.join(", ")))
}

/// The row that a line is, or `None` if it is none.
pub fn row_of(line: &str) -> Result<Option<Row>, String> {
    let cells = cells(line);
    let Some(id) = cells.first().filter(|id| is_row_name(id)) else {
        return Ok(None);
    };
    match cells.as_slice() {
        [id, priority, what, _tests, _state, note] => Ok(Some(Row {
            id: (*id).to_owned(),
            priority: (*priority).to_owned(),
            what: (*what).to_owned(),
            note: (*note).to_owned(),
        })),
        _ => Err(format!("the row {id} has {} columns instead of {COLUMNS}", cells.len())),
    }
}

/// The cells of a line of a table; none if it is no such line.
fn cells(line: &str) -> Vec<&str> {
    match line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')) {
        Some(inner) => inner.split('|').map(str::trim).collect(),
        None => Vec::new(),
    }
}

/// Two capitals, a hyphen, two digits.
fn is_row_name(cell: &str) -> bool {
    matches!(cell.as_bytes(), [a, b, b'-', c, d]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Conformance
**Standing:** unknown.
| row | P | what must hold | tests | state | note |
|---|---|---|---|---|---|
| TX-12 | 1 | scope never widens | | | |
| TX-13 | 1 | a default is there | `gone` | done | |
| TX-14 | 1 | half of it holds | | | partly: not for refresh |
| TX-15 | 1 | types are true | | | |
| TX-31 | x | no refresh token as subject | | | |
";

    #[test]
    fn tests_and_state_are_what_the_tree_says_and_the_rest_stays() {
        let outside = |name| Test { name, looks: Looks::FromOutside };
        let inside = |name| Test { name, looks: Looks::FromInside };
        let tests = [
            inside("tx_12_in_the_rule"),
            outside("tx_12_scope_never_widens"),
            outside("tx_14_half"),
            inside("tx_15_in_the_parser"),
            outside("tx_31_is_refused"),
            outside("tx_1_other"),
        ];
        let expected = "\
# Conformance
**Standing:** 5 rows: 1 done, 2 partly, 1 not done, 1 left out.
| row | P | what must hold | tests | state | note |
|---|---|---|---|---|---|
| TX-12 | 1 | scope never widens | `tx_12_in_the_rule`<br>`tx_12_scope_never_widens` | done | |
| TX-13 | 1 | a default is there | | not done | |
| TX-14 | 1 | half of it holds | `tx_14_half` | partly | partly: not for refresh |
| TX-15 | 1 | types are true | `tx_15_in_the_parser` | partly | |
| TX-31 | x | no refresh token as subject | `tx_31_is_refused` | left out | |
";
        let written = refreshed(PAGE, &tests).unwrap();
        assert_eq!(written, expected);
        assert_eq!(refreshed(&written, &tests).unwrap(), expected);
    }

    #[test]
    fn a_row_with_a_column_too_few_is_a_mistake() {
        assert!(row_of("| TX-12 | 1 | scope | | |").is_err());
        assert_eq!(row_of("|---|---|").unwrap(), None);
    }
}
