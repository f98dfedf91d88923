//! Tokens that nobody has asked for lately, packed.

use super::entry::Entry;
use super::{CacheEvent, Watch};
use crate::client::AccessToken;
use crate::client::question::Key;
use crate::client::token::{EndsWith, Margins, Received};
use crate::clock::Clock;
use crate::rest::{Packed, Packing, Rest, number, read_number};
use quick_cache::Lifecycle;
use std::sync::Arc;
use stead_proto::secret::Jwt;
use stead_proto::secret::Zeroizing;
use stead_proto::time::{Seconds, Timestamp};

/// Tokens at rest.
#[derive(Debug)]
pub(super) struct Resting {
    rest: Rest,
    packing: Packing,
    clock: Clock,
    watch: Watch,
}

impl Resting {
    pub(super) fn new(bytes: u64, clock: Clock, watch: Watch) -> Self {
        Self { rest: Rest::new(bytes), packing: Packing::default(), clock, watch }
    }

    pub(super) fn holds(&self, key: &Key) -> bool {
        !self.rest.is_empty() && self.rest.holds(&key.name())
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// A token that has not ended, as it was.
    pub(super) fn wake(&self, key: &Key, now: Timestamp, margins: Margins) -> Option<Entry> {
        let token = self.rest.wake(&key.name(), now, |bytes| self.unpack(bytes))?;
        Some(Entry::of(token, margins))
    }

    /// There is another answer to the question now.
    pub(super) fn forget(&self, key: &Key) {
        if !self.rest.is_empty() {
            self.rest.forget(&key.name());
        }
    }

    /// An answer that gives way. Refusals last a moment, and are given up; so is what a resource has refused.
    fn lay(&self, key: &Key, entry: Entry) {
        let given_up = match entry.into_token() {
            Some(token) if !token.is_refused() => self.lay_token(key, &token),
            _ => 1,
        };
        for _ in 0..given_up {
            self.watch.tell(CacheEvent::Evict);
        }
    }

    /// Returns how many tokens were given up.
    fn lay_token(&self, key: &Key, token: &AccessToken) -> usize {
        let (name, now) = (key.name(), self.clock.now());
        self.rest
            .rest_again(&name, now)
            .unwrap_or_else(|| self.rest.lay(&name, &self.pack(token), token.expires(), now))
    }

    fn pack(&self, token: &AccessToken) -> Zeroizing<Vec<u8>> {
        let Received { token, id_token, scope, acquired, expires, ends_with } = token.received();
        let mut out = Zeroizing::new(Vec::new());
        number(usize::try_from(expires.secs().max(0)).unwrap_or(0), &mut out);
        number(usize::try_from(expires.left_at(*acquired).0).unwrap_or(0), &mut out);
        out.push(u8::from(*ends_with == EndsWith::TheSubjectToken));
        let id_token = id_token.as_ref().map(Jwt::expose);
        let packed = Packed { token: token.expose(), beside: [scope.as_deref(), id_token] };
        out.extend_from_slice(&self.packing.pack(&packed));
        out
    }

    fn unpack(&self, mut bytes: &[u8]) -> Option<AccessToken> {
        let expires = Timestamp::from_secs(i64::try_from(read_number(&mut bytes)?).ok()?);
        let life = Seconds(u32::try_from(read_number(&mut bytes)?).ok()?);
        let (ends_with, packed) = bytes.split_first()?;
        let Packed { token, beside: [scope, id_token] } = self.packing.unpack(packed)?;
        Some(AccessToken::new(Received {
            token: Jwt::new(token.as_str()),
            id_token: id_token.map(|token| Jwt::new(token.as_str())),
            scope: scope.map(|scope| scope.as_str().to_owned()),
            acquired: expires - life,
            expires,
            ends_with: if *ends_with == 0 { EndsWith::ItsLife } else { EndsWith::TheSubjectToken },
        }))
    }
}

/// Lays to rest what gives way to others.
#[derive(Clone)]
pub(super) struct Leaving(pub(super) Arc<Resting>);

impl Lifecycle<Key, Entry> for Leaving {
    type RequestState = Left;

    fn on_evict(&self, left: &mut Left, key: Key, entry: Entry) {
        left.0.push((Arc::clone(&self.0), key, entry));
    }
}

/// Answers that gave way; laid to rest when nobody waits for it.
#[derive(Default)]
pub(super) struct Left(Vec<(Arc<Resting>, Key, Entry)>);

impl Drop for Left {
    fn drop(&mut self) {
        for (resting, key, entry) in self.0.drain(..) {
            resting.lay(&key, entry);
        }
    }
}
