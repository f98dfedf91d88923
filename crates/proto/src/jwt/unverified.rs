//! Token → its parts, nothing about it proved.

use super::scan::{self, Seen};
use super::times::{Stated, Written};
use super::{Header, HeaderTyp, JwtError, MAX_ACT_DEPTH, MAX_TOKEN, Typ};
use crate::digest::from_base64url;
use crate::secret::Jwt;
use serde_json::Value;
use std::fmt;

/// A compact JWS taken apart. What it says may be anybody's invention until
/// [`verify`](Self::verify) has returned.
pub struct Unverified<'a> {
    /// All of it.
    pub(super) token: &'a str,
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
    pub(super) header: Header,
    /// The claims as they are written: a JSON object that names no member twice.
    pub(super) claims: String,
    pub(super) outline: Outline,
}

/// What claims say that decides before they are read in full.
#[derive(Default)]
pub(super) struct Outline {
    iss: Option<String>,
    pub(super) times: Stated,
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
        let header = String::from_utf8(decode(header)?).map_err(|_| JwtError::BadHeader)?;
        let header = Header::parse(&header)?;
        let claims = String::from_utf8(decode(claims)?).map_err(|_| JwtError::BadClaims)?;
        let outline = Outline::read(&claims)?;
        let signature = decode(signature)?;
        Ok(Self { token, signed, signature, header, claims, outline })
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
        self.outline.iss.as_deref()
    }

    /// What it claims, to show to a person who asked to see it. Decide nothing by it.
    #[must_use]
    pub fn claims_for_display(&self) -> Value {
        serde_json::from_str(&self.claims).unwrap_or_default()
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

impl Outline {
    /// Reads over the claims. The members that name other parties must be objects, and the actors not too
    /// many: serde would take `["api-a"]` for `{"sub":"api-a"}`, and a reader without such a member
    /// would not look at all.
    fn read(claims: &str) -> Result<Self, JwtError> {
        let mut outline = Self::default();
        let mut sound = true;
        scan::members(claims, |name, value| match (name, value) {
            ("iss", Seen::Text(issuer)) => outline.iss = Some(issuer.into_owned()),
            ("exp", value) => outline.times.exp = Some(Written::of(&value)),
            ("nbf", value) => outline.times.nbf = Some(Written::of(&value)),
            ("iat", value) => outline.times.iat = Some(Written::of(&value)),
            ("act", value) => sound &= value.actors().is_some_and(|all| all <= MAX_ACT_DEPTH),
            ("may_act" | "cnf", value) => sound &= matches!(value, Seen::Object { .. }),
            _ => {}
        })
        .map_err(JwtError::in_claims)?;
        if sound { Ok(outline) } else { Err(JwtError::BadClaims) }
    }
}
