//! The client matrix: as many cases as there are scripts in `tests/clients`.

use crate::clients::{self, Asked};
use crate::tally::Tally;

pub(crate) fn run() -> Result<Tally, String> {
    clients::run(&Asked::default())
}
