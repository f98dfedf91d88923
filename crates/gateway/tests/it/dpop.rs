//! Tokens that are bound to a key (RFC 9449): proved to the gateway, for the URL as callers see it, and never passed on.

use crate::holder::Holder;
use crate::stub::Beside;
use crate::support::refusal;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use stead::{Challenge, Seconds};
use stead_gateway::config::{Exchange, GatewayConfig, Others, Proofs, Secret};
use stead_gateway::hygiene::headers::Strip;
use stead_proto::secret::ClientSecret;
use stub_provider::{Stub, says};

/// Where callers reach it: a program in front does TLS.
pub(crate) const ORIGIN: &str = "https://api.example";

pub(crate) fn taking(config: &mut GatewayConfig) {
    let origins = vec![ORIGIN.to_owned()];
    config.inbound.dpop = Some(Proofs { origins, others: Others::Taken, nonces: None });
    config.inbound.strip = Strip::and([]).unwrap();
    config.listen.ext_authz = Some("127.0.0.1:0".parse().unwrap());
}

fn requiring(config: &mut GatewayConfig) {
    taking(config);
    config.inbound.dpop.as_mut().unwrap().others = Others::Refused;
}

pub(crate) fn with_nonces(config: &mut GatewayConfig) {
    taking(config);
    let key = Secret(ClientSecret::new("0123456789abcdef0123456789abcdef"));
    config.inbound.dpop.as_mut().unwrap().nonces = Some(key);
}

/// Alice with a key, before a gateway that takes her tokens.
pub(crate) struct Scene {
    pub(crate) beside: Beside,
    pub(crate) alice: Holder,
    pub(crate) token: String,
}

impl Scene {
    pub(crate) async fn new(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let (beside, alice) = (Beside::start(change).await, Holder::new());
        let token = alice.token(&beside.stub);
        Self { beside, alice, token }
    }

    pub(crate) fn proof(&self, url: &str) -> String {
        self.alice.proof(url, &self.token, &json!({}))
    }

    /// A request with the token and these proofs.
    pub(crate) fn request(&self, path: &str, proofs: &[&str]) -> RequestBuilder {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}{path}", self.beside.gateway.proxy().unwrap());
        self.with(http.get(url), proofs)
    }

    pub(crate) fn with(&self, request: RequestBuilder, proofs: &[&str]) -> RequestBuilder {
        let request = request.header("authorization", format!("DPoP {}", self.token));
        proofs.iter().fold(request, |request, proof| request.header("dpop", *proof))
    }

    pub(crate) async fn ask(&self, path: &str, proofs: &[&str]) -> Response {
        self.request(path, proofs).send().await.unwrap()
    }
}

pub(crate) fn challenges(answer: &Response) -> String {
    let all = answer.headers().get_all("www-authenticate").iter();
    all.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(" | ")
}

#[tokio::test]
async fn kf_05_a_bound_token_is_exchanged_for_one_of_the_gateway_and_the_proof_goes_nowhere() {
    let scene = Scene::new(taking).await;
    // The path is compared in the form in which it goes on, and the query is no part of it.
    for (path, url) in
        [("/0/rows?a=b", "/0/rows"), ("/0/r%6fws", "/0/rows"), ("/0/rows", "/0/r%6fws?c")]
    {
        let answer = scene.ask(path, &[&scene.proof(&format!("{ORIGIN}{url}"))]).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }
    let asked = scene.beside.stub.asked();
    assert_eq!(asked[0].get("subject_token"), scene.token);
    for seen in scene.beside.upstream.seen() {
        assert_eq!(seen.claims()["aud"], "api://data-0");
        assert_eq!((seen.header("dpop"), seen.claims().get("cnf")), (None, None));
        assert!(!format!("{seen:?}").contains(&scene.token));
    }
    // Whoever has a token that is bound to none comes as before.
    assert_eq!(
        scene.beside.status("/0/a", &scene.beside.stub.token("bob", "dashboard")).await,
        200
    );
}

#[tokio::test]
async fn kf_05_a_bound_token_without_its_proof_is_nothing() {
    let scene = Scene::new(taking).await;
    let answer = scene.beside.get("/0/a", &scene.token).send().await.unwrap();
    assert!(challenges(&answer).starts_with("DPoP algs=\"ES256"), "{answer:?}");
    assert_eq!(refusal(answer).await, (401, "STEAD-2006".to_owned()));
    // Where nobody takes proofs, none helps.
    let off = Scene::new(|_| {}).await;
    let answer = off.ask("/0/a", &[&off.proof(&format!("{ORIGIN}/0/a"))]).await;
    assert_eq!(challenges(&answer), "Bearer");
    assert_eq!(refusal(answer).await, (401, "STEAD-2004".to_owned()));
    assert_eq!(refusal(off.beside.get("/0/a", &off.token).send().await.unwrap()).await.0, 401);
    for upstream in [&scene.beside.upstream, &off.beside.upstream] {
        assert!(upstream.seen().is_empty());
    }
}

#[tokio::test]
async fn kf_05_a_proof_is_for_this_request_alone() {
    let scene = Scene::new(taking).await;
    let url = format!("{ORIGIN}/0/a");
    let here = format!("http://{}/0/a", scene.beside.gateway.proxy().unwrap());
    let wrong = |changes: Value| scene.alice.proof(&url, &scene.token, &changes);
    let (one, other) = (scene.proof(&url), scene.proof(&url));
    let strangers = Holder::new().proof(&url, &scene.token, &json!({}));
    for (what, proofs) in [
        ("none", vec![]),
        ("two", vec![&*one, &*other]),
        ("another path", vec![&*wrong(json!({ "htu": format!("{ORIGIN}/1/a") }))]),
        ("where it listens", vec![&*wrong(json!({ "htu": here }))]),
        ("another method", vec![&*wrong(json!({ "htm": "POST" }))]),
        ("another token", vec![&*wrong(json!({ "ath": "x" }))]),
        ("too old", vec![&*wrong(json!({ "iat": stub_provider::NOON - 600 }))]),
        ("another key", vec![&*strangers]),
        ("no proof", vec!["x.y.z"]),
    ] {
        let answer = scene.ask("/0/a", &proofs).await;
        assert!(challenges(&answer).contains("error=\"invalid_dpop_proof\""), "{what}");
        assert_eq!(refusal(answer).await, (401, "STEAD-2060".to_owned()), "{what}");
    }
    // A host that is named to fit makes no proof good.
    let at_evil = wrong(json!({ "htu": "https://evil.example/0/a" }));
    let fitting = ["host", "x-forwarded-host", "x-original-host"];
    let request = scene.request("/0/a", &[&at_evil]).header("x-forwarded-proto", "https");
    let request =
        fitting.iter().fold(request, |request, name| request.header(*name, "evil.example"));
    assert_eq!(refusal(request.send().await.unwrap()).await.1, "STEAD-2060");
    assert!(scene.beside.upstream.seen().is_empty());
    assert_eq!(scene.ask("/0/a", &[&one]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn kf_05_a_proof_is_taken_once_also_across_a_reload() {
    let scene = Scene::new(taking).await;
    let proof = scene.proof(&format!("{ORIGIN}/0/a"));
    assert_eq!(scene.ask("/0/a", &[&proof]).await.status().as_u16(), 200);
    assert_eq!(refusal(scene.ask("/0/a", &[&proof]).await).await.1, "STEAD-2060");
    let mut config = crate::stub::config(scene.beside.stub.issuer(), &scene.beside.upstream);
    taking(&mut config);
    config.cache.margin = Seconds(31);
    scene.beside.gateway.reload(config).unwrap();
    assert_eq!(refusal(scene.ask("/0/a", &[&proof]).await).await.1, "STEAD-2060");
    let next = scene.proof(&format!("{ORIGIN}/0/a"));
    assert_eq!(scene.ask("/0/a", &[&next]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn kf_05_of_several_origins_the_host_of_a_request_picks_one_and_makes_up_none() {
    let mail = "https://mail.example";
    let scene = Scene::new(|config| {
        taking(config);
        config.inbound.dpop.as_mut().unwrap().origins.push(mail.to_owned());
    })
    .await;
    let ask = async |host: &str, origin: &str| {
        let proof = scene.proof(&format!("{origin}/0/a"));
        let answer = scene.request("/0/a", &[&proof]).header("host", host).send().await.unwrap();
        answer.status().as_u16()
    };
    for (host, origin, status) in [
        ("api.example", ORIGIN, 200),
        ("mail.example:8080", mail, 200),
        ("mail.example", ORIGIN, 401),
        ("api.example", mail, 401),
        ("evil.example", "https://evil.example", 401),
        ("evil.example", ORIGIN, 401),
    ] {
        assert_eq!(ask(host, origin).await, status, "{origin} at {host}");
    }
    assert_eq!(scene.beside.upstream.seen().len(), 2);
}

#[tokio::test]
async fn where_proofs_are_required_no_other_token_is_taken() {
    let scene = Scene::new(requiring).await;
    let bob = scene.beside.stub.token("bob", "dashboard");
    let answer = scene.beside.get("/0/a", &bob).send().await.unwrap();
    assert!(challenges(&answer).starts_with("DPoP") && !challenges(&answer).contains("Bearer"));
    assert_eq!(refusal(answer).await, (401, "STEAD-2004".to_owned()));
    let proof = scene.proof(&format!("{ORIGIN}/0/a"));
    assert_eq!(scene.ask("/0/a", &[&proof]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn a_nonce_that_proofs_need_is_told_and_taken() {
    let scene = Scene::new(with_nonces).await;
    let url = format!("{ORIGIN}/0/a");
    let answer = scene.ask("/0/a", &[&scene.proof(&url)]).await;
    assert!(challenges(&answer).contains("error=\"use_dpop_nonce\""));
    let nonce = answer.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(refusal(answer).await, (401, "STEAD-2061".to_owned()));
    let proof = scene.alice.proof(&url, &scene.token, &json!({ "nonce": nonce }));
    assert_eq!(scene.ask("/0/a", &[&proof]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn kf_05_a_bound_token_is_passed_on_by_no_route() {
    let scene = Scene::new(|config| {
        taking(config);
        config.routes[0].exchange = Exchange::Forward;
    })
    .await;
    let proof = scene.proof(&format!("{ORIGIN}/0/a"));
    assert_eq!(refusal(scene.ask("/0/a", &[&proof]).await).await, (403, "STEAD-2062".to_owned()));
    assert!(scene.beside.upstream.seen().is_empty());
    let bob = scene.beside.stub.token("bob", "dashboard");
    assert_eq!(scene.beside.status("/0/a", &bob).await, 200);
}

#[tokio::test]
async fn a_demand_to_sign_in_again_is_told_in_each_scheme_that_is_taken() {
    let scene = Scene::new(taking).await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"mfa"}}}"#;
    let demand = json!({ "error": "interaction_required", "claims": claims });
    scene.beside.stub.answers(move |_| says(400, demand.clone()));
    let answer = scene.ask("/0/a", &[&scene.proof(&format!("{ORIGIN}/0/a"))]).await;
    assert_eq!(Challenge::from_headers(answer.headers()).unwrap().claims(), claims);
    assert!(challenges(&answer).contains("DPoP algs="), "{}", challenges(&answer));
    assert_eq!(refusal(answer).await, (401, "STEAD-2011".to_owned()));
}

#[tokio::test]
async fn an_origin_that_is_none_is_said_at_the_start() {
    let (stub, upstream) = (Stub::start().await, crate::upstream::Upstream::start().await);
    let mut config = crate::stub::config(stub.issuer(), &upstream);
    taking(&mut config);
    for origins in [&["api.example"][..], &[ORIGIN, "api.example"], &[]] {
        let mut config = config.clone();
        let origins = origins.iter().map(ToString::to_string).collect();
        config.inbound.dpop.as_mut().unwrap().origins = origins;
        let started = stead_gateway::start(config, stead::Clock::system()).await;
        assert!(matches!(started, Err(stead_gateway::StartError::Inbound(_))));
    }
}
