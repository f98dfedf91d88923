//! A fresh server for each test: Alice, a single-page application and an API.

use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use stead_core::admin::{Desired, DesiredPassword, DesiredUser};
use stead_core::model::tenant::Tenant;
use stead_core::settings::{SecondFactorRule, Settings};
use stead_proto::id::{TenantId, TenantName};
use stead_proto::secret::Password;
use stead_server::config::{
    AdminListen, InUrls, Listen, ServerConfig, Shutdown, StoreConfig, TenantConfig, Tls, Trust,
};
use stead_server::moment::SystemMoments;
use stead_server::{Running, start};
use tempfile::TempDir;

pub(crate) const CALLBACK: &str = "http://localhost:3000/cb";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const TENANT: &str = "0b1f7a52-0000-4000-8000-000000000001";

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct World {
    pub(crate) server: Running,
    pub(crate) home: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = start(config(home.path()), Arc::new(SystemMoments)).await.unwrap();
        // What a first start makes behind the scenes is on record by then.
        let tenant = TenantName::parse("corp").unwrap();
        server.sts(&tenant).unwrap().keys.complete().await;
        Self { server, home }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.public_url())
    }

    /// A client that trusts the development CA, keeps no cookies and follows nothing.
    pub(crate) fn client(&self) -> reqwest::Client {
        let ca = std::fs::read(self.server.ca_certificate().unwrap()).unwrap();
        reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    }

    /// An authorization request of the single-page application.
    pub(crate) fn authorize(&self, more: &str) -> String {
        self.url(&format!(
            "/corp/oauth2/v2.0/authorize?client_id=spa&response_type=code\
             &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb&state=s%26t\
             &scope=openid%20api%3A%2F%2Freports%2FReports.Read\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
        ))
    }
}

pub(crate) fn config(home: &Path) -> ServerConfig {
    ServerConfig {
        public_url: "https://localhost:0".to_owned(),
        listen: Listen { https: ANY, admin: AdminListen::Tcp(ANY), metrics: Some(ANY) },
        tls: Tls::Development { dir: home.join("ca"), only: Vec::new() },
        store: StoreConfig::Memory,
        data_dir: home.to_owned(),
        master_key: home.join("master.key"),
        admin_token: home.join("admin.token"),
        trust: Trust::default(),
        tenants: vec![TenantConfig {
            tenant: Tenant {
                id: TenantId::parse(TENANT).unwrap(),
                name: TenantName::parse("corp").unwrap(),
            },
            in_urls: InUrls::Name,
            second_factor: SecondFactorRule::default(),
            administrators: None,
            desired: desired(),
        }],
        settings: Settings::default(),
        keep_records: None,
        shutdown: Shutdown::default(),
        telemetry: None,
        emulation: None,
    }
}

fn desired() -> Desired {
    let applications = json!([
        {
            "id": "spa", "name": "Dashboard", "kind": "spa", "redirect_uris": [CALLBACK],
            "permissions": [{
                "towards": "api://reports", "scopes": ["Reports.Read"], "as": "user", "consent": "user"
            }],
        },
        {
            "id": "reports", "name": "Reports", "kind": "web-api", "audience": "api://reports",
            "scopes": { "Reports.Read": "See your reports" },
        },
    ]);
    let alice = json!({
        "id": "a11ce000-0000-4000-8000-000000000001", "username": "alice", "name": "Alice Example",
        "enabled": true,
    });
    Desired {
        applications: serde_json::from_value(applications).unwrap(),
        users: vec![DesiredUser {
            user: serde_json::from_value(alice).unwrap(),
            password: Some(DesiredPassword::Plain(Password::new("correct horse"))),
        }],
        ..Desired::default()
    }
}
