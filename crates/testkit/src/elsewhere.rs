//! An issuer elsewhere: a discovery document and keys, over real HTTPS, and a count of who asks for them.

use crate::world::World;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead_proto::jwt::JwkSet;
use stead_server::listen::{Farewell, serve_tls};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// An issuer elsewhere. The CA of a world's development vouches for it.
#[derive(Debug)]
pub struct Elsewhere {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    says: Mutex<Says>,
    asked: AtomicUsize,
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Says {
    /// These keys, found as its document says.
    Keys(JwkSet),
    /// A document of another name.
    AnotherName(JwkSet),
    /// A document whose keys are there.
    KeysAt(String),
    /// That the document is there now.
    MovedTo(String),
    /// More than anybody reads.
    TooMuch,
    /// That it cannot.
    Trouble,
}

impl Elsewhere {
    /// One beside a world.
    pub async fn beside(world: &World, says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("https://localhost:{}/x", listener.local_addr().unwrap().port());
        let asked = AtomicUsize::new(0);
        let shared = Arc::new(Shared { issuer, says: Mutex::new(says), asked });
        let router = Router::new()
            .route("/x/.well-known/openid-configuration", get(document))
            .route("/x/keys", get(keys))
            .with_state(Arc::clone(&shared));
        let tls = Arc::new(world.running().tls().unwrap().unwrap());
        let farewell = Farewell { begins: std::future::pending(), patience: Duration::ZERO };
        let task = tokio::spawn(serve_tls(listener, tls, router, farewell));
        Self { shared, task }
    }

    /// Its name.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Lets it answer otherwise from now on.
    pub fn says(&self, says: Says) {
        *self.shared.says.lock().unwrap() = says;
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn asked(&self) -> Says {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.says.lock().unwrap().clone()
    }
}

async fn document(State(shared): State<Arc<Shared>>) -> Response {
    let issuer = &shared.issuer;
    let keys = format!("{issuer}/keys");
    let document = |issuer: &str, keys: &str| {
        Json(json!({ "issuer": issuer, "jwks_uri": keys })).into_response()
    };
    match shared.asked() {
        Says::Keys(_) => document(issuer, &keys),
        Says::AnotherName(_) => document("https://elsewhere.example", &keys),
        Says::KeysAt(place) => document(issuer, &place),
        Says::MovedTo(place) => (StatusCode::FOUND, [(header::LOCATION, place)]).into_response(),
        Says::TooMuch => "{".repeat(1 << 20).into_response(),
        Says::Trouble => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    match shared.asked() {
        Says::Keys(keys) | Says::AnotherName(keys) => Json(keys).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
