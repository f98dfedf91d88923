//! Whether the end of a chain is as it was written.

use stead_core::chain::{Break, Chain};
use stead_proto::id::TenantId;

/// What came of walking the end of one of a tenant's chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEnd {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub chain: Chain,
    /// How many records it has.
    pub records: u64,
    /// How many of the last were walked.
    pub walked: u64,
    /// Where it is broken, if it is.
    pub broken: Option<Break>,
}
