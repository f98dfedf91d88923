//! RFC 8252, native applications (rows NA): loopback ports, private schemes, secrets that are none.

use crate::steps::{Shows, assert_shown, last, opened};
use reqwest::Method;
use serde_json::json;
use stead_core::model::application::{Application, Credential};
use stead_core::model::permission::ConsentRule;
use stead_proto::secret::ClientSecret;
use testkit::{Answer, Auth, PASSWORD, VERIFIER, World};

fn cli(applications: &mut [Application]) -> &mut Application {
    applications.iter_mut().find(|one| one.id.as_str() == "cli").unwrap()
}

async fn redeemed_at(world: &World, code: &str, redirect_uri: &str) -> Answer {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    world.t1().token(Auth::Public("cli"), &pairs).await
}

#[tokio::test]
async fn na_01_a_loopback_redirect_uri_may_use_any_port() {
    let world =
        World::with(|t1| cli(&mut t1.applications).redirect_uris.push("http://[::1]/cb".into()))
            .await;
    for uri in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://[::1]:61023/cb"] {
        let code = world.t1().code("alice", &[("client_id", "cli"), ("redirect_uri", uri)]).await;
        assert_eq!(redeemed_at(&world, &code, uri).await.claims()["client_id"], "cli");
        // The code belongs to the port it was asked for at.
        let code = world.t1().code("alice", &[("client_id", "cli"), ("redirect_uri", uri)]).await;
        let answer = redeemed_at(&world, &code, "http://127.0.0.1:1/cb").await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
        assert_eq!(last(&world).await, "redirect-uri-mismatch");
    }
    for uri in [
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/cb",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://127.0.0.1:51004@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:/cb",
    ] {
        assert_shown(&opened(&world, &[("client_id", "cli"), ("redirect_uri", uri)]).await);
        assert_eq!(last(&world).await, "redirect-uri-unknown", "{uri}");
    }
}

#[tokio::test]
async fn na_03_a_private_scheme_is_compared_exactly_and_has_a_dot() {
    let world = World::new().await;
    let own = "com.example.app:/cb";
    let code = world.t1().code("alice", &[("client_id", "cli"), ("redirect_uri", own)]).await;
    assert_eq!(redeemed_at(&world, &code, own).await.status, 200);
    for uri in [
        "com.example.app:/cb/",
        "com.example.app://cb",
        "com.example.app:/CB",
        "COM.example.app:/cb",
        "com.example.app:/cb?x=1",
        "com.example.app.evil:/cb",
    ] {
        assert_shown(&opened(&world, &[("client_id", "cli"), ("redirect_uri", uri)]).await);
        assert_eq!(last(&world).await, "redirect-uri-unknown", "{uri}");
    }
    let register = async |uri: &str| {
        let body = json!({ "name": "App", "kind": "native", "redirect_uris": [uri] });
        world.admin(Method::PUT, "/applications/app", Some(body)).await.0
    };
    for uri in ["myapp:/cb", "javascript:alert(1)", "http://app.example/cb", "file:///cb"] {
        assert_eq!(register(uri).await, 422, "{uri}");
    }
    assert_eq!(register("com.example.other:/cb").await, 201);
}

/// It cannot be registered with one; one that is on file all the same opens nothing.
#[tokio::test]
async fn na_04_a_native_applications_secret_counts_for_nothing() {
    let secret = "a-secret-in-every-installed-copy-0001";
    let hash = ClientSecret::new(secret).hash();
    let with_secret = |cli: &mut Application| {
        cli.credentials = vec![Credential::Secret { hash, expires: None }];
    };
    let world = World::with(|t1| {
        let cli = cli(&mut t1.applications);
        for permission in &mut cli.permissions {
            permission.consent = ConsentRule::User;
        }
    })
    .await;
    let refused = world.files_say(|t1| with_secret(cli(&mut t1.applications))).await;
    assert!(refused.unwrap_err().contains("cli"));

    world.change_application("cli", with_secret).await;
    let browser = world.browser();
    let changes = [("client_id", "cli"), ("redirect_uri", "http://127.0.0.1:51004/cb")];
    let asked = browser.get(&world.t1().authorize_url(&changes)).await;
    let typed = [("login", "alice@example.com"), ("password", PASSWORD)];
    let consent = browser.fill(&asked, &typed, "submit").await;
    assert!(consent.shows("consent-allow") && consent.shows_text("The cli"), "{}", consent.text);
    let silent = [&changes[..], &[("prompt", "none")]].concat();
    let page = browser.get(&world.t1().authorize_url(&silent)).await;
    assert_eq!(page.parameter("error").as_deref(), Some("consent_required"));

    let as_itself = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
    let answer = world.t1().token(Auth::Basic("cli", secret), &as_itself).await;
    assert_eq!(answer.refusal(), (400, "unauthorized_client".into()));
    assert_eq!(last(&world).await, "grant-not-allowed");
}
