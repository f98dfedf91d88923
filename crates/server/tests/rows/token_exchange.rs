//! RFC 8693, token exchange (rows TX).

use serde_json::json;
use testkit::World;

#[tokio::test]
async fn tx_01_an_exchange_answers_with_a_token_for_the_target() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;

    let answer = world.t1().obo_exchange(&user, "api://b", "B.read").await;

    let mut body = answer.json();
    assert!(body["access_token"].as_str().unwrap().contains('.'));
    body["access_token"] = json!("…");
    assert_eq!(answer.status, 200);
    assert_eq!(
        body,
        json!({
            "access_token": "…",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3600,
            "ext_expires_in": 3600,
            "scope": "B.read",
        })
    );
}

#[tokio::test]
async fn tx_12_scope_never_widens() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;

    let wider = world.t1().obo_exchange(&user, "api://b", "B.read B.write").await;
    assert_eq!(wider.refusal(), (400, "invalid_scope".into()));

    let within = world.t1().obo_exchange(&user, "api://b", "B.read").await;
    assert_eq!(within.claims()["scope"], "B.read");
}
