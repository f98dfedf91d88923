//! Other clocks.

use stead_proto::time::Timestamp;

/// What another clock said, and when.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    /// Whose.
    pub(super) who: String,
    /// What it said, as well as that is known.
    pub(super) said: Timestamp,
    /// What our clock said when that came.
    pub(super) at: Timestamp,
}
