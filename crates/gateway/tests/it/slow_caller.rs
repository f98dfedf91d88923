//! A caller whose body does not come, or comes by and by.

use crate::stub::Beside;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection to the gateway on which a body of ten bytes has begun to come.
async fn begun(beside: &Beside, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(beside.gateway.proxy().unwrap()).await.unwrap();
    let alice = beside.stub.token("alice", "dashboard");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {alice}\r\nContent-Length: 10\r\n\r\n",
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    stream
}

#[tokio::test]
async fn a_small_body_of_which_no_more_comes_is_not_waited_for_without_end() {
    let beside = Beside::start(|config| config.patience.answer = Duration::from_millis(20)).await;
    let mut stream = begun(&beside, "/0/a").await;
    let mut answer = String::new();
    // To its end: what would follow is no request.
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("STEAD-2018"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(beside.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_small_body_that_comes_by_and_by_goes_on_whole() {
    let beside = Beside::start(|_| {}).await;
    let mut stream = begun(&beside, "/0/a").await;
    // The token is there: the rest is all that is waited for.
    beside.stub.asked_times(1).await;
    stream.write_all(b"world").await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(beside.upstream.only().body, "helloworld");
}
