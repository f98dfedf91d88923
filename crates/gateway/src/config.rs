//! What a gateway is told: everything resolved, nothing left to be read. `gateway.toml` is read by `stead-cli`.

mod api;
mod egress;
mod proofs;
mod provider;

pub use api::{
    ApiConfig, ApiListen, Base, Downstream, Loopback, OpenTo, Overrides, OwnTokens, SocketFile,
};
pub use egress::{EgressTarget, HandlesConfig};
pub use proofs::{Others, Proofs};
pub use provider::{
    Addressed, Breaker, Cache, ClientConfig, CredentialConfig, ProviderConfig, Redis, Revocations,
    Secret, Subjects, Tries, WhenDown,
};

use crate::hygiene::headers::Strip;
use http::{Method, Uri};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use stead::Target;
use stead_telemetry::Collector;

/// All of it.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where it listens. Stays as it is until a restart.
    pub listen: Listen,
    /// Whom it asks, and whose tokens it takes.
    pub providers: Vec<ProviderConfig>,
    /// Whose tokens it takes, for whom.
    pub inbound: Inbound,
    /// Its routes, in the order in which they are tried.
    pub routes: Vec<Route>,
    /// Where the application may go with a handle.
    pub egress: Vec<EgressTarget>,
    /// What handles are like.
    pub handles: HandlesConfig,
    /// What may be asked of the local token API.
    pub api: Option<ApiConfig>,
    /// What it keeps.
    pub cache: Cache,
    /// What it does while a provider does not answer.
    pub when_down: WhenDown,
    /// How long it waits for others.
    pub patience: Patience,
    /// Certificate authorities that others may have beside the system's, PEM.
    pub trust: Vec<u8>,
    /// Who is told of what it does; nobody if nothing says so.
    pub telemetry: Option<Collector>,
}

/// Where it listens; closed where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listen {
    /// The reverse proxy.
    pub proxy: Option<SocketAddr>,
    /// Its certificate and key, PEM, if it does HTTPS.
    pub tls: Option<TlsFiles>,
    /// Where other proxies ask before they forward; a loopback address.
    pub ext_authz: Option<SocketAddr>,
    /// The local token API.
    pub api: Option<ApiListen>,
    /// The way out, for the application behind the gateway.
    pub egress: Option<Loopback>,
    /// `/metrics`, `/healthz`, `/readyz`.
    pub metrics: Option<SocketAddr>,
}

/// A certificate chain and its key, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// By which providers, by name.
    pub providers: Vec<String>,
    /// For which audiences.
    pub audiences: Vec<String>,
    /// The URL that all of it is known by, if it says of itself whose tokens it takes (RFC 9728).
    pub resource: Option<String>,
    /// What is taken out of every request.
    pub strip: Strip,
    /// Tokens that are bound to a key, if they are taken.
    pub dpop: Option<Proofs>,
}

/// Which requests go where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What it is called in metrics and logs.
    pub name: String,
    /// Which requests.
    pub matching: Matching,
    /// Where to; nothing where somebody else forwards.
    pub upstream: Option<Upstream>,
    /// Who may.
    pub require: Option<Require>,
    /// With which token.
    pub exchange: Exchange,
    /// What a caller hears of a demand to sign in again.
    pub on_challenge: OnChallenge,
}

/// Which requests a route is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// The host, in lower case; any if none.
    pub host: Option<String>,
    /// The path.
    pub path: PathPattern,
    /// The methods; any if none.
    pub methods: Vec<Method>,
}

/// A path, or all that begin so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPattern {
    /// This one.
    Exactly(String),
    /// All that begin so; it ends with a slash.
    Under(String),
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `http` or `https`, host and port; no path.
    pub origin: Uri,
    /// Which HTTP is spoken there.
    pub speaks: Speaks,
}

/// Which HTTP an upstream speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1.1, or over TLS what is agreed on.
    Usual,
    /// HTTP/2 from the start, without TLS.
    Http2,
}

/// Who may use a route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Require {
    /// All the scopes that are needed.
    pub scopes: Vec<String>,
    /// The applications that may call; any if nothing is said.
    pub actors: Option<Vec<String>>,
    /// The most actors in the chain.
    pub max_chain: Option<usize>,
    /// How strongly the user has to have signed in.
    pub acr: Option<String>,
    /// How long ago at most, in seconds.
    pub max_age: Option<u32>,
}

/// With which token a request goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// With none. Without `require`, nobody has to show one.
    None,
    /// With the caller's own, verified: the upstream is its audience too.
    Forward,
    /// With a handle in the place of the caller's: the upstream is to hold no token.
    Handle,
    /// With one that this provider gives for it.
    For {
        /// The provider's name.
        provider: String,
        /// At what it is to point.
        target: Target,
    },
}

/// What a caller hears of a demand to sign in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChallenge {
    /// All of it: 401, in both languages.
    Pass,
    /// That it is refused: 403.
    Hide,
}

/// How long upstreams are waited for, and those who are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection to an upstream.
    pub connect: Duration,
    /// For the head of an upstream's answer. What follows may take as long as it takes.
    pub answer: Duration,
    /// For what is on its way when the gateway stops.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
        }
    }
}
