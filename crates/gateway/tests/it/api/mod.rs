//! The local token API, over a socket and over loopback.

mod away;
mod guarded;
mod microsoft;
mod ours;
mod texas;

use crate::support::Stage;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use stead::Jwt;
use stead_gateway::config::{
    ApiConfig, ApiListen, GatewayConfig, Loopback, OpenTo, Overrides, OwnTokens, Secret, SocketFile,
};
use stead_proto::jwt::Unverified;
use stead_proto::secret::ClientSecret;
use tempfile::TempDir;
use testkit::World;

const TOKEN: &str = "a-token-that-every-caller-shows";

/// What may be asked, where nothing else is said.
fn open() -> ApiConfig {
    ApiConfig {
        token: None,
        own_tokens: OwnTokens::Refused,
        overrides: Overrides::Refused,
        identity_providers: BTreeMap::from([("tokenx".to_owned(), "corp".to_owned())]),
        downstream: Vec::new(),
    }
}

/// A gateway that gives tokens over a socket of its own.
struct OverSocket {
    stage: Stage,
    http: Client,
    _folder: TempDir,
}

impl OverSocket {
    async fn new() -> Self {
        Self::beside(World::new().await, |_| {}).await
    }

    async fn beside(world: World, change: impl FnOnce(&mut ApiConfig)) -> Self {
        Self::set(world, change, |_| {}).await
    }

    async fn with(also: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::set(World::new().await, |_| {}, also).await
    }

    async fn set(
        world: World,
        change: impl FnOnce(&mut ApiConfig),
        also: impl FnOnce(&mut GatewayConfig),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.sock");
        let stage = Stage::beside(world, |config| {
            on_socket(config, path.clone(), change);
            also(config);
        })
        .await;
        let http = Client::builder().no_proxy().unix_socket(path).build().unwrap();
        Self { stage, http, _folder: folder }
    }

    fn ask(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("http://localhost{path}"))
    }

    async fn json(&self, path: &str, body: Value) -> (u16, Value) {
        told(self.ask(path).json(&body).send().await.unwrap()).await
    }

    async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
        told(self.ask(path).form(pairs).send().await.unwrap()).await
    }
}

fn on_socket(config: &mut GatewayConfig, path: PathBuf, change: impl FnOnce(&mut ApiConfig)) {
    config.listen.api = Some(ApiListen::Socket(SocketFile { path, open_to: OpenTo::Owner }));
    let mut api = open();
    change(&mut api);
    config.api = Some(api);
}

fn on_loopback(config: &mut GatewayConfig) {
    let any = Loopback::new("127.0.0.1:0".parse().unwrap()).unwrap();
    config.listen.api = Some(ApiListen::Loopback(any));
    config.api = Some(ApiConfig { token: Some(Secret(ClientSecret::new(TOKEN))), ..open() });
}

/// The status and the body.
async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

/// What the token of an answer says.
fn says(answer: &Value) -> Value {
    claims(answer["access_token"].as_str().unwrap())
}

fn claims(token: &str) -> Value {
    Unverified::parse(&Jwt::new(token)).unwrap().claims_for_display()
}

/// A question for a token at `api://b`, on behalf of whoever this token speaks for.
fn rows(user_token: &str) -> Value {
    json!({ "user_token": user_token, "target": "api://b/B.read" })
}
