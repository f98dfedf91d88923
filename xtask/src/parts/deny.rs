//! Dependencies: one case, `cargo deny`, only where it is installed.

use crate::process::{answers, cargo, succeeds};
use crate::say;
use crate::tally::Tally;

pub(crate) fn run() -> Tally {
    if !answers(&mut cargo(&["deny", "--version"])) {
        say::line(
            "not counted: cargo deny is not installed here (cargo install cargo-deny --locked)",
        );
        return Tally::default();
    }
    Tally::one(succeeds(&mut cargo(&["deny", "check"])))
}
