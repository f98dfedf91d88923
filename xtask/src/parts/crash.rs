//! Proof by failure: as many cases as the program `crash` reports.

use crate::process::{built, cargo, root, stead, succeeds, watched};
use crate::tally::Tally;
use std::process::Command;

/// Runs it with these words.
pub(crate) fn run(words: &[&str]) -> Tally {
    if !succeeds(&mut cargo(&["build", "--workspace", "--bin", "stead", "--bin", "crash"])) {
        return Tally::FAILED;
    }
    let mut tally = Tally::default();
    let mut command = Command::new(built().join("crash"));
    command.arg("--stead").arg(stead()).args(words).current_dir(root());
    let succeeded = watched(&mut command, |line| tally += Tally::of_verdict(line));
    tally.and_exit(succeeded)
}
