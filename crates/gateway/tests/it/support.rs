//! A gateway for `api-a` in front of a service, beside the world of the tests as its provider.

use crate::upstream::Upstream;
use http::Uri;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use stead::{Clock, Target};
use stead_gateway::config::{
    Cache, ClientConfig, CredentialConfig, Exchange, GatewayConfig, Inbound, Listen, Matching,
    OnChallenge, PathPattern, Patience, ProviderConfig, Require, Route, Secret, Speaks,
    Upstream as To, WhenDown,
};
use stead_gateway::hygiene::headers::Strip;
use stead_gateway::{Running, start};
use stead_proto::acr::Acr;
use stead_proto::secret::ClientSecret;
use testkit::{API_A_SECRET, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Everybody who takes part.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) upstream: Upstream,
    pub(crate) gateway: Running,
    pub(crate) config: GatewayConfig,
    http: Client,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With some things set otherwise.
    pub(crate) async fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::beside(World::new().await, change).await
    }

    /// Beside a world of its own kind.
    pub(crate) async fn beside(world: World, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let upstream = Upstream::start().await;
        let mut config = config(&world, upstream.address);
        change(&mut config);
        let now = world.clock().now();
        let gateway = start(config.clone(), Clock::new(move || now)).await.unwrap();
        let http = Client::builder().no_proxy().http1_only().build().unwrap();
        Self { world, upstream, gateway, config, http }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway.proxy().unwrap()
    }

    /// A request through the gateway, without a token.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("http://{}{path}", self.address()))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("http://{}{path}", self.address()))
    }

    /// A token of this user at `api-a`.
    pub(crate) async fn token(&self, user: &str) -> String {
        self.world.t1().token_for_a(user).await
    }

    /// Writes these bytes to a connection of their own, and reads until the gateway closes it.
    pub(crate) async fn raw(&self, bytes: &str) -> String {
        self.raw_to(self.address(), bytes).await
    }

    /// The same, to another of its listeners.
    pub(crate) async fn raw_to(&self, address: SocketAddr, bytes: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn route(&self, path: &str) -> Route {
        Route { matching: matching(path), ..self.config.routes[0].clone() }
    }
}

/// A world in which acting towards `api://b` takes two factors.
pub(crate) async fn strict() -> World {
    World::with(|desired| {
        let api_a = desired.applications.iter_mut().find(|it| it.id.as_str() == "api-a").unwrap();
        api_a.may_act[0].acr = Some(Acr::MultiFactor);
    })
    .await
}

/// What is answered at a path of this address.
pub(crate) async fn get_at(address: SocketAddr, path: &str) -> (u16, String) {
    let http = Client::builder().no_proxy().build().unwrap();
    let answer = http.get(format!("http://{address}{path}")).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The status and the code of a refusal.
pub(crate) async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["code"].as_str().unwrap().to_owned())
}

pub(crate) fn matching(path: &str) -> Matching {
    let path = match path.strip_suffix('*') {
        Some(start) => PathPattern::Under(start.to_owned()),
        None => PathPattern::Exactly(path.to_owned()),
    };
    Matching { host: None, path, methods: Vec::new() }
}

/// What the gateway of `api-a` is told.
pub(crate) fn config(world: &World, upstream: SocketAddr) -> GatewayConfig {
    let secret = CredentialConfig::Secret(Secret(ClientSecret::new(API_A_SECRET)));
    let client = Some(ClientConfig::new("api-a", secret));
    let origin = Uri::try_from(format!("http://{upstream}")).unwrap();
    let route = |path: &str, require: Option<Require>, exchange: Exchange| Route {
        name: path.to_owned(),
        matching: matching(path),
        upstream: Some(To { origin: origin.clone(), speaks: Speaks::Usual }),
        require,
        exchange,
        on_challenge: OnChallenge::Pass,
    };
    let towards = |target: &str| Exchange::For {
        provider: "corp".to_owned(),
        target: Target::parse(target).unwrap(),
    };
    let scope =
        |scope: &str| Some(Require { scopes: vec![scope.to_owned()], ..Require::default() });
    GatewayConfig {
        listen: Listen {
            proxy: Some("127.0.0.1:0".parse().unwrap()),
            tls: None,
            ext_authz: Some("127.0.0.1:0".parse().unwrap()),
            api: None,
            egress: None,
            metrics: Some("127.0.0.1:0".parse().unwrap()),
        },
        providers: vec![ProviderConfig {
            client,
            ..ProviderConfig::new("corp", world.t1().issuer())
        }],
        inbound: Inbound {
            providers: vec!["corp".to_owned()],
            audiences: vec!["api://a".to_owned()],
            strip: Strip::and(["x-tenant-*"]).unwrap(),
            resource: None,
            dpop: None,
        },
        routes: vec![
            route("/b/*", scope("A.use"), towards("api://b/B.read")),
            route("/c/*", scope("A.use"), towards("api://c/C.use")),
            route("/more/*", scope("A.nothing"), towards("api://b/B.read")),
            route("/public/*", None, Exchange::None),
            route("/known/*", scope("A.use"), Exchange::None),
            route("/own/*", scope("A.use"), Exchange::Forward),
        ],
        egress: Vec::new(),
        handles: stead_gateway::config::HandlesConfig::default(),
        api: None,
        cache: Cache { bytes: 1024 * 1024, ..Cache::default() },
        when_down: WhenDown { timeout: Duration::from_secs(5), ..WhenDown::default() },
        patience: Patience::default(),
        trust: std::fs::read(world.running().ca_certificate().unwrap()).unwrap(),
        telemetry: None,
    }
}
