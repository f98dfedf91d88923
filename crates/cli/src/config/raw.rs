//! `stead.toml` as it is written: each field is the one source of its key, type, default and explanation.

use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The process file: where to listen, what to keep where, how long tokens live. Relative paths start at
/// the folder of this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The URL that browsers and clients reach the server under, without a final `/`. Every URL that Stead
    /// writes starts with it; the `Host` header of a request never matters.
    pub public_url: At<String>,
    /// The folder of everything that is made on first start: database, master key, admin token, development CA.
    #[serde(default = "data")]
    pub data_dir: At<String>,
    /// Where it listens.
    #[serde(default)]
    pub listen: Listen,
    /// How HTTPS is done.
    #[serde(default)]
    pub tls: Tls,
    /// Where it keeps what it knows.
    #[serde(default)]
    pub store: Store,
    /// What seals the signing keys.
    #[serde(default)]
    pub keys: Keys,
    /// When signing keys change by themselves.
    #[serde(default)]
    pub signing: Signing,
    /// The admin API.
    #[serde(default)]
    pub admin: Admin,
    /// How long things live. Lifetimes are a number and a unit: `90s`, `10m`, `8h`, `30d`.
    #[serde(default)]
    pub tokens: Tokens,
    /// Whom it believes when it asks other issuers for their public keys, as federated credentials need it.
    #[serde(default)]
    pub trust: Trust,
    /// What is done with old records.
    #[serde(default)]
    pub records: Records,
    /// How it stops when it is told to, by SIGTERM or SIGINT. A second signal ends it at once.
    #[serde(default)]
    pub shutdown: Shutdown,
    /// What it says about itself.
    #[serde(default)]
    pub log: Log,
    /// Whom it tells what it does, as spans of traces (OpenTelemetry).
    #[serde(default)]
    pub telemetry: Telemetry,
    /// A tenant: its own users, applications, keys and issuer. At least one.
    #[serde(default)]
    pub tenant: Vec<At<Tenant>>,
}

fn data() -> At<String> {
    At::unsaid("data")
}

/// Where it listens.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Address and port of sign-in and token endpoints.
    pub https: At<String>,
    /// Of the admin API: a loopback address and port, or `unix:` and the path of a socket.
    pub admin: At<String>,
    /// Of health (`/healthz`, `/readyz`) and Prometheus metrics (`/metrics`); closed if absent.
    pub metrics: Option<At<String>>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            https: At::unsaid("127.0.0.1:8443"),
            admin: At::unsaid("127.0.0.1:8444"),
            metrics: None,
        }
    }
}

/// How HTTPS is done: exactly one of the three ways.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// A certificate authority of our own, made on first start and kept under `data_dir`. Not for production.
    pub development: Option<At<bool>>,
    /// The certificate chain, PEM. With `key_file`.
    pub cert_file: Option<At<String>>,
    /// Its private key, PEM. With `cert_file`.
    pub key_file: Option<At<String>>,
    /// Plain HTTP behind a proxy that does HTTPS: the proxy's addresses or networks, like `10.0.0.0/8`.
    /// Nobody else is answered.
    pub behind_proxy: Option<At<Vec<At<String>>>>,
}

/// Where it keeps what it knows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The SQLite database; `stead.db` under `data_dir` if absent.
    pub path: Option<At<String>>,
    /// A PostgreSQL in the place of SQLite, for any number of servers:
    /// `postgres://user@host:5432/database?sslmode=verify-full&sslrootcert=ca.pem`. Further hosts follow after
    /// commas, with `target_session_attrs=read-write` to find the one that writes; `sslcert` and `sslkey` show
    /// a certificate; `connect_timeout` is in seconds. `sslmode` is `disable`, `prefer`, `require` or
    /// `verify-full`, and has to be said of a host elsewhere.
    pub url: Option<At<String>>,
    /// The file with the password for that; read again at each connection.
    pub password_file: Option<At<String>>,
    /// How many connections to PostgreSQL answer questions, 1 to 64. Beside them one writes, one answers what
    /// takes long and one follows other servers.
    pub readers: At<u32>,
    /// Whether a start brings PostgreSQL's tables to this version. Otherwise `stead migrate` does.
    pub migrate: At<bool>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: None,
            url: None,
            password_file: None,
            readers: At::unsaid(4_u32),
            migrate: At::unsaid(true),
        }
    }
}

/// What seals the signing keys.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The master key, made on first start with mode 0600; `master.key` under `data_dir` if absent. Keep a
    /// copy apart from the database: without it the signing keys are lost.
    pub master_key_file: Option<At<String>>,
}

/// When signing keys change by themselves. What an old key signed stays good until it expires.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// How long a key signs before the next one takes over, or `never`.
    pub rotate_every: At<String>,
    /// How long the next key is published before it signs, so that every verifier knows it by then: 6m or more.
    pub publish_ahead: At<String>,
}

impl Default for Signing {
    fn default() -> Self {
        Self { rotate_every: At::unsaid("90d"), publish_ahead: At::unsaid("24h") }
    }
}

/// The admin API.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// The token that its clients show, made on first start with mode 0600; `admin.token` under `data_dir`
    /// if absent.
    pub token_file: Option<At<String>>,
}

/// How long things live.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// An access token from a sign-in or a refresh.
    pub access: At<String>,
    /// An access token from an exchange, at most. It never outlives the token it came from.
    pub exchanged: At<String>,
    /// An ID token.
    pub id: At<String>,
    /// An authorization code.
    pub code: At<String>,
    /// A device code, and the code that its user types.
    pub device_code: At<String>,
    /// A refresh token with all that it is rotated to.
    pub refresh: At<String>,
    /// The same in a single-page application, from the sign-in.
    pub spa_refresh: At<String>,
    /// How long a rotated refresh token of a single-page application is taken again: tabs that share it
    /// cannot wait for each other. `0s` ends the family at once.
    pub spa_refresh_grace: At<String>,
    /// A session: one sign-in at one browser.
    pub session: At<String>,
    /// How many actors a chain may have, 1 to 8.
    pub max_chain: At<u32>,
    /// How far the clocks of clients and other issuers may differ from ours.
    pub clock_skew: At<String>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access: At::unsaid("1h"),
            exchanged: At::unsaid("1h"),
            id: At::unsaid("1h"),
            code: At::unsaid("1m"),
            device_code: At::unsaid("15m"),
            refresh: At::unsaid("14d"),
            spa_refresh: At::unsaid("24h"),
            spa_refresh_grace: At::unsaid("10s"),
            session: At::unsaid("12h"),
            max_chain: At::unsaid(8_u32),
            clock_skew: At::unsaid("10s"),
        }
    }
}

/// Whom it believes when it asks other issuers for their public keys.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// Certificate authorities in PEM that are believed beside the system's (and our own under
    /// `tls.development`). Read at start.
    pub ca_files: Vec<At<String>>,
    /// Hosts where an issuer's keys may be although the issuer is elsewhere, like `www.googleapis.com`. Without
    /// this, keys are taken from the issuer's own host alone.
    pub key_hosts: Vec<At<String>>,
}

/// What is done with old records.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Records {
    /// How long they are kept, like `400d`; for good if absent. Older ones leave from the beginning of the chain,
    /// and that they left is on record.
    pub keep: Option<At<String>>,
}

/// How it stops when it is told to, by SIGTERM or SIGINT. A second signal ends it at once.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// How long it goes on taking requests after `/readyz` says 503: as long as a load balancer takes to notice.
    pub delay: At<String>,
    /// How long answers that are on their way may take after that.
    pub patience: At<String>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { delay: At::unsaid("0s"), patience: At::unsaid("10s") }
    }
}

/// What it says about itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How much: `error`, `warn`, `info`, `debug`, `trace`, or directives like `info,stead_server=debug`.
    pub level: At<String>,
    /// In which form.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: At::unsaid("info"), format: LogFormat::Text }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// Whom it tells what it does, as spans of traces (OpenTelemetry).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// A collector that takes OTLP over HTTP, like `http://127.0.0.1:4318`; `/v1/traces` is added. Nobody is told if
    /// absent.
    pub otlp: Option<At<String>>,
    /// How many of the traces that begin here are told, from 0 to 1. Of those that a caller began, as the caller says.
    pub sample: At<f64>,
    /// What it is called there; `stead` or `stead-gateway` if absent.
    pub service_name: Option<At<String>>,
    /// A file of headers that the collector wants to hear, one a line, like `authorization: Bearer KEY`.
    pub headers_file: Option<At<String>>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { otlp: None, sample: At::unsaid(1.0), service_name: None, headers_file: None }
    }
}

/// A tenant: its own users, applications, keys and issuer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Its name, as it stands in URLs: `https://HOST/NAME/v2.0` is its issuer.
    pub name: At<String>,
    /// Its stable id, a GUID; derived from the name if absent.
    #[serde(default)]
    pub id: Option<At<String>>,
    /// What its issuer and its other URLs call it: its `name`, or its `id` as Entra does. Requests may use either.
    #[serde(default)]
    pub issuer: InUrls,
    /// When its users prove a second factor beside their password: `when-asked` by an application or an edge,
    /// also `when-enrolled`, that is whenever they have one, or `always`; who has none then adds one on the way.
    #[serde(default)]
    pub second_factor: SecondFactor,
    /// The group of its administrators: whoever is in it may agree for everybody, by the link
    /// `/NAME/v2.0/adminconsent`. Absent: nobody may.
    #[serde(default)]
    pub administrators: Option<At<String>>,
    /// Its resource files: files, folders (every `.toml` in them), or patterns like `resources/*.toml`.
    #[serde(default)]
    pub resources: Vec<At<String>>,
}

/// When users prove a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactor {
    /// When an application or an edge demands it.
    WhenAsked,
    /// Also whenever the user has one.
    #[default]
    WhenEnrolled,
    /// At every sign-in.
    Always,
}

/// What a tenant is called in the URLs that are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InUrls {
    /// By its name.
    #[default]
    Name,
    /// By its id.
    Id,
}
