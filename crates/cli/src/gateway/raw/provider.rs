//! Providers as they are written, and how all of them are treated.

use crate::document::At;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A provider. Endpoints, keys and dialect come from its discovery document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its issuer: what `iss` says in its tokens, byte by byte.
    pub issuer: At<String>,
    /// What this service is called there. Without it tokens of the provider are taken, and none is asked of it.
    pub client_id: Option<At<String>>,
    /// How this service proves that it is the one.
    pub auth: Option<At<Auth>>,
    /// How it is asked, where its discovery document does not say.
    pub dialect: Option<At<Dialect>>,
    /// How it writes access tokens; where it does not write them as RFC 9068 says, they are taken only if this says so.
    #[serde(default)]
    pub profile: Profile,
    /// Audiences that its tokens may have besides ours: Keycloak's `account`, say.
    #[serde(default)]
    pub beside: Vec<At<String>>,
    /// `pairwise` if it calls one user by another `sub` towards each application.
    #[serde(default)]
    pub subjects: Subjects,
    /// Whether it is heard on what it revokes. `follow`: a revoked token is refused within a second, and while the
    /// provider cannot be heard, what is known counts; `require`: then none of its tokens is taken.
    pub revocations: Option<At<Revocations>>,
    /// Hosts besides its own that its endpoints may be on.
    #[serde(default)]
    pub trust_hosts: Vec<At<String>>,
}

/// How a service proves who it is, in one of these ways; a secret stands in a file or in the environment, never here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// A file that holds a shared secret, sent in the header.
    SecretFile(At<String>),
    /// An environment variable that holds one.
    SecretEnv(At<String>),
    /// A file that holds one, sent in the body.
    SecretInBodyFile(At<String>),
    /// A file with a token of somebody whom the provider trusts, read anew each time: a Kubernetes service account's.
    TokenFile(At<String>),
    /// A file with a SPIFFE JWT-SVID, read anew each time.
    SpiffeFile(At<String>),
    /// A file that holds a private key, PKCS #8 in PEM: it signs a statement for each question. Or a table.
    PrivateKeyJwt(At<SignsBy>),
    /// The same with a key that the provider knows by a certificate (`x5t#S256`): Entra's way.
    Certificate(KeyPair),
    /// A certificate that is shown when connecting (RFC 8705).
    Mtls(KeyPair),
}

/// A key to sign with.
#[derive(Debug, JsonSchema)]
#[schemars(untagged, inline)]
pub enum SignsBy {
    /// Its file.
    File(String),
    /// And more.
    Key(Signing),
}

/// A key, what it is called, and whom the statement is addressed to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The key, PKCS #8 in PEM.
    pub key_file: At<String>,
    /// What the provider calls the key (`kid`); its RFC 7638 thumbprint if absent.
    pub kid: Option<At<String>>,
    /// The issuer, as RFC 10070 says; `legacy`: the token endpoint, for providers that take nothing else.
    #[serde(default)]
    pub audience: AddressedTo,
}

/// Whom a statement is addressed to.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AddressedTo {
    /// The issuer.
    #[default]
    Issuer,
    /// The token endpoint.
    Legacy,
}

/// A certificate and its private key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    /// The certificate chain, PEM.
    pub cert_file: At<String>,
    /// Its private key, PKCS #8 in PEM.
    pub key_file: At<String>,
}

impl<'de> Deserialize<'de> for SignsBy {
    /// Not `untagged`: places would be lost on the way.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FileOrTable)
    }
}

struct FileOrTable;

impl<'de> Visitor<'de> for FileOrTable {
    type Value = SignsBy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file's name or a table")
    }

    fn visit_str<E: serde::de::Error>(self, file: &str) -> Result<SignsBy, E> {
        Ok(SignsBy::File(file.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SignsBy, A::Error> {
        Signing::deserialize(MapAccessDeserializer::new(map)).map(SignsBy::Key)
    }
}

/// How a provider is asked.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The standard's way.
    Rfc8693,
    /// Entra's.
    Entra,
}

/// How a provider writes access tokens.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub enum Profile {
    /// As the standard says.
    #[default]
    #[serde(rename = "rfc9068")]
    Rfc9068,
    /// Microsoft Entra ID, version 1.0.
    #[serde(rename = "entra-v1")]
    EntraV1,
    /// Microsoft Entra ID, version 2.0.
    #[serde(rename = "entra-v2")]
    EntraV2,
    /// Okta.
    #[serde(rename = "okta")]
    Okta,
    /// Auth0.
    #[serde(rename = "auth0")]
    Auth0,
    /// Keycloak.
    #[serde(rename = "keycloak")]
    Keycloak,
}

/// Whether a provider calls a user by one `sub`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Subjects {
    /// Towards everybody.
    #[default]
    Public,
    /// By another towards each application.
    Pairwise,
}

/// How a provider is heard on what it revokes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Revocations {
    /// As well as can be.
    Follow,
    /// Or nobody is let in.
    Require,
}

/// What is kept of tokens, for each provider.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// The most megabytes of tokens; those that nobody asks for give way.
    pub megabytes: At<u32>,
    /// With how little of its life left a token is given to nobody.
    pub margin: At<String>,
    /// With how little left the next is fetched behind the scenes.
    pub refresh_ahead: At<String>,
    /// A Redis or Valkey where several gateways find what one of them has acquired.
    #[serde(skip_serializing)]
    pub redis: Option<Redis>,
}

impl Default for Cache {
    fn default() -> Self {
        let (megabytes, margin) = (At::unsaid(32_u32), At::unsaid("30s"));
        Self { megabytes, margin, refresh_ahead: At::unsaid("60s"), redis: None }
    }
}

/// A Redis or Valkey. Tokens that are put there are sealed; with `[inbound.dpop]`, proofs that were seen are noted there too, by
/// a SHA-256. Without it, or where it is in trouble, tokens are acquired all the same, and each gateway knows the proofs that
/// it has seen itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// `rediss://host:6379/`, which is TLS, `redis://host:6379/` or `redis+unix:///run/redis.sock`. Without a password:
    /// that is in a file of its own.
    pub url: At<String>,
    /// As whom it is asked (its access control list); as its default user if absent.
    pub user: Option<At<String>>,
    /// A file with the password.
    pub password_file: Option<At<String>>,
    /// The certificate authorities to trust there and no others, PEM; the system's if absent.
    pub ca_file: Option<At<String>>,
    /// A file with a text drawn at random, 32 characters at least, the same for all of them: what is put there is
    /// sealed with it.
    pub key_file: At<String>,
    /// How long it is waited for; `20ms` if absent.
    pub timeout: Option<At<String>>,
}

/// What is done while a provider does not answer: tokens that are still good go on being used, whoever needs another
/// gets a 503.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WhenProviderIsDown {
    /// How long it is waited for in all, like `750ms`: less than those wait who ask us.
    pub timeout: At<String>,
    /// How often it is asked again what it did not hear or broke over: 0 or 1.
    pub retries: At<u32>,
    /// When it is left alone.
    pub breaker: Breaker,
    /// Whether tokens that are still good go on being used while it is left alone.
    pub serve_cached: bool,
}

impl Default for WhenProviderIsDown {
    fn default() -> Self {
        let (timeout, retries) = (At::unsaid("750ms"), At::unsaid(1_u32));
        Self { timeout, retries, breaker: Breaker::default(), serve_cached: true }
    }
}

/// When a provider is left alone. Then one question is let through, to see whether it works again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// After so many failures in a row.
    pub failures: At<u32>,
    /// For so long.
    pub open_for: At<String>,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: At::unsaid(10_u32), open_for: At::unsaid("5s") }
    }
}
