//! While the provider is away.

use super::{on_socket, told};
use crate::support::Stage;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::path::Path;
use stead::Clock;
use stead_gateway::start;

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
