//! A WebSocket: its request is let in like any other, what follows passes through (KG-21).

use crate::support::Stage;
use std::fmt::Write as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn hello(path: &str, token: Option<&str>) -> String {
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    );
    if let Some(token) = token {
        write!(request, "Authorization: Bearer {token}\r\n").unwrap();
    }
    request + "\r\n"
}

#[tokio::test]
async fn kg_21_a_websocket_passes_once_its_request_was_let_in() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let mut stream = TcpStream::connect(stage.address()).await.unwrap();
    stream.write_all(hello("/b/socket", Some(&alice)).as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(
        head.starts_with("http/1.1 101") && head.contains("sec-websocket-accept: yes"),
        "{head}"
    );
    stream.write_all(b"\0\n\n\r!").await.unwrap();
    let mut echoed = [0; 10];
    stream.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"\0\n\n\r!\0\n\n\r!");
    assert_eq!(stage.upstream.only().claims()["aud"], "api://b");
}

#[tokio::test]
async fn kg_21_a_websocket_without_a_token_is_refused_like_any_request() {
    let stage = Stage::new().await;
    let mut stream = TcpStream::connect(stage.address()).await.unwrap();
    stream.write_all(hello("/b/socket", None).as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 401");
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn where_the_service_does_not_agree_the_connection_is_closed_with_what_was_not_looked_at() {
    let stage = Stage::new().await;
    stage.upstream.next(403, &[]);
    let after = "GET /public/smuggled HTTP/1.1\nHost: a\n\n";
    let answer = stage.raw(&format!("{}{after}", hello("/public/socket", None))).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(stage.upstream.seen().len(), 1);
}
