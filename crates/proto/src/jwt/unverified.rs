//! Token → its parts, nothing about it proved.

use super::{Header, HeaderTyp, JwtError, MAX_ACT_DEPTH, MAX_TOKEN, Typ};
use crate::digest::from_base64url;
use crate::json;
use crate::secret::Jwt;
use serde_json::Value;
use std::fmt;

/// A compact JWS taken apart. What it says may be anybody's invention until
/// [`verify`](Self::verify) has returned.
pub struct Unverified<'a> {
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
    pub(super) header: Header,
    pub(super) claims: Value,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart: size, three parts, canonical base64url, header, claims.
    pub fn parse(token: &'a Jwt) -> Result<Self, JwtError> {
        let token = token.expose();
        if token.len() > MAX_TOKEN {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::NotCompact)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::NotCompact)?;
        if claims.contains('.') {
            return Err(JwtError::NotCompact);
        }
        let header = Header::parse(&decode(header)?)?;
        let claims = json::parse(&decode(claims)?).map_err(JwtError::in_claims)?;
        if !claims.is_object() || !is_sound_delegation(&claims) {
            return Err(JwtError::BadClaims);
        }
        Ok(Self { signed, signature: decode(signature)?, header, claims })
    }

    /// The header it came with.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The kind it claims to be, if it is one of ours: to choose where it goes.
    #[must_use]
    pub fn typ(&self) -> Option<Typ> {
        match self.header.typ() {
            HeaderTyp::Known(typ) => Some(typ),
            HeaderTyp::Absent | HeaderTyp::Other => None,
        }
    }

    /// Who it claims signed it: to choose keys by, and for nothing else.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// What it claims, to show to a person who asked to see it. Decide nothing by it.
    #[must_use]
    pub fn claims_for_display(&self) -> &Value {
        &self.claims
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    from_base64url(part).ok_or(JwtError::BadEncoding)
}

/// Whether the members that name other parties are objects, and the actors not too many. serde would
/// take `["api-a"]` for `{"sub":"api-a"}`, and a reader without such a member would not look at all.
fn is_sound_delegation(claims: &Value) -> bool {
    let mut actors = std::iter::successors(claims.get("act"), |act| act.get("act"));
    actors.by_ref().take(MAX_ACT_DEPTH).all(Value::is_object)
        && actors.next().is_none()
        && ["may_act", "cnf"].iter().all(|name| claims.get(name).is_none_or(Value::is_object))
}
