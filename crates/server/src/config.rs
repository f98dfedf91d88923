//! The resolved configuration: typed, complete, nothing left to look up but the files it names.

use crate::client_address::Network;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use stead_core::admin::Desired;
use stead_core::model::tenant::Tenant;
use stead_core::settings::{SecondFactorRule, Settings};
use stead_proto::id::GroupId;
use stead_proto::time::Seconds;
use stead_store::PostgresConfig;
use stead_telemetry::Collector;

/// All a server needs to know before it starts.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The base of every URL we publish, without a final `/`: `https://id.example.com`. A port 0 in it
    /// stands for the port that [`Listen::https`] was given.
    pub public_url: String,
    /// Where to listen.
    pub listen: Listen,
    /// Where certificates come from.
    pub tls: Tls,
    /// What is remembered, and where.
    pub store: StoreConfig,
    /// Where the database, the keys and the development CA live by default.
    pub data_dir: PathBuf,
    /// The key that seals signing keys; made on first start.
    pub master_key: PathBuf,
    /// The token that opens the admin API; made on first start.
    pub admin_token: PathBuf,
    /// Whom it asks for keys that are not its own.
    pub trust: Trust,
    /// The tenants and what their resource files say.
    pub tenants: Vec<TenantConfig>,
    /// Lifetimes and limits.
    pub settings: Settings,
    /// How long records are kept; for good if nothing says so.
    pub keep_records: Option<Seconds>,
    /// How it stops.
    pub shutdown: Shutdown,
    /// Who is told of what it does; nobody if nothing says so.
    pub telemetry: Option<Collector>,
    /// What only an emulator does; nothing in any other server.
    pub emulation: Option<Emulation>,
}

/// How a server stops: first it says that it is not ready, then it takes nobody in, then it finishes what is on
/// its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// How long it goes on taking everybody in after it said at `/readyz` that it is not ready.
    pub delay: Duration,
    /// How long answers that are on their way may take after that.
    pub patience: Duration,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { delay: Duration::ZERO, patience: Duration::from_secs(10) }
    }
}

/// What only an emulator does. That there is one lets faults be made on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emulation {
    /// The file that every request and its answer is kept in, without secrets and tokens.
    pub record: Option<PathBuf>,
}

/// Where to listen. Port 0 takes a free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The public endpoints.
    pub https: SocketAddr,
    /// The admin API and the console.
    pub admin: AdminListen,
    /// `/metrics`, `/healthz` and `/readyz`, in plain HTTP.
    pub metrics: Option<SocketAddr>,
}

/// Where administrators come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminListen {
    /// An address of this machine only.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Where certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// A CA of our own, made on first start and kept in this directory.
    Development {
        /// Where it is kept.
        dir: PathBuf,
        /// The names that it may speak for, beside this machine's own; whatever is asked of it if empty. The
        /// server's certificate is for all of them.
        only: Vec<String>,
    },
    /// Certificates from files, read again on reload.
    Files {
        /// The certificate and its chain, in PEM.
        cert: PathBuf,
        /// Its private key, in PEM.
        key: PathBuf,
    },
    /// Plain HTTP, spoken only with these proxies, which speak TLS with the world.
    BehindProxy {
        /// Whose connections are accepted, and whose `X-Forwarded-For` is believed.
        trusted: Vec<Network>,
    },
}

/// Whom it believes when it asks other issuers for their public keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Certificate authorities beside the system's, in PEM.
    pub ca_files: Vec<PathBuf>,
    /// Hosts where keys of any issuer may be, beside the issuer's own.
    pub key_hosts: Vec<String>,
}

/// What is remembered, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// One file.
    Sqlite {
        /// Which.
        file: PathBuf,
    },
    /// A PostgreSQL, which any number of servers share.
    Postgres(Box<PostgresConfig>),
    /// Nothing survives a restart: for tests and the first five minutes.
    Memory,
}

/// One tenant and what its resource files say.
#[derive(Debug, Clone)]
pub struct TenantConfig {
    /// Who it is.
    pub tenant: Tenant,
    /// What it is called in its issuer and its endpoints.
    pub in_urls: InUrls,
    /// When its users are asked for a second factor; stands in the place of what the settings say.
    pub second_factor: SecondFactorRule,
    /// The group whose members may agree for everybody.
    pub administrators: Option<GroupId>,
    /// What is to be on file.
    pub desired: Desired,
}

/// What a tenant is called in the URLs that are published. Requests may call it by either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InUrls {
    /// By its name.
    #[default]
    Name,
    /// By its id, as Entra does.
    Id,
}

impl InUrls {
    /// The segment of this tenant's URLs.
    #[must_use]
    pub fn segment(self, tenant: &Tenant) -> &str {
        match self {
            Self::Name => tenant.name.as_str(),
            Self::Id => tenant.id.as_str(),
        }
    }
}
