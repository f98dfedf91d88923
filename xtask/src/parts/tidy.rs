//! The house rules alone: as many cases as there are rules.

use crate::parts::unit;
use crate::process::cargo;
use crate::tally::Tally;

pub(crate) fn run() -> Tally {
    unit::count(&mut cargo(&["test", "--package", "tidy"]))
}
