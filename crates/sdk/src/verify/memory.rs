//! Tokens that were verified a moment ago, remembered: the signature of each is checked once.
//!
//! Only what verified is kept, so that nobody fills it with inventions. What can change since is asked
//! each time: the issuer's keys and the clock.

use super::Caller;
use super::trust::Trusted;
use crate::whole::{Sought, Whole};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::sync::Arc;
use stead_proto::jwt::KeySet;
use stead_proto::liveness::Descent;
use stead_proto::time::{Seconds, Timestamp};

/// What a caller weighs besides the token, roughly: the claims read from it are about as long.
const OVERHEAD: u64 = 1024;

/// A caller, and under which circumstances.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) caller: Caller,
    /// The keys it was verified with. Other keys: another verification.
    pub(super) keys: Arc<KeySet>,
    /// Whose keys they are.
    pub(super) by: Arc<Trusted>,
    /// What it descends from, where it is heard what is revoked.
    pub(super) descent: Option<Arc<Descent>>,
}

pub(super) struct Memory(Cache<Whole, Remembered, Weight>);

impl Memory {
    /// Remembers so many bytes of tokens and claims.
    pub(super) fn new(bytes: u64) -> Self {
        let expected = usize::try_from(bytes / (2 * OVERHEAD)).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(expected, bytes, Weight))
    }

    pub(super) fn find(&self, token: &Sought<'_>) -> Option<Remembered> {
        self.0.get(token)
    }

    pub(super) fn keep(&self, remembered: Remembered) {
        self.0.insert(remembered.caller.whole().clone(), remembered);
    }
}

impl Remembered {
    /// Whether verifying the token again could only say the same.
    pub(super) fn stands(&self, keys: &Arc<KeySet>, now: Timestamp, leeway: Seconds) -> bool {
        let claims = self.caller.claims();
        let latest = now + leeway;
        let begun = |time: Option<i64>| time.is_none_or(|at| Timestamp::from_secs(at) <= latest);
        Arc::ptr_eq(&self.keys, keys)
            && now < self.caller.expires() + leeway
            && begun(claims.nbf)
            && begun(claims.iat)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} tokens)", self.0.len())
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Whole, Remembered> for Weight {
    fn weight(&self, token: &Whole, _: &Remembered) -> u64 {
        token.token().expose().len() as u64 + OVERHEAD
    }
}
