//! What a request may not claim (KG-01, KG-03, KG-05).

use crate::support::{Stage, refusal};

#[tokio::test]
async fn kg_01_headers_that_say_who_somebody_is_are_ours_alone_in_any_spelling() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    let sent = [
        "X-User",
        "x_user",
        "X.User.Id",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Forwarded-Groups",
        "X-Forwarded-Access-Token",
        "X-Obo-Subject",
        "x_obo_subject",
        "Forwarded",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Envoy-Original-Path",
        "X-Auth-Request-User",
        "Remote-User",
        "x-tenant-id",
        "X_Tenant_Id",
        "X-HTTP-Method-Override",
    ];
    let mut request = stage.get("/b/a").bearer_auth(&token).header("accept-language", "en");
    for name in sent {
        request = request.header(name, "mallory").header(name, "mallory again");
    }
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let seen = stage.upstream.only();
    assert!(!format!("{:?}", seen.headers).contains("mallory"), "{:?}", seen.headers);
    assert_eq!(seen.header("accept-language"), Some("en"));
}

#[tokio::test]
async fn kg_03_nobody_is_trusted_about_where_a_request_comes_from() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    let mut request = stage.get("/b/a").bearer_auth(&token);
    for (name, value) in [
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-uri", "/public/a"),
    ] {
        request = request.header(name, value);
    }
    request.send().await.unwrap();
    let (seen, host) = (stage.upstream.only(), stage.address().to_string());
    let told = |name: &str| seen.header(name).map(str::to_owned);
    assert_eq!(told("x-forwarded-for").as_deref(), Some("127.0.0.1"));
    assert_eq!(told("x-forwarded-host"), Some(host));
    assert_eq!(told("x-forwarded-proto").as_deref(), Some("http"));
    assert_eq!(told("x-forwarded-uri"), None);
    assert_eq!(told("host"), Some(stage.upstream.address.to_string()));

    let uri = stage.get("/b/a").header("x-forwarded-uri", "/public/a").send().await.unwrap();
    assert_eq!(refusal(uri).await, (401, "STEAD-2004".to_owned()));
}

#[tokio::test]
async fn kg_05_a_health_checker_shows_a_token_like_everybody() {
    let stage = Stage::new().await;
    let probe = |path: &str| stage.get(path).header("user-agent", "kube-probe/1.30").send();
    assert_eq!(refusal(probe("/b/a").await.unwrap()).await, (401, "STEAD-2004".to_owned()));
    assert_eq!(probe("/public/a").await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_trace_goes_on_through_the_gateway() {
    let stage = Stage::new().await;
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    stage.get("/public/a").header("traceparent", sent).send().await.unwrap();
    assert_eq!(stage.upstream.only().header("traceparent"), Some(sent));
    let refused = stage.get("/b/a").header("traceparent", sent).send().await.unwrap();
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(body["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}
