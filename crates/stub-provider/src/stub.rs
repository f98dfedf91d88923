//! The provider: signs anything, answers as a test tells it to, and remembers what it was asked.

use crate::NOON;
use crate::answers::{changed, given};
use crate::asked::Asked;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use stead_proto::form::Form;
use stead_proto::grants::{JWT_BEARER, TOKEN_EXCHANGE};
use stead_proto::jwt::{Algorithm, Jwk, JwkSet, SigningKey, Typ};
use stead_proto::secret::Jwt;
use stead_proto::time::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What is answered at the token endpoint.
type Answer = Box<dyn Fn(&Asked) -> Response + Send>;

/// The provider, with a clock that stands still until it is told otherwise. A clone is the same.
#[derive(Clone)]
pub struct Stub(Arc<Inner>);

struct Inner {
    issuer: String,
    key: SigningKey,
    metadata: Mutex<Value>,
    /// None while its keys cannot be had.
    published: Mutex<Option<JwkSet>>,
    keys_fetched: watch::Sender<usize>,
    answer: Mutex<Answer>,
    asked: watch::Sender<Vec<Asked>>,
    /// Whether the token endpoint answers, or lets everybody wait.
    open: watch::Sender<bool>,
    now: AtomicI64,
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}

/// The path of its issuer.
const PATH: &str = "/acme/v2.0";

impl Stub {
    /// One that is spoken to over plain HTTP on loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self::at(&format!("http://{}", listener.local_addr().unwrap()));
        let app = stub.router();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        stub
    }

    /// One with its endpoints at this origin, whoever serves them.
    pub fn at(origin: &str) -> Self {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let issuer = format!("{origin}{PATH}");
        let metadata = json!({
            "issuer": issuer, "token_endpoint": format!("{origin}/token"),
            "jwks_uri": format!("{origin}/keys"),
            "grant_types_supported": [TOKEN_EXCHANGE, JWT_BEARER],
        });
        Self(Arc::new(Inner {
            issuer,
            metadata: Mutex::new(metadata),
            published: Mutex::new(Some([key.public_jwk()].into_iter().collect())),
            keys_fetched: watch::Sender::default(),
            key,
            answer: Mutex::new(Box::new(|asked| given(asked, &json!({})))),
            asked: watch::Sender::default(),
            open: watch::Sender::new(true),
            now: AtomicI64::new(NOON),
        }))
    }

    /// Its endpoints.
    pub fn router(&self) -> Router {
        Router::new()
            .route(&format!("{PATH}/.well-known/openid-configuration"), get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/mtls/token", post(token))
            .with_state(self.clone())
    }

    /// Its name.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// What it says of itself under this name.
    pub fn metadata(&self, name: &str) -> Value {
        self.0.metadata.lock().unwrap().get(name).cloned().unwrap_or_default()
    }

    /// Lets it say otherwise.
    pub fn set_metadata(&self, name: &str, value: Value) {
        let mut metadata = self.0.metadata.lock().unwrap();
        metadata.as_object_mut().unwrap().insert(name.to_owned(), value);
    }

    /// When it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.now.load(Ordering::SeqCst))
    }

    /// Lets time go by.
    pub fn pass(&self, seconds: i64) {
        self.0.now.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// What it signs, and how that is verified.
impl Stub {
    /// An access token that says this.
    pub fn sign(&self, claims: &Value) -> Jwt {
        self.sign_as(Typ::AccessToken, claims)
    }

    /// Anything that says this.
    pub fn sign_as(&self, typ: Typ, claims: &Value) -> Jwt {
        self.0.key.sign(typ, claims).unwrap()
    }

    /// A token of this user at `api://reports-api`, through an application.
    pub fn token(&self, user: &str, client: &str) -> String {
        self.token_with(Typ::AccessToken, user, &json!({ "client_id": client }))
    }

    /// The same with other claims; `null` takes one away.
    pub fn token_with(&self, typ: Typ, user: &str, changes: &Value) -> String {
        let claims = json!({
            "iss": self.issuer(), "sub": user, "aud": "api://reports-api", "client_id": "dashboard",
            "iat": NOON, "exp": NOON + 36_000, "jti": user, "scope": "Reports.Read",
        });
        self.sign_as(typ, &changed(claims, changes)).expose().to_owned()
    }

    /// The public half of its key.
    pub fn key(&self) -> Jwk {
        self.0.key.public_jwk()
    }

    /// Lets these be its keys, whatever it signs with.
    pub fn publish(&self, keys: impl IntoIterator<Item = Jwk>) {
        *self.0.published.lock().unwrap() = Some(keys.into_iter().collect());
    }

    /// Lets nobody have its keys, until some are published again.
    pub fn withhold_keys(&self) {
        *self.0.published.lock().unwrap() = None;
    }

    /// How often its keys were asked for.
    pub fn keys_fetched(&self) -> usize {
        *self.0.keys_fetched.borrow()
    }

    /// Waits until its keys have been asked for so often.
    pub async fn keys_fetched_times(&self, times: usize) {
        self.0.keys_fetched.subscribe().wait_for(|fetched| *fetched >= times).await.unwrap();
    }
}

/// Its token endpoint.
impl Stub {
    /// Lets it answer like this.
    pub fn answers(&self, answer: impl Fn(&Asked) -> Response + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    /// Keeps everybody waiting, or no longer.
    pub fn hesitates(&self, hesitates: bool) {
        self.0.open.send_replace(!hesitates);
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.0.asked.borrow().clone()
    }

    /// What it was asked last.
    pub fn last_asked(&self) -> Asked {
        self.0.asked.borrow().last().unwrap().clone()
    }

    /// How often it was asked.
    pub fn exchanges(&self) -> usize {
        self.0.asked.borrow().len()
    }

    /// Waits until it has been asked so often.
    pub async fn asked_times(&self, times: usize) {
        self.0.asked.subscribe().wait_for(|asked| asked.len() >= times).await.unwrap();
    }

    fn note(&self, asked: Asked) -> Asked {
        let mut noted = asked;
        self.0.asked.send_modify(|all| {
            noted.number = all.len();
            all.push(noted.clone());
        });
        noted
    }
}

async fn metadata(State(stub): State<Stub>) -> Json<Value> {
    Json(stub.0.metadata.lock().unwrap().clone())
}

async fn keys(State(stub): State<Stub>) -> Response {
    stub.0.keys_fetched.send_modify(|fetched| *fetched += 1);
    match stub.0.published.lock().unwrap().clone() {
        Some(keys) => Json(keys).into_response(),
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn token(State(stub): State<Stub>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap();
    let authorization = headers.get(header::AUTHORIZATION);
    let asked = stub.note(Asked {
        form: form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        path: uri.path().to_owned(),
        number: 0,
    });
    stub.0.open.subscribe().wait_for(|open| *open).await.unwrap();
    (stub.0.answer.lock().unwrap())(&asked)
}
