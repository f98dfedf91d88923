//! Tokens that nobody has asked for lately, packed.

use super::entry::Entry;
use super::{Asked, CacheEvent, Watch};
use crate::client::AccessToken;
use crate::client::question::Key;
use crate::client::token::{EndsWith, Margins, Origin, Received};
use crate::clock::Clock;
use crate::rest::{Known, Packed, Packing, Rest, number, read_number};
use quick_cache::Lifecycle;
use std::sync::Arc;
use stead_proto::secret::Jwt;
use stead_proto::secret::Zeroizing;
use stead_proto::time::{Seconds, Timestamp};

/// What is said of a packed token: it ends when its subject token does.
const ENDS_WITH_SUBJECT: u8 = 1;
/// It was packed for one who shows its subject token.
const BY_SUBJECT: u8 = 2;
/// It came in the place of one that a resource refused.
const INSTEAD: u8 = 4;

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
    pub(super) fn wake(&self, asked: Asked<'_>, now: Timestamp, margins: Margins) -> Option<Entry> {
        let unpacked = |bytes: &_| self.unpack(bytes, asked.subject);
        let token = self.rest.wake(&asked.key.name(), now, unpacked)?;
        Some(Entry::of(token, margins))
    }

    /// There is another answer to the question now. A token is packed at once, while the one it was acquired for is
    /// at hand, and rests when it gives way.
    pub(super) fn replace(&self, asked: Asked<'_>, entry: &Entry) {
        let (name, now) = (asked.key.name(), self.clock.now());
        let Some(token) = entry.token() else { return self.rest.forget(&name) };
        let packed = self.pack(token, asked.subject);
        let given_up = self.rest.lay(&name, &packed, token.expires(), now);
        // It is ready, whether or not there was room for it here.
        let is_here = self.rest.wake(&name, now, |_| Some(())).is_some();
        self.tell_of(given_up.saturating_sub(usize::from(!is_here)));
    }

    /// An answer that gives way. Refusals last a moment, and are given up; so is what a resource has refused.
    fn lay(&self, key: &Key, entry: Entry) {
        let given_up = match entry.into_token() {
            Some(token) if !token.is_refused() => self.lay_token(key, &token),
            _ => {
                self.rest.forget(&key.name());
                1
            }
        };
        self.tell_of(given_up);
    }

    fn tell_of(&self, given_up: usize) {
        for _ in 0..given_up {
            self.watch.tell(CacheEvent::Evict);
        }
    }

    /// Returns how many tokens were given up. If it is not packed any more, what it was acquired for is far by now.
    fn lay_token(&self, key: &Key, token: &AccessToken) -> usize {
        let (name, now) = (key.name(), self.clock.now());
        self.rest
            .rest_again(&name, now)
            .unwrap_or_else(|| self.rest.lay(&name, &self.pack(token, None), token.expires(), now))
    }

    fn pack(&self, kept: &AccessToken, subject: Option<&Jwt>) -> Zeroizing<Vec<u8>> {
        let Received { token, id_token, scope, acquired, expires, ends_with, .. } = kept.received();
        let mut out = Zeroizing::new(Vec::new());
        number(usize::try_from(expires.secs().max(0)).unwrap_or(0), &mut out);
        number(usize::try_from(expires.left_at(*acquired).0).unwrap_or(0), &mut out);
        out.push(flags([
            (*ends_with == EndsWith::TheSubjectToken, ENDS_WITH_SUBJECT),
            (subject.is_some(), BY_SUBJECT),
            (kept.came_instead(), INSTEAD),
        ]));
        let id_token = id_token.as_ref().map(Jwt::expose);
        let packed = Packed { token: token.expose(), beside: [scope.as_deref(), id_token] };
        out.extend_from_slice(&self.packing.pack(&packed, &known(subject)));
        out
    }

    fn unpack(&self, mut bytes: &[u8], subject: Option<&Jwt>) -> Option<AccessToken> {
        let expires = Timestamp::from_secs(i64::try_from(read_number(&mut bytes)?).ok()?);
        let life = Seconds(u32::try_from(read_number(&mut bytes)?).ok()?);
        let (flags, packed) = bytes.split_first()?;
        let known = known(subject.filter(|_| flags & BY_SUBJECT != 0));
        let Packed { token, beside: [scope, id_token] } = self.packing.unpack(packed, &known)?;
        let ends_with_subject = flags & ENDS_WITH_SUBJECT != 0;
        let unpacked = AccessToken::new(Received {
            token: Jwt::new(token.as_str()),
            id_token: id_token.map(|token| Jwt::new(token.as_str())),
            scope: scope.map(|scope| scope.as_str().to_owned()),
            acquired: expires - life,
            expires,
            ends_with: if ends_with_subject {
                EndsWith::TheSubjectToken
            } else {
                EndsWith::ItsLife
            },
            // It tells of the moment it came; from here it comes out of the cache.
            origin: Origin::Provider,
        });
        if flags & INSTEAD != 0 {
            unpacked.comes_instead();
        }
        Some(unpacked)
    }
}

/// Those that are so, in one byte.
fn flags(all: [(bool, u8); 3]) -> u8 {
    all.into_iter().filter_map(|(is_so, flag)| is_so.then_some(flag)).sum()
}

fn known(subject: Option<&Jwt>) -> Known {
    subject.map_or_else(Known::nothing, |subject| Known::of(subject.expose()))
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
