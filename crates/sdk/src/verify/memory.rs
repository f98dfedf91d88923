//! Tokens that were verified a moment ago, remembered: the signature of each is checked once.
//!
//! Only tokens that verified are remembered, so that nobody can fill the memory with inventions. What may have changed
//! since is checked each time: the issuer's keys and the clock.
//!
//! Callers of late are remembered as they were read. Of others it is remembered that the signature was good: the SHA-256 of
//! the whole token, and with which keys. The token comes again with the request, and everything else about it is checked
//! again.

use super::Caller;
use super::trust::Trusted;
use crate::rest::Rest;
use crate::whole::{Sought, Whole};
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use stead_proto::digest::Sha256;
use stead_proto::jwt::{KeySet, SignedBefore};
use stead_proto::liveness::Descent;
use stead_proto::time::{Seconds, Timestamp};

/// What a caller weighs besides the token: the claims read from it, and the places where it is found.
const OVERHEAD: u64 = 2048;

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

pub(super) struct Memory {
    ready: Cache<Whole, Remembered, Weight, DefaultHashBuilder, Leaving>,
    resting: Arc<Resting>,
}

/// How many bytes there are, and how many of them for callers who are ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) bytes: u64,
    pub(super) ready: u64,
}

impl Memory {
    /// Remembers so many bytes of tokens and claims.
    pub(super) fn new(room: Room) -> Self {
        let ready = room.ready.min(room.bytes);
        let expected = usize::try_from(ready / (2 * OVERHEAD)).unwrap_or(usize::MAX);
        let rest = Rest::new(room.bytes - ready);
        let resting = Arc::new(Resting { rest, keys: Mutex::default() });
        let leaving = Leaving(Arc::clone(&resting));
        let hashes = DefaultHashBuilder::default();
        Self { ready: Cache::with(expected, ready, Weight, hashes, leaving), resting }
    }

    pub(super) fn find(&self, token: &Sought<'_>) -> Option<Remembered> {
        self.ready.get(token)
    }

    /// What is known of signatures by these keys.
    pub(super) fn of_signatures<'m>(
        &'m self,
        keys: &'m Arc<KeySet>,
        now: Timestamp,
    ) -> Signatures<'m> {
        Signatures { resting: &self.resting, keys, now }
    }

    pub(super) fn keep(&self, remembered: Remembered) {
        self.ready.insert(remembered.caller.whole().clone(), remembered);
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

/// The tokens whose signatures were found good with one set of keys, and that have not ended.
pub(super) struct Signatures<'m> {
    resting: &'m Resting,
    keys: &'m Arc<KeySet>,
    now: Timestamp,
}

impl SignedBefore for Signatures<'_> {
    fn knows(&self, token: impl FnOnce() -> Sha256) -> bool {
        let Resting { rest, keys } = self.resting;
        if rest.is_empty() {
            return false;
        }
        let Some(number) = lock(keys).find(self.keys) else { return false };
        let same = |thing: &[u8]| (thing == number.to_ne_bytes()).then_some(());
        rest.wake(&token(), self.now, same).is_some()
    }
}

/// Those who have not called lately.
struct Resting {
    rest: Rest,
    keys: Mutex<Numbered>,
}

impl Resting {
    fn lay(&self, remembered: &Remembered) {
        let Remembered { caller, keys, by, .. } = remembered;
        let (name, now): (&Sha256, _) = (caller.digest(), by.provider.clock().now());
        if self.rest.rest_again(name, now).is_none() {
            let number = lock(&self.keys).number(keys);
            self.rest.lay(name, &number.to_ne_bytes(), caller.expires(), now);
        }
    }
}

/// Sets of keys by a number, as long as anybody has them.
#[derive(Default)]
struct Numbered {
    sets: Vec<(u32, Weak<KeySet>)>,
    last: u32,
}

impl Numbered {
    fn find(&self, keys: &Arc<KeySet>) -> Option<u32> {
        let same = |(_, set): &&(u32, Weak<KeySet>)| std::ptr::eq(set.as_ptr(), Arc::as_ptr(keys));
        self.sets.iter().find(same).map(|(number, _)| *number)
    }

    fn number(&mut self, keys: &Arc<KeySet>) -> u32 {
        self.find(keys).unwrap_or_else(|| {
            self.sets.retain(|(_, set)| set.strong_count() > 0);
            self.last = self.last.wrapping_add(1);
            self.sets.push((self.last, Arc::downgrade(keys)));
            self.last
        })
    }
}

fn lock(keys: &Mutex<Numbered>) -> MutexGuard<'_, Numbered> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} tokens, {} at rest)", self.ready.len(), self.resting.rest.len())
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Whole, Remembered> for Weight {
    fn weight(&self, token: &Whole, _: &Remembered) -> u64 {
        token.token().expose().len() as u64 + OVERHEAD
    }
}

/// Lays to rest what gives way to others.
#[derive(Clone)]
struct Leaving(Arc<Resting>);

impl Lifecycle<Whole, Remembered> for Leaving {
    type RequestState = Left;

    fn on_evict(&self, left: &mut Left, _: Whole, remembered: Remembered) {
        left.0.push((Arc::clone(&self.0), remembered));
    }
}

/// Those who gave way; laid to rest when nobody waits for it.
#[derive(Default)]
struct Left(Vec<(Arc<Resting>, Remembered)>);

impl Drop for Left {
    fn drop(&mut self) {
        for (resting, remembered) in self.0.drain(..) {
            resting.lay(&remembered);
        }
    }
}
