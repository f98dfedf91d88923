//! An identity provider that is not ours: npm `oidc-provider`, as anybody would use it, with a grant for token exchange
//! (`tests/peers`). The project's set-up installs it.

use crate::stub::config;
use crate::support::refusal;
use crate::upstream::{Seen, Upstream};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use stead::{Clock, Target};
use stead_gateway::config::{ClientConfig, CredentialConfig, Exchange, GatewayConfig, Secret};
use stead_gateway::{Running, start};
use stead_proto::secret::ClientSecret;

/// The provider; it ends with the test.
pub(crate) struct Peer {
    child: Child,
    said: Value,
}

impl Peer {
    pub(crate) fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
        assert!(folder.join("node_modules").is_dir(), "cargo xtask setup installs oidc-provider");
        let mut command = Command::new("node");
        command.args(["oidc-provider.mjs", "--here"]).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, said: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn says(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.says(name)).unwrap()
    }

    /// The tokens of this many of its users.
    pub(crate) fn tokens<const N: usize>(&self) -> [String; N] {
        let tokens: Vec<String> =
            self.read("token_file").lines().take(N).map(str::to_owned).collect();
        tokens.try_into().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It puts its files away when it is asked to end.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

/// A gateway that knows the provider by its issuer alone.
struct Party {
    peer: Peer,
    upstream: Upstream,
    gateway: Running,
}

impl Party {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let (peer, upstream) = (Peer::start(), Upstream::start().await);
        let mut config = config(peer.says("issuer"), &upstream);
        let secret = Secret(ClientSecret::new(peer.read("secret_file")));
        let client = ClientConfig::new(peer.says("client"), CredentialConfig::Secret(secret));
        config.providers[0].client = Some(client);
        let resource = peer.says("to");
        let targets =
            [format!("{resource}/{}", peer.says("scope")), format!("{resource}/Rows.Write")];
        for (route, target) in config.routes.iter_mut().zip(targets) {
            let target = Target::parse(&target).unwrap();
            route.exchange = Exchange::For { provider: "corp".to_owned(), target };
        }
        change(&mut config);
        let gateway = start(config, Clock::system()).await.unwrap();
        Self { peer, upstream, gateway }
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        let url = format!("http://{}{path}", self.gateway.proxy().unwrap());
        let http = Client::builder().no_proxy().build().unwrap();
        http.get(url).bearer_auth(token).send().await.unwrap()
    }
}

#[tokio::test]
async fn the_tokens_of_another_provider_are_verified_and_exchanged_there() {
    let party = Party::new().await;
    let [first, second] = party.peer.tokens();
    for token in [&first, &second, &first] {
        assert_eq!(party.get("/0/rows", token).await.status().as_u16(), 200);
    }
    let claims: Vec<Value> = party.upstream.seen().iter().map(Seen::claims).collect();
    let [one, two, again] = claims.as_slice() else { panic!("{claims:?}") };
    assert_eq!(
        (&one["aud"], &one["iss"]),
        (&json!("api://company-data"), &party.peer.said["issuer"])
    );
    assert_eq!(one["act"], json!({ "sub": "reports-api" }));
    assert_ne!(one["sub"], two["sub"]);
    // What it gave is kept, for whom it was given.
    assert_eq!(one["jti"], again["jti"]);
}

#[tokio::test]
async fn what_another_provider_did_not_sign_is_refused() {
    let party = Party::new().await;
    let [token, _] = party.peer.tokens();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let refused = party.get("/0/rows", &format!("{signed}.{turned}")).await;
    assert_eq!(refusal(refused).await, (401, "STEAD-2006".to_owned()));
    assert_eq!(party.upstream.seen().len(), 0);
}

#[tokio::test]
async fn what_another_provider_refuses_is_told_in_its_own_word() {
    let party = Party::new().await;
    let [token, _] = party.peer.tokens();
    let refused = party.get("/1/rows", &token).await;
    assert_eq!(refused.status().as_u16(), 403);
    let said: Value = refused.json().await.unwrap();
    assert_eq!((&said["code"], &said["error"]), (&json!("STEAD-2012"), &json!("invalid_scope")));
}

#[tokio::test]
async fn a_secret_that_another_provider_does_not_know_is_our_own_mistake() {
    let party = Party::with(|config| {
        let secret = CredentialConfig::Secret(Secret(ClientSecret::new("a guess")));
        config.providers[0].client = Some(ClientConfig::new("reports-api", secret));
    })
    .await;
    let [token, _] = party.peer.tokens();
    let refused = party.get("/0/rows", &token).await;
    assert_eq!(refusal(refused).await, (500, "STEAD-2014".to_owned()));
}

#[tokio::test]
async fn kg_17_without_another_provider_what_it_gave_goes_on_being_used() {
    let Party { peer, upstream, gateway } = Party::new().await;
    let [first, second] = peer.tokens();
    let http = Client::builder().no_proxy().build().unwrap();
    let ask = |token: &str| {
        let url = format!("http://{}/0/rows", gateway.proxy().unwrap());
        http.get(url).bearer_auth(token).send()
    };
    assert_eq!(ask(&first).await.unwrap().status().as_u16(), 200);
    drop(peer);
    assert_eq!(ask(&first).await.unwrap().status().as_u16(), 200);
    let away = ask(&second).await.unwrap();
    assert!(away.headers().contains_key("retry-after"));
    assert_eq!(refusal(away).await, (503, "STEAD-2013".to_owned()));
    assert_eq!(upstream.seen().len(), 2);
}
