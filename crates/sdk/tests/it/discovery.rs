//! Getting to know a provider, and not being led astray by it (KD-19, RM-03, KE-06).

use crate::stub::World;
use axum::Json;
use axum::response::Redirect;
use axum::{Router, routing::get};
use serde_json::{Value, json};
use stead::verify::ProtectedResource;
use stead::{AcquireError, ProviderError, transport::MAX_ANSWER};
use stead_proto::grants::JWT_BEARER;

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

async fn problem_with(name: &str, value: Value) -> AcquireError {
    let world = World::new().await;
    world.set_metadata(name, value);
    world.obo().token(&world.caller("alice"), "api://company-data/Rows.Read").await.unwrap_err()
}

#[tokio::test]
async fn a_document_that_names_another_issuer_is_refused() {
    let world = World::new().await;
    assert!(world.provider().metadata().await.is_ok());
    for issuer in [format!("{}/", world.issuer()), "https://else.example".to_owned()] {
        world.set_metadata("issuer", json!(issuer));
        let refused = world.provider().metadata().await.unwrap_err();
        assert!(matches!(refused, ProviderError::Untrustworthy(_)), "{issuer}");
    }
}

#[tokio::test]
async fn kd_19_an_endpoint_elsewhere_or_without_tls_is_not_asked() {
    for endpoint in [
        "https://evil.example/token",
        "http://evil.example/token",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://127.0.0.1:1/token",
    ] {
        let refused = problem_with("token_endpoint", json!(endpoint)).await;
        assert!(matches!(refused, AcquireError::Config(_)), "{endpoint}: {refused:?}");
    }
    assert!(matches!(problem_with("token_endpoint", json!(null)).await, AcquireError::Config(_)));
}

#[tokio::test]
async fn the_dialect_is_the_one_that_is_advertised() {
    let world = World::new().await;
    world.set_metadata("grant_types_supported", json!([JWT_BEARER]));
    world.obo().token(&world.caller("alice"), "api://company-data/Rows.Read").await.unwrap();
    let asked = world.last_asked();
    assert_eq!(asked.get("requested_token_use"), "on_behalf_of");
    assert_eq!(asked.get("scope"), "api://company-data/Rows.Read");

    let neither = problem_with("grant_types_supported", json!(["authorization_code"])).await;
    assert!(matches!(neither, AcquireError::Config(_)));
}

#[tokio::test]
async fn ke_06_an_answer_without_end_is_cut_off_and_a_redirect_not_followed() {
    let app = Router::new()
        .route("/.well-known/openid-configuration", get(|| async { " ".repeat(MAX_ANSWER + 1) }))
        .route("/away/.well-known/openid-configuration", get(|| async { Redirect::to("/good") }))
        .route("/good", get(|| async { "{}" }));
    let base = serve(app).await;
    for issuer in [base.clone(), format!("{base}/away")] {
        let provider =
            stead::Provider::builder(issuer).transport(World::transport()).build().unwrap();
        let refused = provider.metadata().await.unwrap_err();
        assert!(matches!(refused, ProviderError::Untrustworthy(_)), "{refused:?}");
    }
}

#[tokio::test]
async fn rm_03_a_resource_that_speaks_of_another_is_refused() {
    let app = Router::new().route(
        "/.well-known/oauth-protected-resource/rows",
        get(|| async { Json(ProtectedResource::new("https://other.example/rows")) }),
    );
    let resource = format!("{}/rows", serve(app).await);
    let refused = ProtectedResource::discover(&World::transport(), &resource).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Untrustworthy(_)));
    let plain = stead::Transport::builder().build().unwrap();
    let refused = ProtectedResource::discover(&plain, &resource).await.unwrap_err();
    let problem = format!("the URL is not https: {resource}");
    assert_eq!(refused, ProviderError::Untrustworthy(problem));
}

/// An issuer whose document is here and nowhere else, and what else it answers.
async fn issuer_with_document_at(path: &str, more: Router) -> (String, stead::Provider) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/acme/v2.0", listener.local_addr().unwrap());
    let document = json!({ "issuer": issuer, "token_endpoint": format!("{issuer}/token") });
    let app = more.route(path, get(async move || Json(document)));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let builder = stead::Provider::builder(&issuer).transport(World::transport());
    (issuer, builder.build().unwrap())
}

#[tokio::test]
async fn an_issuer_without_openid_connect_is_found_where_rfc_8414_says() {
    let oauth = "/.well-known/oauth-authorization-server/acme/v2.0";
    let (issuer, provider) = issuer_with_document_at(oauth, Router::new()).await;
    assert_eq!(provider.metadata().await.unwrap().issuer.as_str(), issuer);

    let nowhere = issuer_with_document_at("/elsewhere", Router::new()).await.1;
    let refused = nowhere.metadata().await.unwrap_err();
    assert!(refused.to_string().contains("oauth-authorization-server/acme/v2.0 answers 404"));
}

#[tokio::test]
async fn only_what_is_not_there_is_looked_for_elsewhere() {
    let (openid, oauth) = (
        "/acme/v2.0/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/acme/v2.0",
    );
    for status in [http::StatusCode::BAD_GATEWAY, http::StatusCode::FORBIDDEN] {
        let broken = Router::new().route(openid, get(async move || status));
        let (_, provider) = issuer_with_document_at(oauth, broken).await;
        assert!(provider.metadata().await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn a_page_in_the_place_of_the_document_is_trouble_that_passes() {
    let page = || async { axum::response::Html("<html>We will be back soon</html>") };
    let base = serve(Router::new().fallback(get(page))).await;
    let provider = stead::Provider::builder(&base).transport(World::transport()).build().unwrap();
    let trouble = provider.metadata().await.unwrap_err();
    assert_eq!(trouble, ProviderError::Unreachable { retry_after: None });
    let obo = stead::Obo::builder().provider(provider).client_id("reports-api");
    let obo = obo.credential(stead::Credential::secret("s")).build().unwrap();
    let caller = World::new().await.caller("alice");
    let no_token = obo.token(&caller, "api://company-data/Rows.Read").await.unwrap_err();
    assert_eq!(no_token, AcquireError::Unavailable { retry_after: None });
}
