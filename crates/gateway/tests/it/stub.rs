//! A gateway for `reports-api` beside a provider that does as it is told.

use crate::support::matching;
use crate::upstream::Upstream;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::time::Duration;
use stead::{Clock, Jwt, Target};
use stead_gateway::config::{
    Cache, ClientConfig, CredentialConfig, Exchange, GatewayConfig, HandlesConfig, Inbound, Listen,
    OnChallenge, Patience, ProviderConfig, Route, Secret, Speaks, Upstream as To, WhenDown,
};
use stead_gateway::hygiene::headers::Strip;
use stead_gateway::{Running, start};
use stead_proto::jwt::Unverified;
use stead_proto::secret::ClientSecret;
use stub_provider::Stub;

/// A gateway beside the stub, in front of a service.
pub(crate) struct Beside {
    pub(crate) stub: Stub,
    pub(crate) upstream: Upstream,
    pub(crate) gateway: Running,
    http: reqwest::Client,
}

impl Beside {
    pub(crate) async fn start(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::of(Stub::start().await, change).await
    }

    pub(crate) async fn of(stub: Stub, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let upstream = Upstream::start().await;
        let mut config = config(stub.issuer(), &upstream);
        change(&mut config);
        let told = stub.clone();
        let gateway = start(config, Clock::new(move || told.now())).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { stub, upstream, gateway, http }
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.gateway.proxy().unwrap());
        self.http.get(url).bearer_auth(token)
    }

    pub(crate) async fn status(&self, path: &str, token: &str) -> u16 {
        self.get(path, token).send().await.unwrap().status().as_u16()
    }
}

/// `/N/*` leads to the service with a token for `api://data-N`.
pub(crate) fn config(issuer: &str, upstream: &Upstream) -> GatewayConfig {
    let secret = CredentialConfig::Secret(Secret(ClientSecret::new("s3cret")));
    let client = Some(ClientConfig::new("reports-api", secret));
    let any = Some("127.0.0.1:0".parse().unwrap());
    GatewayConfig {
        listen: Listen { proxy: any, ..Listen::default() },
        providers: vec![ProviderConfig { client, ..ProviderConfig::new("corp", issuer) }],
        inbound: Inbound {
            providers: vec!["corp".to_owned()],
            audiences: vec!["api://reports-api".to_owned()],
            strip: Strip::default(),
            resource: None,
            dpop: None,
        },
        routes: (0..20).map(|number| route(number, upstream)).collect(),
        api: None,
        egress: Vec::new(),
        handles: HandlesConfig::default(),
        cache: Cache::default(),
        when_down: WhenDown { timeout: Duration::from_mins(1), ..WhenDown::default() },
        patience: Patience::default(),
        trust: Vec::new(),
        telemetry: None,
    }
}

fn route(number: usize, upstream: &Upstream) -> Route {
    let origin = format!("http://{}", upstream.address).parse().unwrap();
    let target = Target::parse(&format!("api://data-{number}/Rows.Read")).unwrap();
    Route {
        name: format!("data-{number}"),
        matching: matching(&format!("/{number}/*")),
        upstream: Some(To { origin, speaks: Speaks::Usual }),
        require: None,
        exchange: Exchange::For { provider: "corp".to_owned(), target },
        on_challenge: OnChallenge::Pass,
    }
}

pub(crate) fn claims(token: &str) -> Value {
    let token = Jwt::new(token);
    serde_json::to_value(Unverified::parse(&token).unwrap().claims_for_display()).unwrap()
}
