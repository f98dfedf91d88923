//! The JOSE header, and what it must not hold.

use super::{Algorithm, JwtError, Typ};
use crate::id::KeyId;
use crate::json;
use serde_json::{Map, Value};

/// Members that would bring a key, name where to fetch one, change what is signed, or belong to
/// encryption (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7518 §4, RFC 7797 §3). Presence alone is refused.
///
/// `x5c`, `x5t` and `x5t#S256` are not among them: Entra's libraries send them in client assertions.
/// Like any other unknown member they mean nothing here: the key is chosen by `kid` from a known set.
const REFUSED: [&str; 14] = [
    "jwk", "jku", "x5u", "b64", "enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c",
    "skid",
];

/// The part of a header that decides: how it is signed, with which key, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    alg: Algorithm,
    kid: Option<KeyId>,
    typ: HeaderTyp,
}

/// What a header says of its JWT's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderTyp {
    /// Nothing.
    Absent,
    /// One of ours.
    Known(Typ),
    /// Something else, which fits nowhere.
    Other,
}

impl Header {
    /// The algorithm it claims.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.alg
    }

    /// The key it names.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// The kind it claims to be.
    #[must_use]
    pub fn typ(&self) -> HeaderTyp {
        self.typ
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, JwtError> {
        let Value::Object(members) = json::parse(bytes).map_err(JwtError::in_header)? else {
            return Err(JwtError::BadHeader);
        };
        if members.contains_key("crit") {
            return Err(JwtError::Critical);
        }
        if REFUSED.iter().any(|name| members.contains_key(*name)) {
            return Err(JwtError::BadHeader);
        }
        let alg = text(&members, "alg")?.ok_or(JwtError::BadHeader)?;
        Ok(Self {
            alg: Algorithm::parse(alg).ok_or(JwtError::AlgorithmRefused)?,
            kid: text(&members, "kid")?
                .map(KeyId::parse)
                .transpose()
                .map_err(|_| JwtError::BadHeader)?,
            typ: match text(&members, "typ")? {
                None => HeaderTyp::Absent,
                Some(typ) => Typ::parse(typ).map_or(HeaderTyp::Other, HeaderTyp::Known),
            },
        })
    }
}

/// A member that is text if it is there at all.
fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, JwtError> {
    members.get(name).map(|value| value.as_str().ok_or(JwtError::BadHeader)).transpose()
}
