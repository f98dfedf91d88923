//! Tokens as keys of a map: found by a fast hash, compared as a whole.

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use quick_cache::Equivalent;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};
use stead_proto::secret::Jwt;

/// A token that was verified, to keep and to keep things under. A clone shares it.
///
/// Two are the same if they are the same from the first byte to the last: a part of a token, or a hash
/// alone, never decides whose answer somebody gets.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    fingerprint: u64,
    token: Arc<Jwt>,
}

/// The bytes that came for a token, to be looked up before anybody parses them. They can only be found if they are a token
/// that was verified before.
#[derive(Clone, Copy)]
pub(crate) struct Sought<'t> {
    fingerprint: u64,
    token: &'t [u8],
}

/// Drawn at random by each process, so that nobody can prepare tokens whose hashes collide.
static SEED: LazyLock<(u64, SharedSeed)> = LazyLock::new(|| {
    let drawn = || std::hash::RandomState::new().build_hasher().finish();
    (drawn(), SharedSeed::from_u64(drawn()))
});

impl<'t> Sought<'t> {
    pub(crate) fn new(token: &'t [u8]) -> Self {
        let (own, shared) = &*SEED;
        let fingerprint = SeedableRandomState::with_seed(*own, shared).hash_one(token);
        Self { fingerprint, token }
    }
}

impl Whole {
    pub(crate) fn new(token: Jwt) -> Self {
        let fingerprint = Sought::new(token.expose().as_bytes()).fingerprint;
        Self { fingerprint, token: Arc::new(token) }
    }

    pub(crate) fn token(&self) -> &Jwt {
        &self.token
    }
}

impl PartialEq for Whole {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.token, &other.token) || self.token.expose() == other.token.expose()
    }
}

impl Eq for Whole {}

impl Hash for Whole {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl Equivalent<Whole> for Sought<'_> {
    fn equivalent(&self, kept: &Whole) -> bool {
        self.fingerprint == kept.fingerprint && self.token == kept.token.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(token: &str) -> Whole {
        Whole::new(Jwt::new(token))
    }

    #[test]
    fn tokens_are_the_same_only_from_the_first_byte_to_the_last() {
        let front = "eyJhbGciOiJFUzI1NiJ9.".repeat(40);
        let (alice, bob) = (format!("{front}alice"), format!("{front}bob"));
        assert_eq!(whole(&alice), whole(&alice));
        assert_ne!(whole(&alice), whole(&bob));
        assert_ne!(whole(&alice), whole(&front));
        assert!(Sought::new(alice.as_bytes()).equivalent(&whole(&alice)));
        assert!(!Sought::new(alice.as_bytes()).equivalent(&whole(&bob)));
    }

    #[test]
    fn two_tokens_of_one_hash_are_still_two() {
        let alice = whole("alice");
        let mallory = Sought { token: b"mallory", fingerprint: alice.fingerprint };
        assert!(!mallory.equivalent(&alice));
        assert_ne!(Whole { token: Arc::new(Jwt::new("mallory")), ..alice.clone() }, alice);
    }
}
