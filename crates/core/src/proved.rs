//! Subject tokens whose signature was verified before: it is not verified again, everything else is asked.
//!
//! A signature stays what it is; what changes with time is asked each time: whether the token's time has
//! come or passed, whether the key that signed it is still accepted, and, by a rule of its own, whether
//! everything is alive that the token descends from.

use crate::keys::KeyRing;
use crate::model::subject::SubjectFacts;
use std::fmt;
use std::sync::Arc;
use stead_proto::digest::Sha256;
use stead_proto::id::KeyId;
use stead_proto::jwt::{JwtError, Period};
use stead_proto::time::Timestamp;

/// What was proved of an access token of this tenant. Only [`subject::validate`](crate::subject::validate)
/// makes one.
#[derive(Debug)]
pub struct Proved {
    facts: Arc<SubjectFacts>,
    period: Period,
    key: KeyId,
}

impl Proved {
    pub(crate) fn new(facts: Arc<SubjectFacts>, period: Period, key: KeyId) -> Self {
        Self { facts, period, key }
    }

    /// What the token says, if it is still as good as when it was proved.
    pub(crate) fn still(
        &self,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Arc<SubjectFacts>, JwtError> {
        if !ring.knows(&self.key) {
            return Err(JwtError::UnknownKey);
        }
        self.period.includes(now)?;
        Ok(Arc::clone(&self.facts))
    }
}

/// One tenant's memory of proved tokens, of bounded size: what was forgotten is proved again.
pub trait ProvedTokens: Send + Sync + fmt::Debug {
    /// What was proved of the token with this SHA-256 over all of it, its signature included.
    fn recall(&self, token: &Sha256) -> Option<Arc<Proved>>;
    /// Keeps what was proved of a token of this many bytes.
    fn keep(&self, token: Sha256, size: usize, proved: Arc<Proved>);
}

/// Nothing is remembered.
impl ProvedTokens for () {
    fn recall(&self, _: &Sha256) -> Option<Arc<Proved>> {
        None
    }

    fn keep(&self, _: Sha256, _: usize, _: Arc<Proved>) {}
}
