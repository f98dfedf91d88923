//! What is refused before anybody looks into it, and how.

use crate::world::World;
use reqwest::{Method, Response};
use serde_json::Value;

const TOKEN: &str = "/corp/oauth2/v2.0/token";
const FORM: &str = "application/x-www-form-urlencoded";

fn assert_kept_by_nobody(response: &Response) {
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
}

#[tokio::test]
async fn the_token_endpoint_reads_forms_in_utf_8_only() {
    let world = World::start().await;
    let post = async |kind: Option<&str>| {
        let mut request =
            world.client().post(world.url(TOKEN)).body("grant_type=foo&client_id=spa");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_kept_by_nobody(&response);
        let body: Value = response.json().await.unwrap();
        body["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(post(Some(FORM)).await, "unsupported_grant_type");
    assert_eq!(
        post(Some("application/x-www-form-urlencoded; charset=UTF-8")).await,
        "unsupported_grant_type"
    );
    assert_eq!(post(Some("application/json")).await, "invalid_request");
    assert_eq!(
        post(Some("application/x-www-form-urlencoded;charset=utf-16")).await,
        "invalid_request"
    );
    assert_eq!(post(None).await, "invalid_request");
}

#[tokio::test]
async fn another_method_is_told_which_one_is_right() {
    let world = World::start().await;
    for (method, path, allow) in [
        (Method::GET, TOKEN, "POST"),
        (Method::PUT, TOKEN, "POST"),
        (Method::DELETE, "/corp/oauth2/v2.0/introspect", "POST"),
        (Method::GET, "/corp/oauth2/v2.0/revoke", "POST"),
        (Method::POST, "/corp/discovery/v2.0/keys", "GET,HEAD"),
        (Method::GET, "/corp/sign-in", "POST"),
    ] {
        let response = world.client().request(method, world.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allow, "{path}");
        assert_kept_by_nobody(&response);
    }
}

#[tokio::test]
async fn too_much_of_anything_is_refused() {
    let world = World::start().await;
    let post = |body: String| {
        world.client().post(world.url(TOKEN)).header("content-type", FORM).body(body).send()
    };
    assert_eq!(post("a".repeat(128 * 1024 + 1)).await.unwrap().status(), 413);
    assert_eq!(post("a=1&".repeat(10_000)).await.unwrap().status(), 400);
    let many = (0..200).fold(world.client().get(world.url("/healthz")), |request, n| {
        request.header(format!("x-{n}"), "1")
    });
    assert_eq!(many.send().await.unwrap().status(), 431);
    assert_eq!(world.client().get(world.url("/healthz")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn credentials_in_the_query_are_not_looked_at_and_a_parameter_in_both_places_is_sent_twice() {
    let world = World::start().await;
    let body = "grant_type=client_credentials";
    let post = async |query: &str| {
        let url = world.url(&format!("{TOKEN}?{query}"));
        let response =
            world.client().post(url).header("content-type", FORM).body(body).send().await;
        let response = response.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["error"].as_str().unwrap().to_owned())
    };
    assert_eq!(post("client_id=reports&client_secret=s").await.0, 401);
    assert_eq!(post("grant_type=client_credentials").await, (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn who_brings_no_token_to_userinfo_is_told_how_to_come() {
    let world = World::start().await;
    let url = world.url("/corp/oauth2/v2.0/userinfo");
    let challenge = async |header: Option<&str>, query: &str| {
        let mut request = world.client().get(format!("{url}{query}"));
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let response = request.send().await.unwrap();
        let said = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
        (response.status().as_u16(), said)
    };
    let about = world.url("/.well-known/oauth-protected-resource/corp/oauth2/v2.0/userinfo");
    let bare = format!("Bearer realm=\"stead\", resource_metadata=\"{about}\"");
    assert_eq!(challenge(None, "").await, (401, bare.clone()));
    assert_eq!(challenge(None, "?access_token=x").await, (401, bare));
    let (status, said) = challenge(Some("Bearer a b"), "").await;
    assert!(status == 400 && said.contains("error=\"invalid_request\""), "{said}");
    let (status, said) = challenge(Some("Bearer a.b.c"), "").await;
    assert!(status == 401 && said.contains("error=\"invalid_token\""), "{said}");
    assert_eq!(world.client().get(about).send().await.unwrap().status(), 200);
}
