//! Documentation: one case, every crate's without a warning.

use crate::process::{cargo, succeeds};
use crate::tally::Tally;

pub(crate) fn run() -> Tally {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
    Tally::one(succeeds(doc.env("RUSTDOCFLAGS", "-D warnings")))
}
