//! Revocations: facts with a time. Nothing is swept; liveness is computed from them.

use serde::{Deserialize, Serialize};
use stead_proto::time::Timestamp;

pub use stead_proto::liveness::Ancestor;

/// A fact: what descends from `about`, and came to be before `at`, is dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Of what.
    pub about: Ancestor,
    /// Since when.
    pub at: Timestamp,
    /// Why, in a few words.
    pub why: String,
}
