//! The layer, the extractor and the responses, through axum.

use crate::stub::{DATA, World, says};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{StatusCode, header};
use serde_json::{Value, json};
use stead::verify::ProtectedResource;
use stead::{AcquireError, Allow, Challenge, Obo, RequireToken, Verifier, rule};
use tower::ServiceExt;

const METADATA: &str = "https://data.example/.well-known/oauth-protected-resource";

rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 2);
rule!(ManyScopes: scopes = ["Rows.Write", "Rows.Read"]);
rule!(FreshSignIn: scope = "Rows.Read", acr = "urn:stead:acr:mfa", max_age = 300);

async fn rows(caller: Allow<ReadRows>) -> String {
    caller.subject().to_string()
}

fn app(world: &World) -> Router {
    let verifier = Verifier::builder()
        .provider(world.provider())
        .audience(DATA)
        .resource_metadata(METADATA)
        .build()
        .unwrap();
    Router::new()
        .route("/rows", get(rows))
        .route("/rows", post(rows))
        .route("/many", get(|_: Allow<ManyScopes>| async {}))
        .route("/fresh", get(|_: Allow<FreshSignIn>| async {}))
        .layer(RequireToken::new(verifier))
        .merge(ProtectedResource::new(DATA).issuer(world.issuer()).scope("Rows.Read").into_router())
}

/// Status, challenges, body.
async fn ask(app: Router, request: Request) -> (StatusCode, Vec<String>, String) {
    let response = app.oneshot(request).await.unwrap();
    let values = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let challenges = values.map(|value| value.to_str().unwrap().to_owned()).collect();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, challenges, String::from_utf8(body.to_vec()).unwrap())
}

fn at(path: &str, authorization: &[&str]) -> Request {
    let mut request = Request::get(path);
    for value in authorization {
        request = request.header(header::AUTHORIZATION, *value);
    }
    request.body(Body::empty()).unwrap()
}

fn bearer(world: &World, changes: &Value) -> String {
    format!("Bearer {}", world.sign(&world.claims_with(changes)).expose())
}

#[tokio::test]
async fn alice_reads_her_rows_through_reports_api() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let answer = ask(app(&world), at("/rows", &[&good])).await;
    assert_eq!(answer, (StatusCode::OK, vec![], "alice".to_owned()));
}

#[tokio::test]
async fn br_01_br_06_rm_02_who_brings_no_token_is_told_where_to_learn_more_and_of_no_error() {
    let world = World::new().await;
    let expected = vec![format!("Bearer resource_metadata=\"{METADATA}\"")];
    let good = bearer(&world, &json!({}));
    let in_query = format!("/rows?access_token={}", good.strip_prefix("Bearer ").unwrap());
    for request in [at("/rows", &[]), at(&in_query, &[]), at("/rows", &["Basic YTpi"])] {
        let (status, challenges, _) = ask(app(&world), request).await;
        assert_eq!((status, &challenges), (StatusCode::UNAUTHORIZED, &expected));
    }
}

#[tokio::test]
async fn br_02_br_05_two_tokens_or_half_of_one_are_a_bad_request() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let joined = format!("{good}, {good}");
    for values in [&["Bearer"][..], &[&good, &good], &[&joined]] {
        let (status, challenges, _) = ask(app(&world), at("/rows", values)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{values:?}");
        assert!(challenges.concat().contains(r#"error="invalid_request""#));
    }
}

#[tokio::test]
async fn br_05_a_token_in_the_header_and_one_in_the_body_are_a_bad_request() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let post = |body: &'static str| {
        Request::post("/rows")
            .header(header::AUTHORIZATION, &good)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(Body::from(body))
            .unwrap()
    };
    assert_eq!(ask(app(&world), post("a=b&access%5Ftoken=x")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(app(&world), post("a=b")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn br_06_a_token_in_the_address_is_not_looked_at() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let token = good.strip_prefix("Bearer ").unwrap();
    let (status, challenges, _) =
        ask(app(&world), at(&format!("/rows?access_token={token}"), &[])).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(!challenges.concat().contains("error"), "{challenges:?}");
    let beside = at("/rows?access_token=other", &[&good]);
    assert_eq!(ask(app(&world), beside).await.0, StatusCode::OK);
}

#[tokio::test]
async fn br_07_at_an_api_the_scheme_is_read_in_any_case() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let token = good.strip_prefix("Bearer ").unwrap();
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = ask(app(&world), at("/rows", &[&format!("{scheme} {token}")])).await;
        assert_eq!(answer.0, StatusCode::OK, "{scheme}");
    }
    let answer = ask(app(&world), at("/rows", &[&format!("Bearers {token}")])).await;
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
}

/// Our choice: an API takes its token from the header alone.
#[tokio::test]
async fn br_08_at_an_api_a_token_in_the_body_is_none() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let token = good.strip_prefix("Bearer ").unwrap();
    let request = Request::post("/rows")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("access_token={token}")));
    let status = ask(app(&world), request.unwrap()).await.0;
    assert!([StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST].contains(&status), "{status}");
    assert_eq!(ask(app(&world), at("/rows", &[&good])).await.0, StatusCode::OK);
}

#[tokio::test]
async fn br_03_a_token_that_is_not_good_is_invalid() {
    let world = World::new().await;
    let sibling = bearer(&world, &json!({ "aud": "api://reports-api" }));
    for value in [sibling.as_str(), "Bearer garbage"] {
        let (status, challenges, _) = ask(app(&world), at("/rows", &[value])).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let challenge = challenges.concat();
        assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
        assert!(challenge.contains("resource_metadata="), "{challenge}");
    }
}

#[tokio::test]
async fn br_04_a_missing_scope_is_answered_with_all_that_are_needed() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let (status, challenges, _) = ask(app(&world), at("/many", &[&good])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(challenges.concat().contains(r#"error="insufficient_scope""#));
    assert!(challenges.concat().contains(r#"scope="Rows.Read Rows.Write""#));
}

#[tokio::test]
async fn tx_21_only_the_outermost_actor_decides() {
    let world = World::new().await;
    let status = async |act: Value| {
        let token = bearer(&world, &json!({ "act": act, "client_id": "x" }));
        ask(app(&world), at("/rows", &[&token])).await.0
    };
    assert_eq!(status(json!({ "sub": "reports-api", "act": { "sub": "evil" } })).await, 200);
    assert_eq!(status(json!({ "sub": "evil", "act": { "sub": "reports-api" } })).await, 403);
    assert_eq!(status(json!(null)).await, 403);
    let deep = json!({ "sub": "reports-api", "act": { "sub": "a", "act": { "sub": "b" } } });
    assert_eq!(status(deep).await, 403);
}

#[tokio::test]
async fn a_token_straight_from_a_sign_in_is_its_clients_to_use() {
    let world = World::new().await;
    let direct = bearer(&world, &json!({ "act": null }));
    assert_eq!(ask(app(&world), at("/rows", &[&direct])).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_application_as_itself_satisfies_no_rule() {
    let world = World::new().await;
    let app_only = bearer(&world, &json!({ "idtyp": "app", "act": null }));
    assert_eq!(ask(app(&world), at("/rows", &[&app_only])).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_weak_or_old_sign_in_is_answered_with_a_challenge_in_both_languages() {
    let world = World::new().await;
    let weak = bearer(&world, &json!({}));
    let (status, challenges, _) = ask(app(&world), at("/fresh", &[&weak])).await;
    assert_eq!((status, challenges.len()), (StatusCode::UNAUTHORIZED, 2));
    let strong = bearer(&world, &json!({ "acr": "urn:stead:acr:mfa" }));
    assert_eq!(ask(app(&world), at("/fresh", &[&strong])).await.0, StatusCode::OK);
    world.pass(300);
    assert_eq!(ask(app(&world), at("/fresh", &[&strong])).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn rm_01_the_resource_describes_itself_to_everybody() {
    let world = World::new().await;
    let request = at("/.well-known/oauth-protected-resource", &[]);
    let (status, _, body) = ask(app(&world), request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({
            "resource": DATA, "authorization_servers": [world.issuer()],
            "scopes_supported": ["Rows.Read"], "bearer_methods_supported": ["header"],
        })
    );
}

#[tokio::test]
async fn the_extractor_does_with_a_verifier_in_the_extensions_and_not_without() {
    let world = World::new().await;
    let good = bearer(&world, &json!({}));
    let bare = Router::new().route("/rows", get(rows));
    let with = bare.clone().layer(Extension(world.verifier()));
    assert_eq!(ask(with.clone(), at("/rows", &[&good])).await.0, StatusCode::OK);
    assert_eq!(ask(with, at("/rows", &[])).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(bare, at("/rows", &[&good])).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

/// A middle tier whose handler only says `?`.
async fn reports(State(obo): State<Obo>, caller: Allow<ReadRows>) -> Result<String, AcquireError> {
    Ok(obo.token(&caller, "api://next/X").await?.expires().to_string())
}

async fn middle_tier(world: &World, status: u16, body: Value) -> axum::response::Response {
    world.answers(move |_| says(status, body.clone()));
    let app = Router::new()
        .route("/reports", get(reports))
        .layer(RequireToken::new(world.verifier()))
        .with_state(world.obo());
    app.oneshot(at("/reports", &[&bearer(world, &json!({}))])).await.unwrap()
}

#[tokio::test]
async fn a_challenge_reaches_the_front_end_by_itself() {
    let world = World::new().await;
    let refusal = json!({ "error": "insufficient_user_authentication", "acr_values": "urn:stead:acr:mfa", "max_age": 60 });
    let response = middle_tier(&world, 400, refusal).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = Challenge::from_headers(response.headers()).unwrap();
    assert_eq!(
        challenge.claims(),
        r#"{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"},"auth_time":{"essential":true,"max_age":60}}}"#
    );
}

#[tokio::test]
async fn a_refusal_reaches_the_front_end_with_its_trace() {
    let world = World::new().await;
    let refusal =
        json!({ "error": "invalid_grant", "suberror": "consent_required", "trace_id": "t-1" });
    let response = middle_tier(&world, 400, refusal.clone()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), refusal);
}

#[tokio::test]
async fn trouble_is_admitted_and_a_mistake_of_ours_not_explained() {
    let world = World::new().await;
    let response = middle_tier(&world, 503, json!({})).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(header::RETRY_AFTER));

    let wrong_secret =
        json!({ "error": "invalid_client", "error_description": "the secret is wrong" });
    let response = middle_tier(&world, 401, wrong_secret).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(to_bytes(response.into_body(), 4096).await.unwrap().is_empty());
}
