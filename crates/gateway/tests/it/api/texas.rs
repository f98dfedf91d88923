//! The paths and words of nais/texas.

use super::{OverSocket, claims, says};
use crate::support::strict;
use serde_json::{Value, json};
use stead_core::model::application::Application;
use stead_gateway::config::{ApiConfig, GatewayConfig, OwnTokens};
use testkit::{Collector, World};

const EXCHANGE: &str = "/api/v1/token/exchange";

fn exchange(user_token: &str) -> Value {
    json!({ "identity_provider": "tokenx", "target": "api://b/B.read", "user_token": user_token })
}

/// The members of an answer, and no others.
fn members(body: &Value) -> Vec<&str> {
    body.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A world in which `api-a` may do by itself what `daemon` may.
async fn with_rights_of_its_own() -> World {
    World::with(|desired| {
        let named = |name| move |it: &&mut Application| it.id.as_str() == name;
        let daemon = desired.applications.iter_mut().find(named("daemon")).unwrap();
        let own = daemon.permissions.clone();
        desired.applications.iter_mut().find(named("api-a")).unwrap().permissions.extend(own);
    })
    .await
}

#[tokio::test]
async fn an_application_made_for_texas_exchanges_as_it_did_there() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    let (status, given) = api.json(EXCHANGE, exchange(&alice)).await;
    assert_eq!((status, &given["token_type"]), (200, &json!("Bearer")));
    assert_eq!(members(&given), ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(
        (&says(&given)["aud"], &says(&given)["sub"]),
        (&json!("api://b"), &json!("user-alice"))
    );
    let pairs = [
        ("identity_provider", "corp"),
        ("target", "api://b/B.read"),
        ("user_token", &alice),
        ("skip_cache", "false"),
    ];
    assert_eq!(api.form(EXCHANGE, &pairs).await.1["access_token"], given["access_token"]);
    let mut fresh = exchange(&alice);
    fresh["skip_cache"] = true.into();
    assert_ne!(api.json(EXCHANGE, fresh).await.1["access_token"], given["access_token"]);
}

#[tokio::test]
async fn what_texas_refuses_with_400_is_so_here_and_claims_are_not_lost() {
    let api = OverSocket::new().await;
    let bob = api.stage.token("bob").await;
    for (token, error) in [("x.y.z", "invalid_grant"), (&*bob, "invalid_target")] {
        let (status, body) = api.json(EXCHANGE, exchange(token)).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)), "{body}");
    }
    let mut elsewhere = exchange(&bob);
    elsewhere["identity_provider"] = "maskinporten".into();
    assert_eq!(api.json(EXCHANGE, elsewhere).await.1["error"], "invalid_request");

    let api = OverSocket::beside(strict().await, |_| {}).await;
    let (status, body) = api.json(EXCHANGE, exchange(&api.stage.token("alice").await)).await;
    assert_eq!((status, &body["error"]), (400, &json!("insufficient_user_authentication")));
    assert!(body["claims"].as_str().unwrap().contains("acrs"), "{body}");
}

#[tokio::test]
async fn a_token_of_its_own_is_given_where_that_is_allowed_and_never_in_place_of_a_users() {
    let asked = json!({ "identity_provider": "tokenx", "target": "api://a/.default" });
    let api = OverSocket::beside(with_rights_of_its_own().await, |_| {}).await;
    let (status, body) = api.json("/api/v1/token", asked.clone()).await;
    assert_eq!((status, &body["code"]), (403, &json!("STEAD-2046")));

    let given = |api: &mut ApiConfig| api.own_tokens = OwnTokens::Given;
    let api = OverSocket::beside(with_rights_of_its_own().await, given).await;
    let (status, own) = api.json("/api/v1/token", asked).await;
    assert_eq!((status, &says(&own)["sub"]), (200, &json!("api-a")), "{own}");
    let (status, body) = api.json(EXCHANGE, exchange(own["access_token"].as_str().unwrap())).await;
    assert_eq!((status, body.get("access_token")), (400, None), "{body}");
}

#[tokio::test]
async fn a_token_of_its_own_is_told_of_without_a_user_and_in_the_providers_trace() {
    let mut collector = Collector::start().await;
    let given = |api: &mut ApiConfig| api.own_tokens = OwnTokens::Given;
    let tells = |config: &mut GatewayConfig| {
        config.telemetry = Some(collector.as_config("gateway"));
    };
    let api = OverSocket::set(with_rights_of_its_own().await, given, tells).await;
    let asked = json!({ "identity_provider": "tokenx", "target": "api://a/.default" });
    assert_eq!(api.json("/api/v1/token", asked).await.0, 200);
    let told = collector.told("stead.exchange").await;
    let said = told.about.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            ("stead.audience", "api://a"),
            ("stead.cache", "miss"),
            ("stead.outcome", "ok"),
            ("stead.provider", "corp"),
        ]
    );
    assert_eq!(collector.told("stead.request").await.id, told.parent);
    let on_record = api.stage.world.records().await.pop().unwrap();
    assert_eq!(on_record.trace_id.as_str(), told.trace);
}

#[tokio::test]
async fn a_token_is_looked_into_for_the_provider_that_is_named() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    let ask = |provider: &str, token: &str| {
        api.json("/api/v1/introspect", json!({ "identity_provider": provider, "token": token }))
    };
    let mut all = claims(&alice);
    all["active"] = true.into();
    assert_eq!(ask("tokenx", &alice).await, (200, all));
    let (status, body) = ask("tokenx", "x.y.z").await;
    assert_eq!((status, &body["active"]), (200, &json!(false)));
    let error = "identity provider 'idporten' is not enabled";
    assert_eq!(ask("idporten", &alice).await, (200, json!({ "active": false, "error": error })));
}
