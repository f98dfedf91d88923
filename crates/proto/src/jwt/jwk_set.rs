//! A set of public keys as JSON (RFC 7517 §5): ours to publish, others' to read.

use super::{Jwk, JwkProblem, RsaDefault};
use crate::json::{self, JsonError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Longest key set read, in bytes.
pub const MAX_JWK_SET: usize = 256 * 1024;

/// Most keys read from one set.
pub const MAX_KEYS: usize = 100;

/// The usable public keys of one issuer or one client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// Why a key set cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadJwkSet {
    /// Longer than [`MAX_JWK_SET`].
    TooLong,
    /// More keys than [`MAX_KEYS`].
    TooMany,
    /// Not JSON.
    Json(JsonError),
    /// No array `keys` in it.
    NotASet,
    /// A registered set without a key in it.
    Empty,
    /// A key of a registered set is not usable.
    Key {
        /// Which, counted from 0.
        index: usize,
        /// Why.
        problem: JwkProblem,
    },
}

impl fmt::Display for BadJwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the key set is too long"),
            Self::TooMany => f.write_str("the key set holds too many keys"),
            Self::Json(error) => error.fmt(f),
            Self::NotASet => f.write_str("the key set has no array of keys"),
            Self::Empty => f.write_str("the key set is empty"),
            Self::Key { index, problem } => write!(f, "key {index} of the set {problem}"),
        }
    }
}

impl std::error::Error for BadJwkSet {}

impl JwkSet {
    /// Reads an issuer's set. Keys of no use to us are left out, as RFC 7517 §5 asks; where two
    /// different keys share a `kid`, both are, since nobody can say which one is meant.
    pub fn parse(bytes: &[u8], rsa: RsaDefault) -> Result<Self, BadJwkSet> {
        let written = read(bytes)?;
        let mut keys: Vec<Jwk> = Vec::new();
        for key in written.iter().filter_map(|key| Jwk::read(key, rsa).ok()) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let ambiguous = |key: &Jwk| {
            key.kid().is_some() && keys.iter().filter(|other| other.kid() == key.kid()).count() > 1
        };
        Ok(keys.iter().filter(|key| !ambiguous(key)).cloned().collect())
    }

    /// Reads a set that somebody registers here: every problem is an error that says which.
    pub fn parse_strict(bytes: &[u8], rsa: RsaDefault) -> Result<Self, BadJwkSet> {
        let written = read(bytes)?;
        let mut keys: Vec<Jwk> = Vec::new();
        for (index, key) in written.iter().enumerate() {
            let bad = |problem| BadJwkSet::Key { index, problem };
            let key = Jwk::read(key, rsa).map_err(bad)?;
            if key.kid().is_some() && keys.iter().any(|other| other.kid() == key.kid()) {
                return Err(bad(JwkProblem::RepeatedKid));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(BadJwkSet::Empty) } else { Ok(Self { keys }) }
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &Jwk> {
        self.keys.iter()
    }
}

impl FromIterator<Jwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Value>, BadJwkSet> {
    if bytes.len() > MAX_JWK_SET {
        return Err(BadJwkSet::TooLong);
    }
    let mut set = json::parse(bytes).map_err(BadJwkSet::Json)?;
    match set.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) if keys.len() <= MAX_KEYS => Ok(keys),
        Some(Value::Array(_)) => Err(BadJwkSet::TooMany),
        _ => Err(BadJwkSet::NotASet),
    }
}
