//! While the provider is away.

use super::{on_socket, told};
use crate::stub::Beside;
use crate::support::Stage;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::path::Path;
use stead::{Clock, Seconds};
use stead_gateway::config::{Breaker, GatewayConfig, WhenDown};
use stead_gateway::start;
use stub_provider::says;

async fn ask(path: &Path, place: &str, body: &Value) -> Response {
    let http = Client::builder().no_proxy().unix_socket(path).build().unwrap();
    http.post(format!("http://localhost{place}")).json(body).send().await.unwrap()
}

#[tokio::test]
async fn tokens_that_are_kept_go_on_being_given_and_the_rest_is_told_when_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a.sock"), folder.path().join("b.sock"));
    let stage = Stage::with(|config| on_socket(config, path.clone(), |_| {})).await;
    let alice = stage.token("alice").await;
    let ours = json!({ "user_token": alice, "target": "api://b/B.read" });
    let texas = json!({
        "identity_provider": "tokenx", "user_token": alice, "target": "api://b/B.read",
    });
    assert_eq!(ask(&path, "/token", &ours).await.status().as_u16(), 200);
    let Stage { world, gateway, mut config, .. } = stage;
    let now = world.clock().now();
    drop(world);
    let places = [("/token", &ours), ("/api/v1/token/exchange", &texas)];
    for (place, body) in places {
        assert_eq!(ask(&path, place, body).await.status().as_u16(), 200, "{place}");
    }
    // One that keeps nothing.
    on_socket(&mut config, other.clone(), |_| {});
    let _fresh = start(config, Clock::new(move || now)).await.unwrap();
    for (place, body) in places {
        let away = ask(&other, place, body).await;
        assert!(away.headers().contains_key("retry-after"), "{place}");
        let (status, body) = told(away).await;
        assert_eq!((status, &body["code"]), (503, &json!("STEAD-2013")), "{place}");
    }
    drop(gateway);
}

#[tokio::test]
async fn what_is_kept_is_given_while_a_provider_is_left_alone_if_it_may() {
    for (serve_cached, status) in [(true, 200), (false, 503)] {
        assert_eq!(while_left_alone(serve_cached).await, [status; 2], "{serve_cached}");
    }
}

/// What those are answered whose token is kept: while the breaker is open, and when it is half open.
async fn while_left_alone(serve_cached: bool) -> [u16; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let change = |config: &mut GatewayConfig| {
        let breaker = Breaker { failures: 1, open_for: Seconds(60) };
        config.when_down = WhenDown { breaker, serve_cached, ..config.when_down };
        on_socket(config, path.clone(), |_| {});
    };
    let beside = Beside::start(change).await;
    let [alice, bob] = ["alice", "bob"].map(|user| {
        let token = beside.stub.token(user, "dashboard");
        json!({ "user_token": token, "target": "api://data/Rows.Read" })
    });
    let status = async |question: &Value| ask(&path, "/token", question).await.status().as_u16();
    assert_eq!(status(&alice).await, 200);
    beside.stub.answers(|_| says(500, json!({})));
    assert_eq!(status(&bob).await, 503);
    let open = status(&alice).await;
    beside.stub.pass(60);
    [open, status(&alice).await]
}

#[tokio::test]
async fn whoever_wants_no_token_that_is_kept_gets_none_and_takes_none_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let beside = Beside::start(|config| on_socket(config, path.clone(), |_| {})).await;
    let alice = beside.stub.token("alice", "dashboard");
    let kept = json!({ "user_token": alice, "target": "api://data/Rows.Read" });
    let mut fresh = kept.clone();
    fresh["skip_cache"] = true.into();
    let status = async |question: &Value| ask(&path, "/token", question).await.status().as_u16();
    assert_eq!((status(&kept).await, status(&fresh).await), (200, 200));
    beside.stub.answers(|_| says(500, json!({})));
    assert_eq!((status(&fresh).await, status(&kept).await), (503, 200));
}
