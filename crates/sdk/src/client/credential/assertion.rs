//! Client assertions: a short-lived JWT, signed for each request (RFC 7523 §3, RFC 10070).

use super::Asking;
use crate::client::AcquireError;
use crate::client::dialect::is_entra;
use aws_lc_rs::rand;
use serde::Serialize;
use std::sync::Arc;
use stead_proto::id::{ClientId, TokenId};
use stead_proto::jwt::{JwtError, SigningKey, Typ};
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;

/// How long an assertion lives. It is used at once.
const LIFETIME: Seconds = Seconds(60);

/// A key, and whom its assertions are addressed to.
#[derive(Clone)]
pub(super) struct Signer {
    key: Arc<SigningKey>,
    addressed: Addressed,
}

/// Whom an assertion is addressed to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Addressed {
    /// The issuer (RFC 10070), so that another server cannot use it, whichever endpoints that server claims to have.
    ToTheIssuer,
    /// The token endpoint, which RFC 7523 §3 allows.
    ToTheTokenEndpoint,
}

/// The claims of a client assertion.
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a ClientId,
    sub: &'a ClientId,
    aud: &'a str,
    jti: TokenId,
    iat: i64,
    exp: i64,
}

impl Signer {
    pub(super) fn new(key: SigningKey, addressed: Addressed) -> Self {
        Self { key: Arc::new(key), addressed }
    }

    pub(super) fn addressed(self, addressed: Addressed) -> Self {
        Self { addressed, ..self }
    }

    pub(super) fn sign(&self, asking: &Asking<'_>) -> Result<Jwt, AcquireError> {
        let issuer = asking.issuer.as_str();
        let (typ, aud) = match self.addressed {
            Addressed::ToTheIssuer if !is_entra(issuer) => (Typ::ClientAuthentication, issuer),
            // The plain `JWT` that was usual before.
            _ => (Typ::IdToken, asking.token_endpoint),
        };
        let signed = random_id().and_then(|jti| {
            let (iat, exp) = (asking.now.secs(), (asking.now + LIFETIME).secs());
            let (iss, sub) = (asking.client_id, asking.client_id);
            self.key.sign(typ, &Assertion { iss, sub, aud, jti, iat, exp })
        });
        signed.map_err(|error| AcquireError::Config(error.to_string()))
    }
}

fn random_id() -> Result<TokenId, JwtError> {
    let mut bits = [0; 16];
    rand::fill(&mut bits).map_err(|_| JwtError::SigningFailed)?;
    Ok(TokenId::from_random(bits))
}
