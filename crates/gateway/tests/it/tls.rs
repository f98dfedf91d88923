//! HTTPS at the gateway's own door, and towards upstreams.

use crate::support::Stage;
use reqwest::{Certificate, Client};
use stead::Clock;
use stead_gateway::config::TlsFiles;
use stead_gateway::{StartError, start};

/// A certificate for `localhost` with its key, put into these files; who trusts it alone.
fn made(files: &TlsFiles) -> Client {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let only = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    Client::builder().tls_certs_only([only]).no_proxy().build().unwrap()
}

/// A gateway that does HTTPS, who trusts its certificate, and where it is.
async fn secured() -> (Stage, Client, TlsFiles) {
    let world = testkit::World::new().await;
    let files =
        TlsFiles { cert: world.dir().join("gateway.pem"), key: world.dir().join("gateway.key") };
    let (http, shown) = (made(&files), files.clone());
    let stage = Stage::beside(world, |config| config.listen.tls = Some(shown)).await;
    (stage, http, files)
}

fn public(stage: &Stage) -> String {
    format!("https://localhost:{}/public/a", stage.address().port())
}

#[tokio::test]
async fn https_is_done_with_the_certificate_of_the_file() {
    let (stage, http, _) = secured().await;
    let answer = http.get(public(&stage)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    assert_eq!(stage.upstream.only().header("x-forwarded-proto"), Some("https"));
}

#[tokio::test]
async fn another_certificate_is_shown_once_it_is_in_the_file_and_a_bad_one_never() {
    let (stage, first, files) = secured().await;
    let second = made(&files);
    assert!(second.get(public(&stage)).send().await.is_err());
    stage.gateway.reload(stage.config.clone()).unwrap();
    assert!(second.get(public(&stage)).send().await.is_ok());
    assert!(first.get(public(&stage)).send().await.is_err());
    // Half of the next one: its key does not belong to what is shown.
    made(&TlsFiles { cert: stage.world.dir().join("unused.pem"), ..files });
    let mut config = stage.config.clone();
    config.routes.clear();
    let reloaded = stage.gateway.reload(config);
    assert!(matches!(reloaded, Err(StartError::Certificate(_))), "{reloaded:?}");
    let answer = second.get(public(&stage)).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_said_at_the_start() {
    let stage = Stage::new().await;
    let mut config = stage.config.clone();
    let nothing = stage.world.dir().join("nothing.pem");
    config.listen.tls = Some(TlsFiles { cert: nothing.clone(), key: nothing });
    let started = start(config, Clock::system()).await;
    assert!(matches!(started, Err(StartError::Certificate(_))));
}
