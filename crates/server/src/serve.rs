//! From a configuration to a running server, and back.

use crate::admin;
use crate::admin_token::AdminToken;
use crate::anchors::Anchors;
use crate::app::{App, Shared};
use crate::config::{ServerConfig, Shutdown, TenantConfig};
use crate::faults::AllFaults;
use crate::followers::Followers;
use crate::foreign_keys::ForeignKeys;
use crate::keys::TenantKeys;
use crate::listen::{Farewell, serve_plain, serve_tls};
use crate::metrics;
use crate::moment::{Moments, random};
use crate::passkeys::RelyingParty;
use crate::passwords::{Argon2Passwords, PasswordPool};
use crate::proved::AllProved;
use crate::public_url;
use crate::rate_limit::Attempts;
use crate::retention::Retention;
use crate::shortcut::Shortcut;
use crate::sockets::{AdminAddress, AdminSocket, Sockets};
use crate::start_error::StartError;
use crate::tenants::{Foundation, Stores};
use crate::tls::{Certificate, Certificates};
use crate::wire_log::WireLog;
use arc_swap::ArcSwap;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use stead_core::ports::IssuerKeys;
use stead_core::sts::Sts;
use stead_proto::id::TenantName;
use stead_store::MasterKey;
use stead_telemetry::Telemetry;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

/// How often keys are read again.
const HOUSEKEEPING: Duration = Duration::from_secs(15);

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    app: App,
    foundation: Foundation,
    certificates: Certificates,
    https: SocketAddr,
    admin: AdminAddress,
    metrics: Option<SocketAddr>,
    shutdown: Shutdown,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Why a reload changed nothing, or only a part: the old state goes on being served.
#[derive(Debug)]
pub struct ReloadError(StartError);

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ReloadError {}

/// Starts a server: binds, opens the store, makes keys, applies the resource files, answers.
pub async fn start(config: ServerConfig, moments: Arc<dyn Moments>) -> Result<Running, StartError> {
    // The first random number takes 20 ms of gathering: elsewhere, while files are read.
    spawn_blocking(random::<1>);
    let sockets = Sockets::bind(&config).await?;
    let public_url = public_url::resolved(&config.public_url, sockets.https.1)?;
    let certificates = Certificates::open(&config.tls, public_url.host(), &*moments)?;
    let foreign = ForeignKeys::new(&config.trust, certificates.development_ca(), moments.clone())?;
    let foundation = foundation(&config, public_url.to_string(), Arc::new(foreign)).await?;
    let (tenants, changes) = foundation.build(config.tenants, || moments.moment()).await?;
    for change in changes {
        tracing::info!(change, "resources applied");
    }
    let app = App::new(Shared {
        tenants: ArcSwap::from_pointee(tenants),
        stores: foundation.stores.clone(),
        passwords: PasswordPool::new(Arc::clone(&foundation.passwords)),
        moments,
        attempts: Attempts::default(),
        master: Arc::clone(&foundation.master),
        admin_token: AdminToken::load_or_create(&config.admin_token, random())?,
        relying_party: RelyingParty::at(&public_url),
        leaving: AtomicBool::new(false),
        keep_records: config.keep_records,
        followers: Followers::new(random()),
        telemetry: Telemetry::to(config.telemetry.as_ref())?,
    });
    let log = config.emulation.and_then(|emulation| emulation.record);
    let log = log.map(|file| WireLog::open(&file)).transpose()?;
    answer(sockets, app, foundation, certificates, (log, config.shutdown))
}

async fn foundation(
    config: &ServerConfig,
    public_url: String,
    issuer_keys: Arc<dyn IssuerKeys>,
) -> Result<Foundation, StartError> {
    let master = MasterKey::load_or_create(&config.master_key, random())
        .map_err(|error| StartError::Store(error.to_string()))?;
    Ok(Foundation {
        stores: Stores::open(&config.store, &master).await?,
        master: Arc::new(master),
        passwords: Arc::new(Argon2Passwords),
        public_url,
        settings: Arc::new(config.settings.clone()),
        faults: config.emulation.as_ref().map(|_| AllFaults::default()),
        issuer_keys,
        proved: AllProved::default(),
    })
}

impl Running {
    /// The address of the public endpoints.
    #[must_use]
    pub fn https(&self) -> SocketAddr {
        self.https
    }

    /// Where administrators come in.
    #[must_use]
    pub fn admin(&self) -> &AdminAddress {
        &self.admin
    }

    /// The address of `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The base of every URL that is published.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.foundation.public_url
    }

    /// One tenant's authorization server, to ask directly.
    #[must_use]
    pub fn sts(&self, tenant: &TenantName) -> Option<Sts> {
        self.app.sts(tenant.as_str())
    }

    /// One tenant's signing keys, to rotate.
    #[must_use]
    pub fn keys(&self, tenant: &TenantName) -> Option<Arc<TenantKeys>> {
        self.app.keys(tenant.as_str())
    }

    /// The file with the token that opens the admin API.
    #[must_use]
    pub fn admin_token_file(&self) -> &Path {
        self.app.admin_token().file()
    }

    /// The development CA's certificate, for clients to trust.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<PathBuf> {
        self.certificates.development_ca().map(Path::to_owned)
    }

    /// TLS with the certificate that the public listener shows; `None` behind a proxy. The demo's other
    /// listeners show the same one, so that a browser has to be told once.
    pub fn tls(&self) -> Option<Result<rustls::ServerConfig, rustls::Error>> {
        self.certificates.shown().map(Certificate::server_config)
    }

    /// Takes over what the files say now: certificates, tenants, resources. Says what changed.
    pub async fn reload(&self, tenants: Vec<TenantConfig>) -> Result<Vec<String>, ReloadError> {
        self.certificates.renew().map_err(ReloadError)?;
        let built = self.foundation.build(tenants, || self.app.moment()).await;
        let (tenants, changes) = built.map_err(ReloadError)?;
        self.app.serve_tenants(tenants);
        Ok(changes)
    }

    /// Says that it is not ready, and waits for as long as load balancers were given to hear of it; takes
    /// nobody in any more, finishes what is on its way, and returns.
    pub async fn shutdown(mut self) {
        self.app.leave();
        tokio::time::sleep(self.shutdown.delay).await;
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.app.telemetry().close().await;
        self.foundation.stores.close().await;
        if let AdminAddress::Unix(file) = &self.admin {
            // It is only the name of a socket that nobody listens on any more.
            fs::remove_file(file).ok();
        }
    }
}

/// Answers on all sockets until told to stop.
fn answer(
    sockets: Sockets,
    app: App,
    foundation: Foundation,
    certificates: Certificates,
    (log, shutdown): (Option<WireLog>, Shutdown),
) -> Result<Running, StartError> {
    let (stop, stopped) = watch::channel(false);
    let farewell = || Farewell { begins: wait(stopped.clone()), patience: shutdown.patience };
    let mut tasks = JoinSet::new();

    let (socket, https) = sockets.https;
    let proxies = match &certificates {
        Certificates::Proxy(proxies) => Some(proxies.clone()),
        _ => None,
    };
    let public = Shortcut::new(app.clone(), proxies, certificates.vouching(), log);
    match certificates.shown() {
        Some(shown) => {
            let config = shown.server_config();
            let config = config.map_err(|error| StartError::Store(error.to_string()))?;
            tasks.spawn(serve_tls(socket, Arc::new(config), public, farewell()));
        }
        None => drop(tasks.spawn(serve_plain(socket, public, farewell()))),
    }
    let (socket, admin) = sockets.admin;
    let router = admin::router(app.clone());
    match socket {
        AdminSocket::Tcp(socket) => tasks.spawn(serve_plain(socket, router, farewell())),
        AdminSocket::Unix(socket) => tasks.spawn(serve_plain(socket, router, farewell())),
    };
    let metrics = sockets.metrics.map(|(socket, address)| {
        tasks.spawn(serve_plain(socket, metrics::router(app.clone()), farewell()));
        address
    });
    tasks.spawn(keep_house(app.clone(), wait(stopped.clone())));
    Ok(Running { app, foundation, certificates, https, admin, metrics, shutdown, stop, tasks })
}

/// Returns when the server stops, or is dropped.
async fn wait(mut stopped: watch::Receiver<bool>) {
    stopped.wait_for(|stopped| *stopped).await.ok();
}

async fn keep_house(app: App, stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    let mut seen = None;
    let (mut anchors, mut retention) = (Anchors::default(), Retention::default());
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = app.stores().keys_changed(&mut seen) => {}
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        app.all_tenants().renew_keys(|| app.moment()).await;
        anchors.keep(&app).await;
        retention.keep(&app).await;
    }
}
