//! The stub: an issuer that signs what it is told to and counts what it is asked.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead::client::OboBuilder;
use stead::issuer::ProviderBuilder;
use stead::{Caller, Clock, Credential, Jwt, Obo, Provider, Timestamp, Transport, Verifier};
use stead_proto::form::Form;
use stead_proto::grants::{JWT_BEARER, TOKEN_EXCHANGE};
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey, Typ, Unverified};
use tokio::sync::watch;

pub(crate) const NOON: i64 = 1_795_435_200;
pub(crate) const DATA: &str = "api://company-data";

/// What the stub answers at its token endpoint, given the form.
type Answer = Box<dyn Fn(&Asked) -> Response + Send>;

/// What the stub was asked at its token endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) authorization: Option<String>,
    /// Where it was asked.
    pub(crate) path: String,
    /// How many were asked before.
    pub(crate) number: usize,
}

impl Asked {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// The user of the subject token, in either dialect.
    pub(crate) fn subject(&self) -> String {
        self.claim("sub")
    }

    /// The issuer of the subject token.
    pub(crate) fn issuer(&self) -> String {
        self.claim("iss")
    }

    fn claim(&self, name: &str) -> String {
        let token = self.form.get("subject_token").or(self.form.get("assertion")).unwrap();
        let token = Jwt::new(token.as_str());
        let claims = Unverified::parse(&token).unwrap().claims_for_display();
        claims.get(name).unwrap().as_str().unwrap().to_owned()
    }
}

pub(crate) struct Inner {
    pub(crate) issuer: String,
    pub(crate) key: SigningKey,
    pub(crate) published: Mutex<JwkSet>,
    pub(crate) keys_down: Mutex<bool>,
    pub(crate) metadata: Mutex<Value>,
    pub(crate) answer: Mutex<Answer>,
    pub(crate) asked: Mutex<Vec<Asked>>,
    pub(crate) keys_fetched: watch::Sender<usize>,
    /// Whether the token endpoint answers, or lets everybody wait.
    pub(crate) open: watch::Sender<bool>,
    pub(crate) waiting: watch::Sender<usize>,
    pub(crate) now: AtomicI64,
}

/// A world of its own for each test.
#[derive(Clone)]
pub(crate) struct World(pub(crate) Arc<Inner>);

impl World {
    pub(crate) async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let issuer = format!("{base}/acme/v2.0");
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let world = Self(Arc::new(Inner {
            metadata: Mutex::new(json!({
                "issuer": issuer,
                "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/keys"),
                "grant_types_supported": [TOKEN_EXCHANGE, JWT_BEARER],
            })),
            issuer,
            published: Mutex::new([key.public_jwk()].into_iter().collect()),
            keys_down: Mutex::new(false),
            key,
            answer: Mutex::new(Box::new(issue)),
            asked: Mutex::default(),
            keys_fetched: watch::Sender::new(0),
            open: watch::Sender::new(true),
            waiting: watch::Sender::new(0),
            now: AtomicI64::new(NOON),
        }));
        let app = Router::new()
            .route("/acme/v2.0/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/mtls/token", post(token))
            .with_state(world.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        world
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.now.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn transport() -> Transport {
        Transport::builder().plain_http_on_loopback().build().unwrap()
    }

    pub(crate) fn provider(&self) -> Provider {
        self.provider_with(|builder| builder)
    }

    pub(crate) fn provider_with(
        &self,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Provider {
        let inner = Arc::clone(&self.0);
        let clock = Clock::new(move || Timestamp::from_secs(inner.now.load(Ordering::SeqCst)));
        let builder = Provider::builder(&self.0.issuer).transport(Self::transport()).clock(clock);
        change(builder).build().unwrap()
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::builder().provider(self.provider()).audience(DATA).build().unwrap()
    }

    pub(crate) fn obo(&self) -> Obo {
        self.obo_with(Credential::secret("s3cret"))
    }

    pub(crate) fn obo_with(&self, credential: Credential) -> Obo {
        self.builder(credential).build().unwrap()
    }

    /// With all the time in the world: how long things take is not what is looked at.
    pub(crate) fn builder(&self, credential: Credential) -> OboBuilder {
        let builder = Obo::builder().provider(self.provider()).client_id("reports-api");
        builder.credential(credential).budget(Duration::from_mins(1))
    }

    pub(crate) fn sign(&self, claims: &Value) -> Jwt {
        self.0.key.sign(Typ::AccessToken, claims).unwrap()
    }

    /// Alice's token for company-data, through reports-api.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": self.0.issuer, "sub": "alice", "aud": DATA, "client_id": "reports-api",
            "exp": NOON + 3600, "iat": NOON, "jti": "j-1", "scope": "Rows.Read",
            "sid": "s-1", "acr": "urn:stead:acr:password", "auth_time": NOON - 60,
            "act": { "sub": "reports-api" },
        })
    }

    /// The same with some claims changed; `null` takes one away.
    pub(crate) fn claims_with(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        let members = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(members.remove(name)),
                value => drop(members.insert(name.clone(), value.clone())),
            }
        }
        claims
    }

    /// A caller at reports-api, straight from a sign-in.
    pub(crate) fn caller(&self, user: &str) -> Caller {
        let changes = json!({
            "sub": user, "aud": "api://reports-api", "client_id": "dashboard", "act": null,
        });
        let claims = self.claims_with(&changes);
        let token = self.sign(&claims);
        Caller::from_verified(token, serde_json::from_value(claims).unwrap())
    }

    pub(crate) fn answers(&self, answer: impl Fn(&Asked) -> Response + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.0.asked.lock().unwrap().len()
    }

    /// Waits until the token endpoint has been asked so often.
    pub(crate) async fn asked_times(&self, times: usize) {
        self.0.waiting.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    pub(crate) fn last_asked(&self) -> Asked {
        self.0.asked.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn keys_fetched(&self) -> usize {
        *self.0.keys_fetched.borrow()
    }

    fn note(&self, asked: Asked) -> Asked {
        let mut all = self.0.asked.lock().unwrap();
        let asked = Asked { number: all.len(), ..asked };
        all.push(asked.clone());
        asked
    }

    pub(crate) fn set_metadata(&self, name: &str, value: Value) {
        let mut metadata = self.0.metadata.lock().unwrap();
        metadata.as_object_mut().unwrap().insert(name.to_owned(), value);
    }
}

/// A token that tells for whom, for what and as which answer it was made.
pub(crate) fn issue(asked: &Asked) -> Response {
    let target = format!("{} {}", asked.get("audience"), asked.get("scope"));
    let token = format!("{}|{}|{}", asked.subject(), target.trim(), asked.number);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
    Json(body).into_response()
}

pub(crate) fn refuse(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn metadata(State(world): State<World>) -> Json<Value> {
    Json(world.0.metadata.lock().unwrap().clone())
}

async fn keys(State(world): State<World>) -> Response {
    world.0.keys_fetched.send_modify(|fetched| *fetched += 1);
    if *world.0.keys_down.lock().unwrap() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(world.0.published.lock().unwrap().clone()).into_response()
}

async fn token(State(world): State<World>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap();
    let asked = Asked {
        form: form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        authorization: headers.get("authorization").map(|v| v.to_str().unwrap().to_owned()),
        path: uri.path().to_owned(),
        number: 0,
    };
    let asked = world.note(asked);
    world.0.waiting.send_modify(|waiting| *waiting += 1);
    world.0.open.subscribe().wait_for(|open| *open).await.unwrap();
    (world.0.answer.lock().unwrap())(&asked)
}

/// Waits for something that happens behind the scenes.
pub(crate) async fn until(done: impl AsyncFn() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("it never happens");
}
