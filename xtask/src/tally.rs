//! How many cases passed and failed, as far as each tool's own words say it.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Cases that passed and cases that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// How many passed.
    pub(crate) passed: u32,
    /// How many failed.
    pub(crate) failed: u32,
}

impl Tally {
    /// One case that passed.
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0 };
    /// One case that failed.
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1 };

    /// One case.
    pub(crate) fn one(passed: bool) -> Self {
        if passed { Self::PASSED } else { Self::FAILED }
    }

    /// The same, and one failed case more if the program failed without naming any.
    pub(crate) fn and_exit(self, succeeded: bool) -> Self {
        if succeeded || self.failed > 0 { self } else { self + Self::FAILED }
    }

    /// What a test binary of Rust reports: `test result: ok. 3 passed; 0 failed; …`.
    pub(crate) fn of_cargo_test(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
        let mut counts = counts.split("; ");
        let passed = counts.next()?.strip_suffix(" passed")?.parse().ok()?;
        let failed = counts.next()?.strip_suffix(" failed")?.parse().ok()?;
        Some(Self { passed, failed })
    }

    /// One line of the totals of `node --test`: `ℹ pass 3`, `ℹ fail 0` and so on. What was skipped did not pass.
    pub(crate) fn of_node_test(line: &str) -> Option<Self> {
        let (name, count) = line.trim().strip_prefix("ℹ ")?.split_once(' ')?;
        let count = count.parse().ok()?;
        match name {
            "pass" => Some(Self { passed: count, failed: 0 }),
            "fail" | "cancelled" | "skipped" | "todo" => Some(Self { passed: 0, failed: count }),
            _ => None,
        }
    }
}

/// Verdicts of our own programs.
impl Tally {
    /// A line that begins with `ok` or `FAILED` is a case; any other is none.
    pub(crate) fn of_verdict(line: &str) -> Self {
        match line.split_once(' ') {
            Some(("ok", _)) => Self::PASSED,
            Some(("FAILED", _)) => Self::FAILED,
            _ => Self::default(),
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cargo_test_is_counted_whatever_its_verdict() {
        let ok = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        let bad = "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Tally::of_cargo_test(ok), Some(Tally { passed: 12, failed: 0 }));
        assert_eq!(Tally::of_cargo_test(bad), Some(Tally { passed: 10, failed: 2 }));
    }

    #[test]
    fn a_line_that_is_no_total_counts_nothing() {
        assert_eq!(Tally::of_cargo_test("test a_test_result: ok. 1 passed ... ok"), None);
        assert_eq!(Tally::of_cargo_test("running 12 tests"), None);
        assert_eq!(Tally::of_node_test("ℹ duration_ms 1200"), None);
        assert_eq!(Tally::of_node_test("✔ alice sees her rows (900ms)"), None);
    }

    #[test]
    fn the_lines_of_node_test_add_up() {
        let lines = ["ℹ tests 6", "ℹ pass 4", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 1"];
        let tally: Tally = lines.into_iter().filter_map(Tally::of_node_test).sum();
        assert_eq!(tally, Tally { passed: 4, failed: 3 });
    }

    #[test]
    fn a_verdict_is_a_case_and_what_is_said_about_it_is_none() {
        assert_eq!(Tally::of_verdict("ok      sqlite · killed"), Tally::PASSED);
        assert_eq!(Tally::of_verdict("FAILED  sqlite · killed"), Tally::FAILED);
        assert_eq!(Tally::of_verdict("        LOST: a code"), Tally::default());
    }

    #[test]
    fn a_program_that_fails_without_naming_a_case_is_one_failed_case() {
        let three = Tally { passed: 3, failed: 0 };
        assert_eq!(three.and_exit(true), three);
        assert_eq!(three.and_exit(false), Tally { passed: 3, failed: 1 });
        assert_eq!(Tally::FAILED.and_exit(false), Tally::FAILED);
    }

    #[test]
    fn the_closing_line_is_passed_and_failed() {
        let total: Tally =
            [Tally::PASSED, Tally::FAILED, Tally { passed: 40, failed: 0 }].into_iter().sum();
        assert_eq!(total.to_string(), "41 passed, 1 failed");
    }
}
