//! The SDK's parts beside a provider that does as it is told.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::ops::Deref;
use std::time::Duration;
use stead::client::OboBuilder;
use stead::issuer::ProviderBuilder;
use stead::{Caller, Clock, Credential, Obo, Provider, Transport, Verifier};
use stub_provider::{Stub, changed};

pub(crate) use stub_provider::{Asked, NOON, says};

pub(crate) const DATA: &str = "api://company-data";

/// A world of its own for each test: a provider, and whatever of the SDK is set up with it.
#[derive(Clone)]
pub(crate) struct World(Stub);

impl Deref for World {
    type Target = Stub;

    fn deref(&self) -> &Stub {
        &self.0
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let stub = Stub::start().await;
        stub.answers(issue);
        Self(stub)
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
        let stub = self.0.clone();
        let clock = Clock::new(move || stub.now());
        let builder = Provider::builder(self.issuer()).transport(Self::transport()).clock(clock);
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

    /// Alice's token for company-data, through reports-api.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": self.issuer(), "sub": "alice", "aud": DATA, "client_id": "reports-api",
            "exp": NOON + 3600, "iat": NOON, "jti": "j-1", "scope": "Rows.Read",
            "sid": "s-1", "acr": "urn:stead:acr:password", "auth_time": NOON - 60,
            "act": { "sub": "reports-api" },
        })
    }

    /// The same with some claims changed; `null` takes one away.
    pub(crate) fn claims_with(&self, changes: &Value) -> Value {
        changed(self.claims(), changes)
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
}

/// A token that tells for whom, for what and as which answer it was made.
pub(crate) fn issue(asked: &Asked) -> Response {
    let target = format!("{} {}", asked.get("audience"), asked.get("scope"));
    let token = format!("{}|{}|{}", asked.user(), target.trim(), asked.number);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
    Json(body).into_response()
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
