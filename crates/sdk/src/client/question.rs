//! What is asked, and the key its answer is kept under: whatever could change the answer is in both.

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

/// The SHA-256 of the whole subject token, and that of all the rest. Two questions with one key would be
/// a collision of SHA-256; no part of a token, and no lesser hash, decides whose answer somebody gets.
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

    /// Of a question that speaks of no user: no token has the digest of a word.
    pub(super) fn own(target: &Target) -> Self {
        Self { subject: of_parts([b"own".as_slice()]), rest: *target.digest() }
    }

    /// What it is called where things rest: SHA-256 of all of it.
    pub(super) fn name(&self) -> Sha256 {
        sha256(&self.parts().concat())
    }

    /// The 64 bytes of it.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        [self.subject.as_bytes(), self.rest.as_bytes()]
    }
}

/// The digest of a target has 32 bytes and stands alone; this one has words in front, so the two never meet.
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

/// To find a key by, the first bytes of both digests do: they are as random as any hash. To be the same, it
/// takes all of them.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for part in self.parts() {
            let (first, _) = part.split_first_chunk().unwrap_or((&[0; 8], part));
            state.write_u64(u64::from_ne_bytes(*first));
        }
    }
}

impl Question {
    /// What is asked for a user. An application's own token speaks of none.
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
