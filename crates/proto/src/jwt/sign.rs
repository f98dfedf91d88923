//! Claims → token.

use super::{Algorithm, JwtError, MAX_TOKEN, SigningKey, Typ};
use crate::digest::base64url;
use crate::id::KeyId;
use crate::secret::Jwt;
use serde::Serialize;

/// The header we write: these three members, in this order.
#[derive(Serialize)]
struct Written<'a> {
    alg: Algorithm,
    kid: &'a KeyId,
    typ: &'static str,
}

impl SigningKey {
    /// Signs claims as a compact JWS of this kind (RFC 7515 §7.1).
    pub fn sign<T: Serialize>(&self, typ: Typ, claims: &T) -> Result<Jwt, JwtError> {
        let header = Written { alg: self.alg(), kid: self.kid(), typ: typ.as_str() };
        let header = serde_json::to_vec(&header).map_err(|_| JwtError::BadHeader)?;
        let claims = serde_json::to_vec(claims).map_err(|_| JwtError::BadClaims)?;
        let mut token = format!("{}.{}", base64url(&header), base64url(&claims));
        let signature = self.sign_bytes(token.as_bytes())?;
        token.push('.');
        token.push_str(&base64url(&signature));
        // What nobody would read is not worth handing out.
        if token.len() > MAX_TOKEN { Err(JwtError::TooLong) } else { Ok(Jwt::new(token)) }
    }
}
