//! Claims → token.

use super::{Algorithm, JwtError, MAX_TOKEN, SigningKey, Typ};
use crate::digest::{Sha256, base64url, push_base64url};
use crate::id::KeyId;
use crate::secret::Jwt;
use serde::Serialize;

/// The header we write: these three members, in this order.
#[derive(Serialize)]
struct Written<'a> {
    alg: Algorithm,
    #[serde(flatten)]
    key: KeyNamed<'a>,
    typ: &'static str,
}

/// How a header names the key.
#[derive(Clone, Copy, Serialize)]
pub(super) enum KeyNamed<'a> {
    /// By its own name.
    #[serde(rename = "kid")]
    Id(&'a KeyId),
    /// By the thumbprint of its certificate (RFC 7515 §4.1.8).
    #[serde(rename = "x5t#S256")]
    Certificate(Sha256),
}

/// How each kind of token of one key begins, the dot behind it included: always the same, so written once.
#[derive(Debug)]
pub(super) struct Heads(Vec<(Typ, String)>);

impl Heads {
    pub(super) fn of(alg: Algorithm, key: KeyNamed<'_>) -> Self {
        let head = |typ: Typ| {
            let header = serde_json::to_vec(&Written { alg, key, typ: typ.as_str() });
            // Three texts are always written.
            base64url(&header.unwrap_or_default()) + "."
        };
        Self(Typ::ALL.into_iter().map(|typ| (typ, head(typ))).collect())
    }

    fn head(&self, typ: Typ) -> Result<&str, JwtError> {
        let found = self.0.iter().find(|(of, _)| *of == typ);
        found.map(|(_, head)| head.as_str()).ok_or(JwtError::BadHeader)
    }
}

/// Claims as JSON, with room for those of a usual access token from the start.
fn written<T: Serialize>(claims: &T) -> Result<Vec<u8>, JwtError> {
    let mut json = Vec::with_capacity(1024);
    serde_json::to_writer(&mut json, claims).map_err(|_| JwtError::BadClaims)?;
    Ok(json)
}

impl SigningKey {
    /// Signs claims as a compact JWS of this kind (RFC 7515 §7.1).
    pub fn sign<T: Serialize>(&self, typ: Typ, claims: &T) -> Result<Jwt, JwtError> {
        let head = self.heads().head(typ)?;
        let claims = written(claims)?;
        // Four characters for three bytes, and room for the longest signature.
        let mut token = String::with_capacity(head.len() + claims.len() * 4 / 3 + 360);
        token.push_str(head);
        push_base64url(&mut token, &claims);
        let signature = self.sign_bytes(token.as_bytes())?;
        token.push('.');
        push_base64url(&mut token, signature.as_ref());
        // What nobody would read is not worth handing out.
        if token.len() > MAX_TOKEN { Err(JwtError::TooLong) } else { Ok(Jwt::new(token)) }
    }
}
