//! The JOSE header, and what it must not hold.

use super::scan::{self, Seen};
use super::{Algorithm, JwtError, Typ};
use crate::id::KeyId;
use std::borrow::Cow;

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

    pub(super) fn parse(json: &str) -> Result<Self, JwtError> {
        let (mut alg, mut kid, mut typ) = (None, None, None);
        let (mut critical, mut refused) = (false, false);
        scan::members(json, |name, value| match name {
            "alg" => alg = Some(value),
            "kid" => kid = Some(value),
            "typ" => typ = Some(value),
            "crit" => critical = true,
            other => refused |= REFUSED.contains(&other),
        })
        .map_err(JwtError::in_header)?;
        if critical {
            return Err(JwtError::Critical);
        }
        if refused {
            return Err(JwtError::BadHeader);
        }
        let alg = text(alg)?.ok_or(JwtError::BadHeader)?;
        let kid = text(kid)?.map(KeyId::parse).transpose();
        Ok(Self {
            alg: Algorithm::parse(&alg).ok_or(JwtError::AlgorithmRefused)?,
            kid: kid.map_err(|_| JwtError::BadHeader)?,
            typ: match text(typ)? {
                None => HeaderTyp::Absent,
                Some(typ) => Typ::parse(&typ).map_or(HeaderTyp::Other, HeaderTyp::Known),
            },
        })
    }
}

/// A member that is text if it is there at all.
fn text(value: Option<Seen<'_>>) -> Result<Option<Cow<'_, str>>, JwtError> {
    match value {
        None => Ok(None),
        Some(Seen::Text(text)) => Ok(Some(text)),
        Some(_) => Err(JwtError::BadHeader),
    }
}
