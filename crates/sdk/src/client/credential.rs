//! How your application proves who it is at the token endpoint (RFC 6749 §2.3, RFC 7523, RFC 10070).

use crate::error::SetupError;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use stead_proto::client_auth::{JWT_BEARER_ASSERTION, write_basic};
use stead_proto::id::{ClientId, Issuer, KeyId, TokenId};
use stead_proto::jwt::{Algorithm, BadSigningKey, JwtError, SigningKey, Typ};
use stead_proto::secret::ClientSecret;
use stead_proto::time::{Seconds, Timestamp};

/// How long an assertion lives. It is used at once.
const ASSERTION_LIFETIME: Seconds = Seconds(60);

/// How your application proves who it is.
#[derive(Clone)]
pub struct Credential(Kind);

#[derive(Clone)]
enum Kind {
    SecretInHeader(ClientSecret),
    SecretInBody(ClientSecret),
    PrivateKey(Arc<SigningKey>),
}

/// What goes along with a request: form parameters, and perhaps a header.
pub(super) struct Proof {
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) header: Option<ClientSecret>,
}

/// The claims of a client assertion (RFC 7523 §3).
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a ClientId,
    sub: &'a ClientId,
    aud: &'a Issuer,
    jti: TokenId,
    iat: i64,
    exp: i64,
}

impl Credential {
    /// A shared secret, sent in the `Authorization` header (`client_secret_basic`).
    pub fn secret(secret: impl Into<String>) -> Self {
        Self(Kind::SecretInHeader(ClientSecret::new(secret)))
    }

    /// A shared secret, sent in the body, for providers that want it there (`client_secret_post`).
    pub fn secret_in_body(secret: impl Into<String>) -> Self {
        Self(Kind::SecretInBody(ClientSecret::new(secret)))
    }

    /// A private key that signs a short statement for each request (`private_key_jwt`), addressed to the
    /// issuer alone (RFC 10070). The key's name is its RFC 7638 thumbprint.
    #[must_use]
    pub fn private_key(key: SigningKey) -> Self {
        Self(Kind::PrivateKey(Arc::new(key)))
    }

    /// The same with a name of its own: for a provider that gave your key one, or that knows it by the one
    /// in your `jwks.json`.
    pub fn private_key_named(kid: impl Into<String>, key: SigningKey) -> Result<Self, SetupError> {
        Ok(Self::private_key(key.named(KeyId::parse(kid)?)))
    }

    /// The same, named by its thumbprint, from PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`).
    pub fn private_key_pem(algorithm: Algorithm, pem: &str) -> Result<Self, SetupError> {
        let pkcs8 = pkcs8_of(pem).ok_or(BadSigningKey)?;
        Ok(Self::private_key(SigningKey::from_pkcs8(algorithm, &pkcs8)?))
    }

    pub(super) fn prove(
        &self,
        client_id: &ClientId,
        issuer: &Issuer,
        now: Timestamp,
    ) -> Result<Proof, JwtError> {
        let named = ("client_id", client_id.to_string());
        match &self.0 {
            Kind::SecretInHeader(secret) => {
                let header = ClientSecret::new(write_basic(client_id, secret));
                Ok(Proof { params: Vec::new(), header: Some(header) })
            }
            Kind::SecretInBody(secret) => {
                let secret = ("client_secret", secret.expose().to_owned());
                Ok(Proof { params: vec![named, secret], header: None })
            }
            Kind::PrivateKey(key) => {
                let assertion = key.sign(
                    Typ::ClientAuthentication,
                    &Assertion {
                        iss: client_id,
                        sub: client_id,
                        aud: issuer,
                        jti: random_id()?,
                        iat: now.secs(),
                        exp: (now + ASSERTION_LIFETIME).secs(),
                    },
                )?;
                let kind = ("client_assertion_type", JWT_BEARER_ASSERTION.to_owned());
                let proof = ("client_assertion", assertion.expose().to_owned());
                Ok(Proof { params: vec![named, kind, proof], header: None })
            }
        }
    }
}

fn random_id() -> Result<TokenId, JwtError> {
    let mut bits = [0; 16];
    rand::fill(&mut bits).map_err(|_| JwtError::SigningFailed)?;
    Ok(TokenId::from_random(bits))
}

fn pkcs8_of(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::SecretInHeader(_) => "Credential(client_secret_basic)",
            Kind::SecretInBody(_) => "Credential(client_secret_post)",
            Kind::PrivateKey(_) => "Credential(private_key_jwt)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_read_from_pem_and_never_shown() {
        let (_, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(&*pkcs8)
        );
        let credential = Credential::private_key_pem(Algorithm::Es256, &pem).unwrap();
        assert_eq!(format!("{credential:?}"), "Credential(private_key_jwt)");
        assert!(Credential::private_key_pem(Algorithm::EdDsa, &pem).is_err());
        assert!(Credential::private_key_pem(Algorithm::Es256, "no PEM").is_err());
    }
}
