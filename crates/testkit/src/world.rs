//! A running server, fresh for each test, over real HTTPS.

use crate::browser::Browser;
use crate::clock::StillClock;
use crate::collector::Collector;
use crate::fixture;
use crate::forge::Forge;
use crate::log;
use crate::tenant::At;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use stead_core::admin::Desired;
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::{Change, Commit};
use stead_core::model::application::Application;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::model::tenant::Tenant;
use stead_core::model::user::User;
use stead_core::record::{Event, Outcome, Record};
use stead_core::settings::{SecondFactorRule, Settings};
use stead_core::sts::Sts;
use stead_proto::id::{ClientId, GroupId, Subject, TenantId, TenantName};
use stead_proto::time::Seconds;
use stead_server::config::{
    AdminListen, InUrls, Listen, ServerConfig, Shutdown, StoreConfig, TenantConfig, Tls, Trust,
};
use stead_server::moment::Moments as _;
use stead_server::serve::{Running, start};
use stead_store::PostgresConfig;
use tempfile::TempDir;

/// Where a world is kept.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Memory,
    Sqlite,
    Postgresql,
}

impl Kept {
    /// In memory, unless the tests are run on another store: `STEAD_TEST_STORE=sqlite` or `postgresql`.
    fn usually() -> Self {
        match std::env::var_os("STEAD_TEST_STORE").as_deref().and_then(OsStr::to_str) {
            None | Some("memory") => Self::Memory,
            Some("sqlite") => Self::Sqlite,
            Some("postgresql") => Self::Postgresql,
            Some(other) => panic!("STEAD_TEST_STORE is {other}: memory, sqlite or postgresql"),
        }
    }

    async fn config(self, folder: &Path) -> StoreConfig {
        match self {
            Self::Memory => StoreConfig::Memory,
            Self::Sqlite => StoreConfig::Sqlite { file: folder.join("stead.db") },
            Self::Postgresql => {
                let url = private_postgres::shared().unwrap().place().await.unwrap();
                let config =
                    PostgresConfig { readers: 1, ..PostgresConfig::new(url.parse().unwrap()) };
                StoreConfig::Postgres(Box::new(config))
            }
        }
    }
}

/// A server with two tenants, and who wants to talk to it.
#[derive(Debug)]
pub struct World {
    running: Running,
    clock: Arc<StillClock>,
    http: reqwest::Client,
    base: String,
    dir: Arc<TempDir>,
    config: ServerConfig,
}

/// A world whose server does not run.
#[derive(Debug)]
pub struct Stopped {
    config: ServerConfig,
    clock: Arc<StillClock>,
    dir: Arc<TempDir>,
}

impl Stopped {
    /// The clock.
    pub fn clock(&self) -> &StillClock {
        &self.clock
    }

    /// Starts it again, at the address it had.
    pub async fn started(self) -> World {
        World::start(self.config, self.clock, self.dir).await
    }
}

impl World {
    /// A world on the memory store.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world on SQLite.
    pub async fn on_sqlite() -> Self {
        Self::build(|_| {}, |_| {}, Kept::Sqlite).await
    }

    /// A world on PostgreSQL.
    pub async fn on_postgresql() -> Self {
        Self::build(|_| {}, |_| {}, Kept::Postgresql).await
    }

    /// A world whose server tells a collector what it does.
    pub async fn told(collector: &Collector) -> Self {
        let Stopped { mut config, clock, dir } = Self::new().await.stopped().await;
        config.telemetry = Some(collector.as_config("stead"));
        Self::start(config, clock, dir).await
    }

    /// A world whose first tenant differs from the fixture.
    pub async fn with(change: impl FnOnce(&mut Desired)) -> Self {
        Self::build(change, |_| {}, Kept::usually()).await
    }

    /// A world with other lifetimes and limits.
    pub async fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(|_| {}, change, Kept::usually()).await
    }

    async fn build(
        change: impl FnOnce(&mut Desired),
        set: impl FnOnce(&mut Settings),
        kept: Kept,
    ) -> Self {
        log::install();
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(StillClock::new());
        let (mut t1, mut settings) = (fixture::t1(), Settings::default());
        change(&mut t1);
        set(&mut settings);
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = ServerConfig {
            public_url: "https://localhost:0".into(),
            listen: Listen { https: any, admin: AdminListen::Tcp(any), metrics: Some(any) },
            tls: Tls::Development { dir: dir.path().join("ca"), only: Vec::new() },
            store: kept.config(dir.path()).await,
            data_dir: dir.path().to_owned(),
            master_key: dir.path().join("master.key"),
            admin_token: dir.path().join("admin.token"),
            trust: Trust::default(),
            tenants: vec![
                TenantConfig { second_factor: settings.second_factor, ..tenant("t1", 1, t1) },
                tenant("t2", 2, fixture::t2()),
            ],
            settings,
            keep_records: None,
            shutdown: Shutdown::default(),
            telemetry: None,
            emulation: None,
        };
        Self::start(config, clock, dir).await
    }

    /// Another node that serves the same: one database, one pair of keys, one public URL, an address of its own.
    pub async fn node(&self) -> Self {
        let config = ServerConfig { public_url: self.base.clone(), ..self.config.clone() };
        Self::start(config, self.clock.clone(), Arc::clone(&self.dir)).await
    }

    /// What is left when the server was stopped.
    pub async fn stopped(self) -> Stopped {
        let listen = Listen { https: self.running.https(), ..self.config.listen.clone() };
        let config = ServerConfig { public_url: self.base.clone(), listen, ..self.config.clone() };
        self.running.shutdown().await;
        Stopped { config, clock: self.clock, dir: self.dir }
    }

    async fn start(config: ServerConfig, clock: Arc<StillClock>, dir: Arc<TempDir>) -> Self {
        let running = start(config.clone(), clock.clone()).await.unwrap();
        for name in ["t1", "t2"] {
            // What a first start makes behind the scenes is on record by then, before anything else is.
            let sts = running.sts(&TenantName::parse(name).unwrap()).unwrap();
            sts.keys.complete().await;
        }
        let ca = std::fs::read(running.ca_certificate().unwrap()).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let base = format!("https://localhost:{}", running.https().port());
        Self { running, clock, http, base, dir, config }
    }

    /// Where it listens, as a base URL.
    pub fn base(&self) -> String {
        self.base.clone()
    }

    /// Where metrics are, as a base URL.
    pub fn metrics(&self) -> String {
        format!("http://{}", self.running.metrics().unwrap())
    }

    /// The tenant of the fixture.
    pub fn t1(&self) -> At<'_> {
        self.at("t1")
    }

    /// The other tenant.
    pub fn t2(&self) -> At<'_> {
        self.at("t2")
    }

    fn at<'w>(&'w self, name: &'w str) -> At<'w> {
        At { base: &self.base, http: &self.http, name }
    }

    /// Where it keeps its files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Seconds) {
        self.clock.advance(by);
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<StillClock> {
        &self.clock
    }

    /// A client that trusts this world's CA and follows no redirects.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A new browser, without any cookie.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), &self.base)
    }

    /// The running server.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// A tenant's decisions and store, for what no endpoint shows.
    pub fn sts(&self, tenant: &str) -> Sts {
        self.running.sts(&TenantName::parse(tenant).unwrap()).unwrap()
    }

    /// Somebody who makes tokens by hand with a tenant's own keys.
    pub fn forge(&self, tenant: &str) -> Forge {
        Forge::new(self.sts(tenant), self.clock.now())
    }

    /// The records of `t1`, oldest first.
    pub async fn records(&self) -> Vec<Record> {
        let query = RecordQuery::all_of(Chain::FIRST, 10_000);
        let found = self.sts("t1").store.records(&query).await.unwrap();
        found.iter().map(|one| one.record().unwrap()).collect()
    }

    /// The reasons of all refusals of `t1` at whichever node, oldest first.
    pub async fn reasons(&self) -> Vec<String> {
        let query = RecordQuery { denied_only: true, limit: 10_000, ..RecordQuery::default() };
        let found = self.sts("t1").store.records(&query).await.unwrap();
        let reason = |record: Record| match record.outcome {
            Outcome::Denied { reason, .. } => Some(reason),
            Outcome::Done => None,
        };
        found.iter().rev().filter_map(|one| reason(one.record().unwrap())).collect()
    }

    /// The reason of the last refusal of `t1`; empty if nothing was refused.
    pub async fn last_reason(&self) -> String {
        self.reasons().await.pop().unwrap_or_default()
    }

    /// Changes an application of `t1` behind everybody's back.
    pub async fn change_application(&self, id: &str, change: impl FnOnce(&mut Application)) {
        let id = ClientId::parse(id).unwrap();
        let found = self.sts("t1").store.application(&id).await.unwrap().unwrap();
        let mut application = Arc::unwrap_or_clone(found);
        change(&mut application);
        self.commit("t1", vec![Change::PutApplication(Box::new(application))]).await;
    }

    /// Changes a user of `t1` behind everybody's back.
    pub async fn change_user(&self, name: &str, change: impl FnOnce(&mut User)) {
        let id = Subject::parse(format!("user-{name}")).unwrap();
        let mut user = Arc::unwrap_or_clone(self.sts("t1").store.user(&id).await.unwrap().unwrap());
        change(&mut user);
        self.commit("t1", vec![Change::PutUser(Box::new(user))]).await;
    }

    /// States that something of `t1` is revoked as of now.
    pub async fn revoke(&self, about: Ancestor) {
        let fact = Revocation { about, at: self.clock.now(), why: "a test said so".into() };
        self.commit("t1", vec![Change::Revoke(fact)]).await;
    }

    /// Writes to a tenant's store.
    pub async fn commit(&self, tenant: &str, changes: Vec<Change>) {
        let moment = self.clock.moment();
        let record = Record {
            at: moment.now,
            trace_id: moment.trace_id(),
            correlation_id: None,
            event: Event::Change { by: "test".into(), changes: Vec::new() },
            outcome: Outcome::Done,
        };
        self.sts(tenant).store.commit(Commit { changes, record }).await.unwrap();
    }
}

pub(crate) fn tenant(name: &str, number: u8, desired: Desired) -> TenantConfig {
    TenantConfig {
        tenant: Tenant {
            id: TenantId::parse(format!("00000000-0000-4000-8000-00000000000{number}")).unwrap(),
            name: TenantName::parse(name).unwrap(),
        },
        in_urls: InUrls::Name,
        second_factor: SecondFactorRule::default(),
        // Of the first tenant the employees, of the other nobody.
        administrators: (number == 1).then(|| GroupId::parse("employees").unwrap()),
        desired,
    }
}
