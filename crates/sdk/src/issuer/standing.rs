//! How a provider stands, as far as it was asked: for those who watch.

use super::{BreakerState, Provider};
use stead_proto::time::Timestamp;

/// Whether a provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was not asked yet.
    Unknown,
    /// It answered when it was last asked.
    Up,
    /// It did not, for its documents or for tokens. What is known of it goes on being used.
    Down,
}

impl Provider {
    /// How it stood when it was last asked. Asks nothing.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let documents = (self.0.metadata.was_got(), self.0.keys.was_got());
        match (self.breaker_state(), documents) {
            (BreakerState::Open, _) | (_, (Some(false), _) | (_, Some(false))) => Standing::Down,
            (_, (None, _)) => Standing::Unknown,
            (_, (Some(true), _)) => Standing::Up,
        }
    }

    /// When its keys were fetched, if they were.
    #[must_use]
    pub fn keys_fetched(&self) -> Option<Timestamp> {
        self.0.keys.fetched()
    }
}
