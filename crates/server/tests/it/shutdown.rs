//! How a server leaves: it says so first, then takes nobody in, and finishes what is on its way.

use crate::world::{World, config};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stead_server::config::{Shutdown, Tls};
use stead_server::moment::SystemMoments;
use stead_server::{Running, start};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any test waits.
const NEVER: Duration = Duration::from_hours(24);

/// A server that speaks plain HTTP with this machine.
async fn plain(shutdown: Shutdown) -> (TempDir, Running, SocketAddr) {
    let home = tempfile::tempdir().unwrap();
    let mut config = config(home.path());
    "https://id.example".clone_into(&mut config.public_url);
    config.tls = Tls::BehindProxy { trusted: vec!["127.0.0.0/8".parse().unwrap()] };
    config.shutdown = shutdown;
    let server = start(config, Arc::new(SystemMoments)).await.unwrap();
    let address = server.https();
    (home, server, address)
}

async fn send(connection: &mut TcpStream, text: &str) {
    connection.write_all(text.as_bytes()).await.unwrap();
}

/// What comes, up to this text.
async fn hear(connection: &mut TcpStream, until: &str) -> String {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(until) {
        heard.push(connection.read_u8().await.unwrap());
    }
    String::from_utf8(heard).unwrap()
}

/// A connection whose request the server has begun to read, and for the rest of which it waits.
async fn half_asked(address: SocketAddr) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    send(
        &mut connection,
        "POST /corp/oauth2/v2.0/token HTTP/1.1\r\nhost: id.example\r\nexpect: 100-continue\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 18\r\n\r\n",
    )
    .await;
    hear(&mut connection, "HTTP/1.1 100 Continue\r\n\r\n").await;
    connection
}

#[tokio::test]
async fn what_is_on_its_way_is_finished_and_nobody_else_is_taken_in() {
    let (_home, server, address) = plain(Shutdown { delay: Duration::ZERO, patience: NEVER }).await;
    let mut busy = half_asked(address).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    send(&mut idle, "GET /healthz HTTP/1.1\r\nhost: id.example\r\n\r\n").await;
    hear(&mut idle, "ok\n").await;

    let stopping = tokio::spawn(server.shutdown());
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0, "a connection without a request is closed");
    assert!(TcpStream::connect(address).await.is_err(), "nobody is taken in");
    assert!(!stopping.is_finished());

    send(&mut busy, "grant_type=unknown").await;
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.ends_with('}'), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_comes_to_its_end_is_given_up() {
    let (_home, server, address) =
        plain(Shutdown { delay: Duration::ZERO, patience: Duration::ZERO }).await;
    let _busy = half_asked(address).await;
    server.shutdown().await;
}

#[tokio::test]
async fn before_it_closes_it_says_so_to_load_balancers_and_answers_everybody() {
    let home = tempfile::tempdir().unwrap();
    let mut config = config(home.path());
    config.shutdown = Shutdown { delay: NEVER, patience: NEVER };
    let server = start(config, Arc::new(SystemMoments)).await.unwrap();
    let metrics = server.metrics().unwrap();
    let world = World { server, home };
    let (client, public) = (world.client(), world.url(""));
    let ask = async |url: String| {
        let answer = client.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let ready = [format!("{public}/readyz"), format!("http://{metrics}/readyz")];
    for url in &ready {
        assert_eq!(ask(url.clone()).await, (200, "ready\n".to_owned()));
    }

    let stopping = tokio::spawn(world.server.shutdown());
    for url in &ready {
        while ask(url.clone()).await.0 == 200 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(url.clone()).await, (503, "the server stops\n".to_owned()));
    }
    assert_eq!(ask(format!("{public}/healthz")).await.0, 200);
    assert_eq!(ask(format!("{public}/corp/discovery/v2.0/keys")).await.0, 200);
    stopping.abort();
}
