//! An identity provider that signs for anybody and answers exchanges as a test tells it to, and a gateway for
//! `reports-api` beside it.

use crate::support::matching;
use crate::upstream::Upstream;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead::{Algorithm, Clock, Jwt, SigningKey, Target, Timestamp};
use stead_gateway::config::{
    Cache, ClientConfig, CredentialConfig, Exchange, GatewayConfig, HandlesConfig, Inbound, Listen,
    OnChallenge, Patience, ProviderConfig, Route, Secret, Speaks, Upstream as To, WhenDown,
};
use stead_gateway::hygiene::headers::Strip;
use stead_gateway::{Running, start};
use stead_proto::digest::base64url;
use stead_proto::form::Form;
use stead_proto::grants::TOKEN_EXCHANGE;
use stead_proto::jwt::{JwkSet, Typ, Unverified};
use stead_proto::secret::ClientSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// When it is, at first.
pub(crate) const NOON: i64 = 1_795_435_200;

/// What is answered at the token endpoint.
type Answer = Box<dyn Fn(&Asked) -> Response + Send>;

/// What was asked there.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) form: BTreeMap<String, String>,
    /// How many were asked before.
    pub(crate) number: usize,
}

impl Asked {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// What the subject token says.
    pub(crate) fn subject(&self) -> Value {
        claims(self.get("subject_token"))
    }
}

struct Inner {
    issuer: String,
    key: SigningKey,
    answer: Mutex<Answer>,
    asked: Mutex<Vec<Asked>>,
    /// Whether the token endpoint answers, or lets everybody wait.
    open: watch::Sender<bool>,
    now: AtomicI64,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Stub(Arc<Inner>);

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self::called(format!("http://{}/acme", listener.local_addr().unwrap()));
        let app = stub.router();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        stub
    }

    /// One with this issuer, wherever it listens.
    pub(crate) fn called(issuer: String) -> Self {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        Self(Arc::new(Inner {
            issuer,
            key,
            answer: Mutex::new(Box::new(|asked| given(asked, &json!({})))),
            asked: Mutex::default(),
            open: watch::Sender::new(true),
            now: AtomicI64::new(NOON),
        }))
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/acme/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(self.clone())
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// A token of this user at `api://reports-api`, through an application.
    pub(crate) fn token(&self, user: &str, client: &str) -> String {
        self.token_with(Typ::AccessToken, user, json!({ "client_id": client }))
    }

    /// The same with other claims; `null` takes one away.
    pub(crate) fn token_with(&self, typ: Typ, user: &str, changes: Value) -> String {
        let mut claims = json!({
            "iss": self.0.issuer, "sub": user, "aud": "api://reports-api", "client_id": "dashboard",
            "iat": NOON, "exp": NOON + 36_000, "jti": user, "scope": "Reports.Read",
        });
        merge(&mut claims, changes);
        self.sign(typ, &claims)
    }

    pub(crate) fn sign(&self, typ: Typ, claims: &Value) -> String {
        self.0.key.sign(typ, claims).unwrap().expose().to_owned()
    }

    pub(crate) fn answers(&self, answer: impl Fn(&Asked) -> Response + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    /// Keeps everybody waiting at the token endpoint, or no longer.
    pub(crate) fn hesitates(&self, hesitates: bool) {
        self.0.open.send_replace(!hesitates);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().unwrap().clone()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let inner = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_secs(inner.now.load(Ordering::SeqCst)))
    }

    fn origin(&self) -> &str {
        self.0.issuer.strip_suffix("/acme").unwrap()
    }
}

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
        let gateway = start(config, stub.clock()).await.unwrap();
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

/// A readable token for what was asked, with some things said otherwise. Nobody behind verifies it.
pub(crate) fn given(asked: &Asked, changes: &Value) -> Response {
    let subject = asked.subject();
    let mut claims = json!({
        "iss": subject["iss"], "sub": subject["sub"], "aud": asked.get("audience"),
        "act": { "sub": "reports-api", "act": { "sub": subject["client_id"] } }, "number": asked.number,
    });
    merge(&mut claims, changes.clone());
    let [header, claims] = [json!({ "alg": "ES256", "typ": "at+jwt" }), claims]
        .map(|part| base64url(part.to_string().as_bytes()));
    let token = format!("{header}.{claims}.c2ln");
    says(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 }))
}

pub(crate) fn says(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

pub(crate) fn claims(token: &str) -> Value {
    let token = Jwt::new(token);
    serde_json::to_value(Unverified::parse(&token).unwrap().claims_for_display()).unwrap()
}

fn merge(claims: &mut Value, changes: Value) {
    let members = claims.as_object_mut().unwrap();
    let Value::Object(changes) = changes else { panic!("{changes}") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
}

async fn metadata(State(stub): State<Stub>) -> Json<Value> {
    let origin = stub.origin();
    Json(json!({
        "issuer": stub.0.issuer, "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/keys"), "grant_types_supported": [TOKEN_EXCHANGE],
    }))
}

async fn keys(State(stub): State<Stub>) -> Json<JwkSet> {
    Json([stub.0.key.public_jwk()].into_iter().collect())
}

async fn token(State(stub): State<Stub>, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap();
    let form = form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let asked = {
        let mut all = stub.0.asked.lock().unwrap();
        let asked = Asked { form, number: all.len() };
        all.push(asked.clone());
        asked
    };
    stub.0.open.subscribe().wait_for(|open| *open).await.unwrap();
    (stub.0.answer.lock().unwrap())(&asked)
}
