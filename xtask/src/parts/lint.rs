//! Lints: one case, clippy over everything with the lint set of the workspace.

use crate::process::{cargo, succeeds};
use crate::tally::Tally;

pub(crate) fn run() -> Tally {
    let mut clippy = cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    Tally::one(succeeds(&mut clippy))
}
