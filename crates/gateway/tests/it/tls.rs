//! HTTPS at the gateway's own door, and towards upstreams.

use crate::support::Stage;
use stead::Clock;
use stead_gateway::config::TlsFiles;
use stead_gateway::{StartError, start};

#[tokio::test]
async fn https_is_done_with_the_certificate_of_the_file() {
    let world = testkit::World::new().await;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files =
        TlsFiles { cert: world.dir().join("gateway.pem"), key: world.dir().join("gateway.key") };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let ca = made.cert.pem().into_bytes();
    let stage = Stage::beside(world, |config| config.listen.tls = Some(files)).await;
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/public/a", stage.address().port());
    let answer = http.get(url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    assert_eq!(stage.upstream.only().header("x-forwarded-proto"), Some("https"));
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
