//! Whom a gateway asks and believes, and how it treats all of them alike.

use std::path::PathBuf;
use std::time::Duration;
use stead::client::{RedisServer, SharedCacheTrouble};
use stead::verify::Profile;
use stead::{Dialect, Seconds};
use stead_proto::jwt::Algorithm;
use stead_proto::secret::ClientSecret;

/// A provider, by the name the file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its name in the file.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// What we are called there, and how we prove it; of one that only signs, nothing.
    pub client: Option<ClientConfig>,
    /// How it wants to be asked, whatever it advertises.
    pub dialect: Option<Dialect>,
    /// What its access tokens look like.
    pub profile: Profile,
    /// Audiences that its tokens may have besides ours.
    pub beside: Vec<String>,
    /// Other hosts its endpoints may be on.
    pub trust_hosts: Vec<String>,
}

impl ProviderConfig {
    /// One that signs as RFC 9068 says, and of which nothing is asked.
    #[must_use]
    pub fn new(name: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            issuer: issuer.into(),
            client: None,
            dialect: None,
            profile: Profile::default(),
            beside: Vec::new(),
            trust_hosts: Vec::new(),
        }
    }
}

/// What we are at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// Our name there.
    pub id: String,
    /// Our credential.
    pub credential: CredentialConfig,
    /// Whether it calls a user alike towards everybody.
    pub subjects: Subjects,
    /// Whether it tells us what it revokes.
    pub revocations: Revocations,
}

impl ClientConfig {
    /// One who proves it so; everything else is as usual.
    #[must_use]
    pub fn new(id: impl Into<String>, credential: CredentialConfig) -> Self {
        let (subjects, revocations) = (Subjects::default(), Revocations::default());
        Self { id: id.into(), credential, subjects, revocations }
    }
}

/// How the gateway proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialConfig {
    /// A secret, in the header.
    Secret(Secret),
    /// A secret, in the body.
    SecretInBody(Secret),
    /// A file with a token of somebody whom the provider trusts, read anew each time.
    TokenFile(PathBuf),
    /// The same, a SPIFFE JWT-SVID, called by its name.
    SpiffeFile(PathBuf),
    /// A private key.
    PrivateKey {
        /// The key, PKCS #8 in PEM.
        pem: Secret,
        /// What it signs with.
        algorithm: Algorithm,
        /// What the provider calls it; its RFC 7638 thumbprint if nothing is said.
        kid: Option<String>,
        /// Whom it addresses what it signs.
        addressed: Addressed,
    },
    /// A private key that the provider knows by a certificate.
    Certificate {
        /// The chain, PEM; the first counts.
        chain: String,
        /// The key, PKCS #8 in PEM.
        pem: Secret,
        /// What it signs with.
        algorithm: Algorithm,
    },
    /// A certificate that is shown when connecting (RFC 8705): chain and key, PEM, in one text.
    Tls(Secret),
}

/// Whom a signed statement about ourselves is addressed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Addressed {
    /// The issuer (RFC 10070).
    #[default]
    ToTheIssuer,
    /// The token endpoint, as was usual before.
    ToTheTokenEndpoint,
}

/// Whether a provider calls a user by one `sub` (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Subjects {
    /// Towards everybody.
    #[default]
    Public,
    /// By another towards each application: what a new token says of its user cannot be compared.
    Pairwise,
}

/// Whether a provider is heard on what it revokes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Revocations {
    /// It is not: a token is good until it ends.
    #[default]
    Ignored,
    /// It is. While it cannot be heard, what is known counts.
    Followed,
    /// It is. While it cannot be heard, no token of it is good.
    Required,
}

/// A secret of the gateway's own. Two are compared by their hashes, to see whether a file says something new.
#[derive(Debug, Clone)]
pub struct Secret(pub ClientSecret);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash() == other.0.hash()
    }
}

impl Eq for Secret {}

/// What is kept of the tokens of each provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// How many bytes.
    pub bytes: u64,
    /// With how little of its life left a token is given to nobody.
    pub margin: Seconds,
    /// With how little left the next is fetched behind the scenes.
    pub refresh_ahead: Seconds,
    /// Where other gateways find what this one has acquired.
    pub redis: Option<Redis>,
}

impl Default for Cache {
    fn default() -> Self {
        let bytes = 32 * 1024 * 1024;
        Self { bytes, margin: Seconds(30), refresh_ahead: Seconds(60), redis: None }
    }
}

impl Cache {
    /// How many of the bytes are for what is ready at once: a thirty-second. There everything takes several times as much
    /// as at rest, and those who call at the same time are few among all who have called.
    pub(crate) fn ready_bytes(&self) -> u64 {
        self.bytes / 32
    }
}

/// A Redis or Valkey that several gateways share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redis {
    /// Where it is.
    pub url: String,
    /// As whom it is asked; as its default user if nobody is named.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<Secret>,
    /// The certificate authorities to trust there, PEM; the system's if none are named.
    pub roots: Option<Vec<u8>>,
    /// What everything in it is sealed with; drawn at random by somebody.
    pub key: Secret,
    /// How long it is waited for.
    pub patience: Duration,
}

impl Redis {
    /// How it is reached, or why that cannot be.
    pub fn server(&self) -> Result<RedisServer, SharedCacheTrouble> {
        let mut server = RedisServer::at(&self.url)?;
        if let Some(roots) = &self.roots {
            server = server.trusting_pem(roots)?;
        }
        if let Some(user) = &self.user {
            server = server.user(user);
        }
        Ok(match &self.password {
            Some(password) => server.password(password.0.expose()),
            None => server,
        })
    }
}

/// What is done while a provider does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WhenDown {
    /// How long it is waited for in all.
    pub timeout: Duration,
    /// How often it is asked.
    pub tries: Tries,
    /// When it is left alone.
    pub breaker: Breaker,
    /// Whether kept tokens serve on while it is left alone.
    pub serve_cached: bool,
}

/// How often a provider is asked the same by one who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// Once.
    One,
    /// Once more, where the first was not heard or broke something over there.
    Two,
}

/// When a provider is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// After so many failures in a row.
    pub failures: u32,
    /// For so long.
    pub open_for: Seconds,
}

impl Default for WhenDown {
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(750),
            tries: Tries::Two,
            breaker: Breaker { failures: 10, open_for: Seconds(5) },
            serve_cached: true,
        }
    }
}
