//! What a request may not claim (KG-01, KG-03, KG-05).

use crate::support::{Stage, refusal};
use http::HeaderMap;
use stead_gateway::config::Speaks;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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

#[tokio::test]
async fn kg_01_trailers_say_no_more_than_headers_may() {
    for speaks in [Speaks::Usual, Speaks::Http2] {
        let stage = Stage::with(|config| {
            let upstreams = config.routes.iter_mut().filter_map(|route| route.upstream.as_mut());
            upstreams.for_each(|upstream| upstream.speaks = speaks);
        })
        .await;
        let token = stage.token("alice").await;
        for path in ["/b/a", "/public/a"] {
            let answer = stage.raw(&with_trailers(path, &token)).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            let seen = stage.upstream.seen().pop().unwrap();
            let sum = HeaderMap::from_iter([("x-sum".parse().unwrap(), "42".parse().unwrap())]);
            assert_eq!((seen.body.as_ref(), seen.trailers), (&b"hi"[..], sum), "{path}");
        }
    }
}

/// A request that says in trailers what it may not say, and what it may.
fn with_trailers(path: &str, token: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\nTrailer: X-User, x_tenant_id, X-Sum\r\n\r\n\
         2\r\nhi\r\n0\r\nX-User: mallory\r\nx_tenant_id: t2\r\nX-Sum: 42\r\n\r\n"
    )
}

#[tokio::test]
async fn a_caller_who_waits_to_be_told_is_told_by_us_and_the_service_is_not_asked_to() {
    let stage = Stage::new().await;
    let mut stream = TcpStream::connect(stage.address()).await.unwrap();
    let head = "POST /public/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seen = stage.upstream.only();
    assert_eq!((seen.header("expect"), seen.body.as_ref()), (None, &b"hi"[..]));
}
