//! How your application proves who it is at the token endpoint (RFC 6749 §2.3, RFC 7523, RFC 8705, RFC 10070).
//!
//! | file | what it does |
//! |---|---|
//! | this one | [`Credential`]: what goes along with a request |
//! | `assertion` | a short statement, signed for each request |
//! | `pem` | what stands between `BEGIN` and `END` |
//! | `token_file` | a token that a platform keeps fresh in a file |

mod assertion;
mod pem;
mod token_file;

use super::AcquireError;
use crate::error::SetupError;
use crate::issuer::{Identified, Identify, Identity, Provider};
use assertion::{Addressed, Signer};
use std::fmt;
use std::path::PathBuf;
use stead_proto::client_auth::{JWT_BEARER_ASSERTION, write_basic};
use stead_proto::digest::sha256;
use stead_proto::form;
use stead_proto::id::{ClientId, Issuer, KeyId};
use stead_proto::jwt::{Algorithm, BadSigningKey, SigningKey};
use stead_proto::metadata::ProviderMetadata;
use stead_proto::secret::{ClientSecret, Jwt};
use stead_proto::time::Timestamp;

/// `client_assertion_type` of a SPIFFE JWT-SVID (draft-ietf-oauth-spiffe-client-auth §3.1).
const JWT_SPIFFE_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/// How your application proves who it is. A clone shares what was read.
#[derive(Clone)]
pub struct Credential(Kind);

#[derive(Clone)]
enum Kind {
    SecretInHeader(ClientSecret),
    SecretInBody(ClientSecret),
    Signed(Signer),
    TokenFile { path: PathBuf, assertion_type: &'static str },
    Tls,
}

/// Who asks whom, and when.
pub(super) struct Asking<'a> {
    pub(super) client_id: &'a ClientId,
    pub(super) issuer: &'a Issuer,
    pub(super) token_endpoint: &'a str,
    pub(super) now: Timestamp,
}

/// What goes along with a request: form parameters, and perhaps a header.
pub(super) struct Proof {
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) header: Option<ClientSecret>,
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

    /// A private key that signs an assertion for each request (`private_key_jwt`, RFC 7523), addressed to the issuer
    /// alone (RFC 10070). The key's `kid` is its RFC 7638 thumbprint.
    #[must_use]
    pub fn private_key(key: SigningKey) -> Self {
        Self(Kind::Signed(Signer::new(key, Addressed::ToTheIssuer)))
    }

    /// The same with another `kid`: the one that the provider gave your key, or that stands in your `jwks.json`.
    pub fn private_key_named(kid: impl Into<String>, key: SigningKey) -> Result<Self, SetupError> {
        Ok(Self::private_key(key.named(KeyId::parse(kid)?)))
    }

    /// The same, from PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`); the `kid` is the thumbprint.
    ///
    /// # Errors
    /// [`SetupError::Key`] if the text holds no private key for this algorithm.
    pub fn private_key_pem(algorithm: Algorithm, pem: &str) -> Result<Self, SetupError> {
        Ok(Self::private_key(key_of(algorithm, pem)?))
    }

    /// The same with another `kid`.
    pub fn private_key_pem_named(
        kid: impl Into<String>,
        algorithm: Algorithm,
        pem: &str,
    ) -> Result<Self, SetupError> {
        Self::private_key_named(kid, key_of(algorithm, pem)?)
    }

    /// A certificate (the first of `chain`, in PEM) and its private key (PKCS #8 in PEM). The provider knows the key by
    /// the certificate's SHA-256 thumbprint (`x5t#S256`), as Entra ID does. Assertions are addressed
    /// [to the token endpoint](Self::addressed_to_the_token_endpoint).
    ///
    /// # Errors
    /// [`SetupError::Certificate`] and [`SetupError::Key`] for texts that cannot be read, [`SetupError::OtherKey`] if the
    /// certificate is not for this key.
    ///
    /// ```no_run
    /// # fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// use stead::{Algorithm, Credential};
    /// let chain = std::fs::read_to_string("reports-api.crt")?;
    /// let key = std::fs::read_to_string("reports-api.key")?;
    /// let credential = Credential::certificate_pem(Algorithm::Ps256, &chain, &key)?;
    /// # Ok(()) }
    /// ```
    pub fn certificate_pem(
        algorithm: Algorithm,
        chain: &str,
        key: &str,
    ) -> Result<Self, SetupError> {
        let certificate = pem::first(chain, "CERTIFICATE").ok_or(SetupError::Certificate)?;
        let key = key_of(algorithm, key)?;
        if !is_for(&certificate, &key)? {
            return Err(SetupError::OtherKey);
        }
        let key = key.certified(sha256(&certificate));
        Ok(Self(Kind::Signed(Signer::new(key, Addressed::ToTheTokenEndpoint))))
    }

    /// Addresses assertions to the token endpoint, as was usual before RFC 10070, with `typ` `JWT`: for providers that
    /// take no others. Entra ID takes no others, but is recognised without this.
    #[must_use]
    pub fn addressed_to_the_token_endpoint(self) -> Self {
        Self(match self.0 {
            Kind::Signed(signer) => Kind::Signed(signer.addressed(Addressed::ToTheTokenEndpoint)),
            other => other,
        })
    }

    /// A token about your application by another issuer, which the platform keeps fresh in this file: a projected token
    /// of Kubernetes, for example. The provider has to be set up to take it (a federated credential). The file is read
    /// for each exchange.
    pub fn token_file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::TokenFile { path: path.into(), assertion_type: JWT_BEARER_ASSERTION })
    }

    /// The same with a SPIFFE JWT-SVID, for providers that want it called by its name
    /// (draft-ietf-oauth-spiffe-client-auth).
    pub fn spiffe_file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::TokenFile { path: path.into(), assertion_type: JWT_SPIFFE_ASSERTION })
    }

    /// The certificate that the [`Transport`](crate::Transport) shows when it connects (RFC 8705): see
    /// [`TransportBuilder::client_certificate_pem`](crate::transport::TransportBuilder::client_certificate_pem).
    #[must_use]
    pub fn tls() -> Self {
        Self(Kind::Tls)
    }

    /// The token endpoint. For a client certificate it may be another one (RFC 8705 §5).
    pub(super) fn endpoint<'m>(&self, metadata: &'m ProviderMetadata) -> Option<&'m str> {
        let alias = metadata.mtls_endpoint_aliases.as_ref();
        let alias = alias.and_then(|aliases| aliases.token_endpoint.as_deref());
        let usual = metadata.token_endpoint.as_deref();
        if matches!(self.0, Kind::Tls) { alias.or(usual) } else { usual }
    }

    pub(super) async fn prove(&self, asking: &Asking<'_>) -> Result<Proof, AcquireError> {
        let named = ("client_id", asking.client_id.to_string());
        let params = match &self.0 {
            Kind::SecretInHeader(secret) => {
                let header = ClientSecret::new(write_basic(asking.client_id, secret));
                return Ok(Proof { params: Vec::new(), header: Some(header) });
            }
            Kind::SecretInBody(secret) => {
                vec![named, ("client_secret", secret.expose().to_owned())]
            }
            Kind::Signed(signer) => asserted(named, JWT_BEARER_ASSERTION, &signer.sign(asking)?),
            Kind::TokenFile { path, assertion_type } => {
                asserted(named, assertion_type, &token_file::read(path).await?)
            }
            Kind::Tls => vec![named],
        };
        Ok(Proof { params, header: None })
    }
}

impl Identify for Credential {
    fn identify<'a>(&'a self, client_id: &'a ClientId, provider: &'a Provider) -> Identified<'a> {
        Box::pin(async move {
            let metadata = provider.metadata().await.map_err(|error| error.to_string())?;
            let asking = Asking {
                client_id,
                issuer: provider.issuer(),
                token_endpoint: metadata.token_endpoint.as_deref().unwrap_or_default(),
                now: provider.clock().now(),
            };
            let proof = self.prove(&asking).await.map_err(|error| error.to_string())?;
            let params = proof.params.iter().map(|(name, value)| (*name, value.as_str()));
            let body = form::write(&params.collect::<Vec<_>>());
            Ok(Identity { body, authorization: proof.header })
        })
    }
}

fn asserted(
    named: (&'static str, String),
    assertion_type: &str,
    assertion: &Jwt,
) -> Vec<(&'static str, String)> {
    let kind = ("client_assertion_type", assertion_type.to_owned());
    vec![named, kind, ("client_assertion", assertion.expose().to_owned())]
}

/// Whether a certificate is for a key: it has to contain the DER of the public half.
fn is_for(certificate: &[u8], key: &SigningKey) -> Result<bool, BadSigningKey> {
    let public = key.public_der()?;
    Ok(certificate.windows(public.len()).any(|part| part == public))
}

fn key_of(algorithm: Algorithm, text: &str) -> Result<SigningKey, BadSigningKey> {
    let pkcs8 = pem::first(text, "PRIVATE KEY").ok_or(BadSigningKey)?;
    SigningKey::from_pkcs8(algorithm, &pkcs8)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::SecretInHeader(_) => "Credential(client_secret_basic)",
            Kind::SecretInBody(_) => "Credential(client_secret_post)",
            Kind::Signed(_) => "Credential(private_key_jwt)",
            Kind::TokenFile { .. } => "Credential(token file)",
            Kind::Tls => "Credential(tls_client_auth)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
        assert!(Credential::certificate_pem(Algorithm::Es256, "no PEM", &pem).is_err());
    }
}
