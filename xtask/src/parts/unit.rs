//! Tests of the whole workspace: as many cases as the test binaries report.

use crate::process::{cargo, watched};
use crate::tally::Tally;
use std::process::Command;

pub(crate) fn run() -> Tally {
    count(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
}

/// Runs `cargo test …` and adds up what its binaries report. A build that breaks or a binary that dies
/// reports nothing, so its exit status counts as a case of its own.
pub(crate) fn count(command: &mut Command) -> Tally {
    let mut tally = Tally::default();
    let succeeded =
        watched(command, |line| tally += Tally::of_cargo_test(line).unwrap_or_default());
    tally.and_exit(succeeded)
}
