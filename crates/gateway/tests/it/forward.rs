//! What comes in goes on with another token, whole, both ways.

use crate::support::Stage;
use bytes::Bytes;
use http::{Method, Version};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;
use std::net::TcpListener;
use stead_gateway::config::Speaks;
use tokio::sync::mpsc::unbounded_channel;

#[tokio::test]
async fn a_request_goes_on_with_a_token_for_the_next_service_in_place_of_the_callers() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    let answer = stage.get("/b/rows?a=b%2Fc&d").bearer_auth(&token).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-service"]),
        (200, &"yes".parse().unwrap())
    );
    assert_eq!(answer.text().await.unwrap(), "of the service");

    let seen = stage.upstream.only();
    assert_eq!((seen.method.clone(), seen.path.as_str()), (Method::GET, "/b/rows?a=b%2Fc&d"));
    let claims = seen.claims();
    assert_eq!(
        json!([claims["sub"], claims["aud"], claims["scp"], claims["act"]["sub"]]),
        json!(["user-alice", "api://b", "B.read", "api-a"])
    );
    assert!(!format!("{seen:?}").contains(&token), "the caller's token has reached the service");
}

#[tokio::test]
async fn a_route_says_which_token_goes_on() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    for path in ["/public/a", "/known/a"] {
        stage.get(path).bearer_auth(&token).send().await.unwrap();
    }
    stage.get("/own/a").bearer_auth(&token).send().await.unwrap();
    let seen = stage.upstream.seen();
    let tokens: Vec<_> = seen.iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!(tokens, [None, None, Some(format!("Bearer {token}").as_str())]);
}

#[tokio::test]
async fn bodies_pass_as_they_come_small_large_and_chunked() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    for size in [0, 5, 64 * 1024, 3 * 1024 * 1024] {
        let body = "b".repeat(size);
        let sent = stage.post("/b/a").bearer_auth(&token).body(body.clone()).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200);
        assert_eq!(stage.upstream.seen().last().unwrap().body, body);
    }
    let pieces = ["one ", "two"].map(piece).map(Piece::Ok);
    let chunks = reqwest::Body::wrap(StreamBody::new(futures_util::stream::iter(pieces)));
    stage.post("/b/a").bearer_auth(&token).body(chunks).send().await.unwrap();
    let seen = stage.upstream.seen().pop().unwrap();
    assert_eq!(
        (seen.body.as_ref(), seen.header("transfer-encoding")),
        (&b"one two"[..], Some("chunked"))
    );
}

#[tokio::test]
async fn an_answer_begins_before_the_request_has_ended() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    let (pieces, mut coming) = unbounded_channel();
    let stream = futures_util::stream::poll_fn(move |context| coming.poll_recv(context));
    let body = reqwest::Body::wrap(StreamBody::new(stream));
    pieces.send(Piece::Ok(piece("first"))).unwrap();
    let mut answer = stage.post("/b/streamed").bearer_auth(&token).body(body).send().await.unwrap();
    // Only now, with the head of the answer and its first piece here, the rest is sent.
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    pieces.send(Piece::Ok(piece("second"))).unwrap();
    drop(pieces);
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "second");
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn trailers_come_back() {
    let stage = Stage::new().await;
    let token = stage.token("alice").await;
    let (path, host) = ("/b/trailers", stage.address());
    let answer = stage
        .raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nTE: trailers\r\nConnection: TE, close\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        ))
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("0\r\nx-sum: 42\r\n\r\n"),
        "{answer}"
    );
    assert_eq!(stage.upstream.only().header("te"), Some("trailers"));
}

#[tokio::test]
async fn http_2_is_spoken_on_both_sides() {
    let stage = Stage::with(|config| {
        for route in &mut config.routes {
            route.upstream.as_mut().unwrap().speaks = Speaks::Http2;
        }
    })
    .await;
    let token = stage.token("alice").await;
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = format!("http://{}/b/a", stage.address());
    let answer = http.post(url).bearer_auth(&token).body("a body").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    let seen = stage.upstream.only();
    assert_eq!((seen.version, seen.body.as_ref()), (Version::HTTP_2, &b"a body"[..]));
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_said_to_be_away() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stage = Stage::with(|config| {
        let upstream = config.routes[0].upstream.as_mut().unwrap();
        upstream.origin = format!("http://{nobody}").parse().unwrap();
    })
    .await;
    let token = stage.token("alice").await;
    let answer = stage.get("/b/a").bearer_auth(&token).send().await.unwrap();
    assert_eq!(crate::support::refusal(answer).await, (502, "STEAD-2015".to_owned()));
}

type Piece = Result<Frame<Bytes>, std::io::Error>;

fn piece(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}
