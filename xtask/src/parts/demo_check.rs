//! The journey without a browser: one case, `stead demo --check`.

use crate::process::{cargo, root, stead, succeeds};
use crate::tally::Tally;
use std::process::Command;

pub(crate) fn run() -> Tally {
    Tally::one(
        build() && succeeds(Command::new(stead()).args(["demo", "--check"]).current_dir(root())),
    )
}

/// Builds the binary in the profile of the tests, which have built nearly all of it already.
pub(crate) fn build() -> bool {
    succeeds(&mut cargo(&["build", "--workspace", "--bin", "stead"]))
}
