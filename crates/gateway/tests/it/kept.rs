//! Connections to services: kept for the next request, shared where HTTP/2 is spoken, given up when they are closed.

use crate::support::Stage;
use futures_util::future::join_all;
use stead_gateway::config::Speaks;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How many requests a test sends.
const MANY: usize = 20;

async fn status(stage: &Stage) -> u16 {
    stage.get("/public/a").send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn requests_that_follow_one_another_need_no_connection_each() {
    let stage = Stage::new().await;
    for _ in 0..MANY {
        assert_eq!(status(&stage).await, 200);
    }
    let connections = stage.upstream.connections();
    assert!((1..MANY).contains(&connections), "{connections}");
}

#[tokio::test]
async fn requests_at_once_share_one_connection_of_http_2() {
    let stage = Stage::with(|config| {
        for route in &mut config.routes {
            route.upstream.as_mut().unwrap().speaks = Speaks::Http2;
        }
    })
    .await;
    assert_eq!(join_all((0..MANY).map(|_| status(&stage))).await, [200; MANY]);
    assert_eq!((stage.upstream.seen().len(), stage.upstream.connections()), (MANY, 1));
}

#[tokio::test]
async fn a_connection_that_the_service_closed_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stage = Stage::with(|config| {
        for route in &mut config.routes {
            route.upstream.as_mut().unwrap().origin = format!("http://{address}").parse().unwrap();
        }
    })
    .await;
    for _ in 0..3 {
        let serving = async { answer_and_close(listener.accept().await.unwrap().0).await };
        let ((), status) = tokio::join!(serving, status(&stage));
        assert_eq!(status, 200);
    }
}

/// Answers one request without a word about what comes then, closes, and waits until the other side has.
async fn answer_and_close(mut socket: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    socket.shutdown().await.unwrap();
    while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
}
