//! Its parts and the keys of one issuer → proved claims.

use super::{
    Algorithm, Header, HeaderTyp, JwtError, KeySet, Period, Times, Typ, Unverified, VerifyingKey,
    times,
};
use crate::digest::{Sha256, sha256};
use crate::time::{Seconds, Timestamp};
use serde::de::DeserializeOwned;

/// What is acceptable in one place where a JWT is consumed.
#[derive(Debug, Clone, Copy)]
pub struct Accept<'a> {
    /// Of which kind it must be.
    pub typ: AcceptTyp<'a>,
    /// How it may be signed.
    pub algorithms: &'a [Algorithm],
    /// What time it is.
    pub now: Timestamp,
    /// How far the issuer's clock may be from ours; zero where the issuer is ourselves.
    pub leeway: Seconds,
    /// How its times are read.
    pub times: Times,
}

/// Of which kind a JWT must be.
#[derive(Debug, Clone, Copy)]
pub enum AcceptTyp<'a> {
    /// This one.
    Exactly(Typ),
    /// One of these, or without a kind: `typ` absent or plain `JWT`. For what is older than the rule
    /// that a JWT names its kind: client assertions, the ID tokens of others.
    OneOfOrUntyped(&'a [Typ]),
}

/// Claims whose signature, kind and times have been checked.
///
/// Only [`Unverified::verify`] makes one; there is no other way to write one down:
///
/// ```compile_fail,E0451
/// use stead_proto::jwt::{Header, Period, Verified};
/// fn invent(header: Header, period: Period) -> Verified<String> {
///     Verified { header, period, claims: "sub=alice".to_owned() }
/// }
/// ```
///
/// Whom the token is addressed to (`aud`) and who issued it (`iss`) is still the caller's to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<C> {
    header: Header,
    period: Period,
    claims: C,
}

impl<C> Verified<C> {
    /// What it says.
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// What it says, to keep.
    pub fn into_claims(self) -> C {
        self.claims
    }

    /// From when until when it is valid.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The header it came with.
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// A memory of tokens whose signatures were found good.
///
/// # Security
///
/// Its yes stands in for a signature. It may say so only of a token that [`Unverified::verify`] has proved with the very
/// keys that are at hand, known by SHA-256 of the whole of it and by nothing less. The digest is computed here, of
/// the token that is to be proved, so that it cannot be another's.
pub trait SignedBefore {
    /// Whether it knows the token of this digest, which is computed if it is asked for.
    fn knows(&self, token: impl FnOnce() -> Sha256) -> bool;
}

impl Unverified<'_> {
    /// Proves a token: first what it may be at all, then its signature, then its times, then its claims.
    pub fn verify<C: DeserializeOwned>(
        &self,
        keys: &KeySet,
        accept: &Accept<'_>,
    ) -> Result<Verified<C>, JwtError> {
        let key = self.acceptable(keys, accept)?;
        key.verify(self.signed.as_bytes(), &self.signature)?;
        self.signed(accept)
    }

    /// The same, and whose signature a memory knows is not looked at again. All else is.
    pub fn verify_remembering<C: DeserializeOwned>(
        &self,
        keys: &KeySet,
        accept: &Accept<'_>,
        memory: &impl SignedBefore,
    ) -> Result<Verified<C>, JwtError> {
        let key = self.acceptable(keys, accept)?;
        if !memory.knows(|| sha256(self.token.as_bytes())) {
            key.verify(self.signed.as_bytes(), &self.signature)?;
        }
        self.signed(accept)
    }

    /// The key that has to have signed it, if it may be what it is.
    fn acceptable<'k>(
        &self,
        keys: &'k KeySet,
        accept: &Accept<'_>,
    ) -> Result<&'k VerifyingKey, JwtError> {
        if !accept.algorithms.contains(&self.header.alg()) {
            return Err(JwtError::AlgorithmRefused);
        }
        if !accept.typ.takes(self.header.typ()) {
            return Err(JwtError::UnexpectedTyp);
        }
        self.key(keys)
    }

    /// The rest, once it is known who signed it.
    fn signed<C: DeserializeOwned>(&self, accept: &Accept<'_>) -> Result<Verified<C>, JwtError> {
        let (period, claims) = self.claims(accept)?;
        Ok(Verified { header: self.header.clone(), period, claims })
    }

    /// The claims of a proved token, if its times are good.
    fn claims<C: DeserializeOwned>(&self, accept: &Accept<'_>) -> Result<(Period, C), JwtError> {
        let bad = |_| JwtError::BadClaims;
        let stated = &self.outline.times;
        if accept.times == Times::Lenient && stated.otherwise() {
            let mut claims = serde_json::from_str(&self.claims).map_err(bad)?;
            let period = times::in_whole_seconds(&mut claims)?.check(accept)?;
            return Ok((period, serde_json::from_value(claims).map_err(bad)?));
        }
        let period = stated.check(accept)?;
        Ok((period, serde_json::from_str(&self.claims).map_err(bad)?))
    }

    /// The key it names; if it names none, the only one there is for its algorithm.
    fn key<'k>(&self, keys: &'k KeySet) -> Result<&'k VerifyingKey, JwtError> {
        let alg = self.header.alg();
        let key = match self.header.kid() {
            Some(kid) => keys.get(kid),
            None => keys.single_for(alg),
        };
        let key = key.ok_or(JwtError::UnknownKey)?;
        if key.alg() == alg { Ok(key) } else { Err(JwtError::WrongKeyAlgorithm) }
    }
}

impl AcceptTyp<'_> {
    fn takes(&self, typ: HeaderTyp) -> bool {
        match (self, typ) {
            (Self::Exactly(expected), HeaderTyp::Known(typ)) => *expected == typ,
            // An ID token's `JWT` says no more than no `typ` at all.
            (Self::OneOfOrUntyped(_), HeaderTyp::Absent | HeaderTyp::Known(Typ::IdToken)) => true,
            (Self::OneOfOrUntyped(expected), HeaderTyp::Known(typ)) => expected.contains(&typ),
            (_, HeaderTyp::Absent | HeaderTyp::Other) => false,
        }
    }
}
