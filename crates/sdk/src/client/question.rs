//! The question to a provider, and the key under which its answer is kept. Whatever could change the answer is in both.

use super::cache::Asked;
use super::digest::of_parts;
use super::{AcquireError, AcquireOptions, Target};
use crate::verify::Caller;
use std::hash::{Hash, Hasher};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::error::Dialect;
use stead_proto::grants::OnBehalfOf;
use stead_proto::token_type::TokenType;

/// A question to the provider of one [`Obo`](super::Obo).
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) caller: Caller,
    pub(super) target: Target,
    pub(super) options: AcquireOptions,
    pub(super) key: Key,
}

/// The SHA-256 of the whole subject token, and the SHA-256 of the rest of the question. Two questions have the same key
/// only if SHA-256 collides: no part of a token, and no weaker hash, decides whose answer somebody gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    subject: Sha256,
    rest: Sha256,
}

impl Key {
    pub(super) fn of(caller: &Caller, target: &Target, options: &AcquireOptions) -> Self {
        let rest =
            if options.is_plain() { *target.digest() } else { with_options(target, options) };
        Self { subject: *caller.digest(), rest }
    }

    /// Of a question that speaks of no user. The digest of a fixed word stands in the subject token's place.
    pub(super) fn own(target: &Target) -> Self {
        Self { subject: of_parts([b"own".as_slice()]), rest: *target.digest() }
    }

    /// Its name among tokens at rest: the SHA-256 of both digests.
    pub(super) fn name(&self) -> Sha256 {
        sha256(&self.parts().concat())
    }

    /// Both digests, of 32 bytes each.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        [self.subject.as_bytes(), self.rest.as_bytes()]
    }
}

/// A plain question has the target's digest itself. This one is over labelled parts, so that the two are never the same.
fn with_options(target: &Target, options: &AcquireOptions) -> Sha256 {
    let mut parts: Vec<&[u8]> = vec![b"target", target.digest().as_bytes()];
    if let Some(claims) = &options.claims {
        parts.extend([b"claims".as_slice(), claims.as_bytes()]);
    }
    if let Some(actor) = &options.actor_token {
        let kind = actor.token_type.as_str().as_bytes();
        parts.extend([b"actor".as_slice(), kind, actor.token.expose().as_bytes()]);
    }
    of_parts(parts)
}

/// The first bytes of both digests, which are as random as any hash. Equality compares all bytes.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for part in self.parts() {
            let (first, _) = part.split_first_chunk().unwrap_or((&[0; 8], part));
            state.write_u64(u64::from_ne_bytes(*first));
        }
    }
}

impl Question {
    /// A question on behalf of a user; refused for an application's own token, which speaks of none.
    pub(super) fn of(
        caller: &Caller,
        target: Target,
        options: AcquireOptions,
    ) -> Result<Self, AcquireError> {
        if caller.is_app_only() {
            return Err(AcquireError::no_user());
        }
        let key = Key::of(caller, &target, &options);
        Ok(Self { caller: caller.clone(), target, options, key })
    }

    /// As the cache is asked.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { key: &self.key, subject: Some(self.caller.token()) }
    }

    /// As the provider is asked.
    pub(super) fn to_request(&self, dialect: Dialect) -> OnBehalfOf {
        OnBehalfOf {
            dialect,
            subject_token: self.caller.token().clone(),
            subject_token_type: TokenType::AccessToken,
            actor_token: self.options.actor_token.clone(),
            target: self.target.to_request(),
            requested: TokenType::AccessToken,
            client_info: false,
            claims: self.options.claims.clone(),
        }
    }
}
