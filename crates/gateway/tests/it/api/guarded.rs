//! Who may ask at all.

use super::{OverSocket, TOKEN, on_loopback, on_socket, rows, told};
use crate::support::Stage;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use stead::Clock;
use stead_gateway::config::{ApiListen, GatewayConfig, OpenTo, SocketFile};
use stead_gateway::{StartError, start};
use testkit::World;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn at(config: &mut GatewayConfig, path: &Path, open_to: OpenTo) {
    on_socket(config, path.to_owned(), |_| {});
    config.listen.api = Some(ApiListen::Socket(SocketFile { path: path.to_owned(), open_to }));
}

#[tokio::test]
async fn a_sockets_file_lets_in_its_owner_and_if_it_is_said_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    for (open_to, wanted) in [(OpenTo::Owner, 0o600), (OpenTo::Group, 0o660)] {
        let stage = Stage::with(|config| at(config, &path, open_to)).await;
        assert_eq!(mode(&path), wanted);
        stage.gateway.shutdown().await;
        assert!(!path.exists(), "the file goes with the gateway");
    }
}

#[tokio::test]
async fn the_socket_of_a_process_that_is_gone_is_taken_over_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    drop(UnixListener::bind(&path).unwrap());
    let stage = Stage::with(|config| at(config, &path, OpenTo::Owner)).await;
    let now = stage.world.clock().now();
    let refused = start(stage.config.clone(), Clock::new(move || now)).await.unwrap_err();
    assert!(matches!(refused, StartError::Socket { .. }), "{refused}");
    assert!(refused.to_string().contains("another process listens there"), "{refused}");

    let text = folder.path().join("text");
    std::fs::write(&text, "kept").unwrap();
    let mut config = stage.config.clone();
    at(&mut config, &text, OpenTo::Owner);
    let refused = start(config, Clock::new(move || now)).await.unwrap_err();
    assert!(refused.to_string().contains("no socket"), "{refused}");
    assert_eq!(std::fs::read_to_string(text).unwrap(), "kept");
}

#[tokio::test]
async fn on_loopback_every_caller_shows_the_token_by_the_machines_own_name() {
    let stage = Stage::with(on_loopback).await;
    let Some(ApiListen::Loopback(loopback)) = stage.gateway.api() else { panic!("no address") };
    let url = format!("http://{}/token", loopback.address());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = rows(&stage.token("alice").await);
    let ask = || http.post(&url).json(&asked);
    let right = ask().header("x-stead-api-token", TOKEN);
    assert_eq!(right.send().await.unwrap().status().as_u16(), 200);
    for (request, code) in [
        (ask(), "STEAD-2041"),
        (ask().header("x-stead-api-token", "another"), "STEAD-2041"),
        (ask().header("x-stead-api-token", TOKEN).header("host", "rebound.example"), "STEAD-2040"),
        (
            ask().header("x-stead-api-token", TOKEN).header("origin", "https://a.example"),
            "STEAD-2040",
        ),
    ] {
        let (status, body) = told(request.send().await.unwrap()).await;
        assert_eq!((status, body["code"].as_str()), (403, Some(code)));
    }
}

#[tokio::test]
async fn a_socket_may_want_a_token_too() {
    let wants = |api: &mut stead_gateway::config::ApiConfig| {
        let token = stead_proto::secret::ClientSecret::new(TOKEN);
        api.token = Some(stead_gateway::config::Secret(token));
    };
    let api = OverSocket::beside(World::new().await, wants).await;
    let asked = rows(&api.stage.token("alice").await);
    assert_eq!(api.json("/token", asked.clone()).await.1["code"], "STEAD-2041");
    let right = api.ask("/token").json(&asked).header("x-stead-api-token", TOKEN);
    assert_eq!(told(right.send().await.unwrap()).await.0, 200);
}
