//! `gateway.toml` as it is written: each field is the one source of its key, type, default and explanation.

mod api;
mod dpop;
mod egress;
mod provider;

pub use api::{Api, Downstream, SocketFor};
pub use dpop::{Dpop, DpopMode};
pub use egress::{Egress, EgressTarget, Handles};
pub use provider::{
    AddressedTo, Auth, Breaker, Cache, Dialect, KeyPair, Profile, Provider, Redis, Revocations,
    Signing, SignsBy, Subjects, WhenProviderIsDown,
};

use crate::config::raw::{Log, Telemetry};
use crate::document::At;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a gateway does: whose tokens it takes, which requests go where, and with which token. Relative paths start
/// at the folder of this file. It is read again when it changes, and on SIGHUP; where the gateway listens, what it
/// logs and how it stops stay as they are until a restart.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Address and port of the reverse proxy; closed if absent.
    pub listen: Option<At<String>>,
    /// Of health (`/healthz`, `/readyz`) and Prometheus metrics (`/metrics`); closed if absent.
    pub metrics: Option<At<String>>,
    /// Where other proxies ask before they forward.
    pub ext_authz: Option<At<ExtAuthz>>,
    /// A token API for the application itself.
    pub api: Option<At<Api>>,
    /// The way out for an application that holds handles.
    pub egress: Option<At<Egress>>,
    /// What handles are like.
    #[serde(default)]
    pub handles: Handles,
    /// How the reverse proxy does HTTPS; plain HTTP if absent.
    pub tls: Option<At<Tls>>,
    /// A provider, by a name of your choice: who signs the tokens that come in, and gives those that go on.
    pub provider: BTreeMap<String, At<Provider>>,
    /// Whose tokens are taken.
    pub inbound: At<Inbound>,
    /// A route. The first that is for a request decides; a request that no route is for is refused.
    #[serde(default)]
    pub route: Vec<At<Route>>,
    /// What is kept in memory.
    #[serde(default)]
    pub cache: Cache,
    /// What is done while a provider does not answer.
    #[serde(default)]
    pub when_provider_is_down: WhenProviderIsDown,
    /// How long upstreams are waited for.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// Whom it believes.
    #[serde(default)]
    pub trust: Trust,
    /// What it says about itself.
    #[serde(default)]
    pub log: Log,
    /// Whom it tells what it does, as spans of traces (OpenTelemetry).
    #[serde(default)]
    pub telemetry: Telemetry,
}

/// Where other proxies ask before they forward: Envoy and Istio (`ext_authz`) by gRPC, nginx (`auth_request`) at `/nginx`,
/// Traefik (`forwardAuth`) at `/traefik`, Envoy over HTTP with the path prefix `/envoy`. For each there is a file in
/// `examples`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtAuthz {
    /// A loopback address and port: who can ask there gets tokens.
    pub listen: At<String>,
}

/// A certificate for the reverse proxy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub cert_file: At<String>,
    /// Its private key, PEM.
    pub key_file: At<String>,
}

/// Whose tokens are taken, and what is taken out of requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// Of these providers, by name.
    pub provider: Vec<At<String>>,
    /// Addressed to one of these: `aud`, byte by byte.
    pub audience: Vec<At<String>>,
    /// Headers that no request may bring along, besides those that say who somebody is or where they come from. A
    /// `*` may stand at the end; `-`, `_` and `.` are the same.
    #[serde(default)]
    pub strip: Vec<At<String>>,
    /// The URL that all of it is known by, like `https://api.example.com`: the reverse proxy then says under
    /// `/.well-known/oauth-protected-resource` whose tokens it takes and which scopes its routes need (RFC 9728), and
    /// whoever is refused hears where. Clients of MCP begin there.
    pub resource: Option<At<String>>,
    /// Tokens that are bound to a key; refused if absent.
    pub dpop: Option<At<Dpop>>,
}

/// Which requests, where to, who may, with which token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// What it is called in metrics and logs; its host and path if absent.
    pub name: Option<At<String>>,
    /// Which requests.
    #[serde(rename = "match")]
    pub matching: Match,
    /// Where to: `http://host:port` or `https://host`; `h2c://host:port` for HTTP/2 without TLS. No path: it stays as
    /// it is. Needed where the gateway itself forwards.
    pub upstream: Option<At<String>>,
    /// Who may; without it, whoever brings a good token.
    pub require: Option<At<Require>>,
    /// With which token. It has to be said.
    pub exchange: At<Exchange>,
    /// What a caller hears when the user has to sign in again.
    #[serde(default)]
    pub on_challenge: OnChallenge,
}

/// Which requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The host, without port; any if absent.
    pub host: Option<At<String>>,
    /// The path, or with `/*` at its end all that begin so. In canonical form, as the upstream gets it.
    pub path: At<String>,
    /// The methods; any if absent.
    #[serde(default)]
    pub methods: Vec<At<String>>,
}

/// Who may.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// The scopes that the token has to have, separated by spaces.
    pub scope: Option<At<String>>,
    /// The applications that may call: the outermost actor, or the client that the token was issued to.
    pub actors: Option<Vec<At<String>>>,
    /// The most actors that the chain may have.
    pub max_chain: Option<At<u32>>,
    /// How strongly the user has to have signed in.
    pub acr: Option<At<String>>,
    /// How long ago that may have been, like `15m`.
    pub max_age: Option<At<String>>,
}

/// With which token a request goes on.
#[derive(Debug, JsonSchema)]
#[schemars(untagged, inline)]
pub enum Exchange {
    /// With no other than the one that came.
    Without(Without),
    /// With one that a provider gives for it.
    For(For),
}

/// With which token, if none is asked for.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Without {
    /// With none. Unless the route has `require`, nobody has to show one.
    None,
    /// With the caller's own, once it is verified: the upstream has the same audience.
    Forward,
    /// With a handle in the place of the caller's: the upstream is to hold no token.
    Handle,
}

/// At what the new token is to point.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct For {
    /// The provider's name; needed where there are several that know this service.
    pub provider: Option<At<String>>,
    /// The resource, if it is not in front of the scope.
    pub audience: Option<At<String>>,
    /// The scopes there, separated by spaces; all that is allowed if absent.
    pub scope: Option<At<String>>,
}

impl<'de> Deserialize<'de> for Exchange {
    /// Not `untagged`: places would be lost on the way.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Exchange;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`none`, `forward`, `handle` or a table")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Exchange, E> {
        Without::deserialize(StrDeserializer::new(word)).map(Exchange::Without)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Exchange, A::Error> {
        For::deserialize(MapAccessDeserializer::new(map)).map(Exchange::For)
    }
}

/// What a caller hears when the user has to sign in again.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnChallenge {
    /// All of it: 401, in both languages, for a front end that can sign the user in.
    #[default]
    Pass,
    /// That it is refused: 403.
    Hide,
}

/// How long upstreams are waited for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Upstreams {
    /// For a connection.
    pub connect: At<String>,
    /// For the head of an answer, once nothing more of the request comes, and for the next piece of a small request that is
    /// read before it goes on. What follows may take as long as it takes.
    pub answer: At<String>,
    /// For what is on its way when the gateway stops.
    pub farewell: At<String>,
}

impl Default for Upstreams {
    fn default() -> Self {
        Self { connect: At::unsaid("2s"), answer: At::unsaid("30s"), farewell: At::unsaid("10s") }
    }
}

/// Whom it believes.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// Certificate authorities of providers and upstreams besides the system's, PEM.
    pub ca_files: Vec<At<String>>,
}
