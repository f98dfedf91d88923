//! Format: one case, `cargo fmt --check`.

use crate::process::{cargo, succeeds};
use crate::tally::Tally;

pub(crate) fn run() -> Tally {
    Tally::one(succeeds(&mut cargo(&["fmt", "--all", "--check"])))
}
