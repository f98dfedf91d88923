//! Starting, answering over TLS, stopping.

use crate::world::{TENANT, World, config};
use serde_json::Value;
use std::sync::Arc;
use stead_server::config::{AdminListen, StoreConfig, Tls};
use stead_server::moment::SystemMoments;
use stead_server::{AdminAddress, start};

#[tokio::test]
async fn discovery_is_served_over_tls_at_all_three_places_in_any_case_and_by_id() {
    let world = World::start().await;
    let client = world.client();
    let mut seen: Vec<Value> = Vec::new();
    for path in [
        "/corp/v2.0/.well-known/openid-configuration",
        "/CORP/v2.0/.well-known/openid-configuration",
        &format!("/{TENANT}/v2.0/.well-known/openid-configuration"),
        "/.well-known/openid-configuration/corp/v2.0",
        "/.well-known/oauth-authorization-server/corp/v2.0",
    ] {
        let response =
            client.get(world.url(path)).header("x-forwarded-host", "evil").send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        seen.push(response.json().await.unwrap());
    }
    assert_eq!(seen[0]["issuer"], world.url("/corp/v2.0"));
    assert_eq!(seen[0]["token_endpoint"], world.url("/corp/oauth2/v2.0/token"));
    assert!(seen.iter().all(|document| *document == seen[0]));

    let jwks = client.get(seen[0]["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(jwks.headers()["content-type"], "application/jwk-set+json");
    let jwks: Value = jwks.json().await.unwrap();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 3);
    world.server.shutdown().await;
}

#[tokio::test]
async fn a_stranger_tenant_is_not_found_and_nobody_stands_in_for_it() {
    let world = World::start().await;
    let url = world.url("/other/v2.0/.well-known/openid-configuration");
    let response = world.client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 404);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error_description"], "AADSTS90002: no tenant is called so");
}

#[tokio::test]
async fn a_request_is_named_in_its_answer() {
    let world = World::start().await;
    let request = world.client().get(world.url("/healthz")).header("client-request-id", "c-1");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["client-request-id"], "c-1");
    assert_eq!(response.headers()["x-ms-request-id"].len(), 32);
}

#[tokio::test]
async fn metrics_and_health_have_a_listener_of_their_own() {
    let world = World::start().await;
    let at = |path: &str| format!("http://{}{path}", world.server.metrics().unwrap());
    world.client().get(world.url("/healthz")).send().await.unwrap();
    for (path, expected) in [
        ("/healthz", "ok\n"),
        ("/readyz", "ready\n"),
        ("/metrics", "stead_requests_total{route=\"/healthz\""),
    ] {
        let answer = world.client().get(at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.text().await.unwrap().contains(expected), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_stopped_can_start_again_on_the_same_files_with_the_same_keys() {
    let home = tempfile::tempdir().unwrap();
    let mut config = config(home.path());
    config.store = StoreConfig::Sqlite { file: home.path().join("stead.db") };
    config.listen.admin = AdminListen::Unix(home.path().join("admin.sock"));
    let mut published = Vec::new();
    for _ in 0..2 {
        let server = start(config.clone(), Arc::new(SystemMoments)).await.unwrap();
        assert_eq!(*server.admin(), AdminAddress::Unix(home.path().join("admin.sock")));
        let sts = server.sts(&config.tenants[0].tenant.name).unwrap();
        published.push(sts.keys.complete().await.published().clone());
        server.shutdown().await;
    }
    assert_eq!(published[0], published[1]);
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_start_is_named() {
    let world = World::start().await;
    let refused = async |change: &dyn Fn(&mut stead_server::config::ServerConfig)| {
        let mut config = config(world.home.path());
        change(&mut config);
        start(config, Arc::new(SystemMoments)).await.unwrap_err().to_string()
    };
    let taken = world.server.https();
    let said = refused(&|config| config.listen.https = taken).await;
    assert_eq!(
        said,
        format!(
            "cannot listen on {taken}: another program uses the port; stop it or choose another port"
        )
    );
    let said =
        refused(&|config| config.listen.admin = AdminListen::Tcp(([0, 0, 0, 0], 0).into())).await;
    assert!(said.contains("can be reached from other machines"), "{said}");
    let missing = world.home.path().join("none.pem");
    let said = refused(&|config| {
        config.tls = Tls::Files { cert: missing.clone(), key: missing.clone() };
    })
    .await;
    assert!(said.contains("none.pem"), "{said}");
    let said = refused(&|config| config.tenants.push(config.tenants[0].clone())).await;
    assert_eq!(said, "two tenants are called \"corp\": give each its own name and id");
}

#[tokio::test]
async fn plain_http_is_spoken_with_declared_proxies_only() {
    let home = tempfile::tempdir().unwrap();
    for (trusted, expected) in [("127.0.0.0/8", 200), ("10.0.0.0/8", 403)] {
        let mut config = config(home.path());
        config.public_url = "https://id.example".to_owned();
        config.tls = Tls::BehindProxy { trusted: vec![trusted.parse().unwrap()] };
        let server = start(config, Arc::new(SystemMoments)).await.unwrap();
        let url = format!("http://{}/corp/v2.0/.well-known/openid-configuration", server.https());
        let response = reqwest::get(url).await.unwrap();
        assert_eq!(response.status(), expected, "{trusted}");
        if expected == 200 {
            let document: Value = response.json().await.unwrap();
            assert_eq!(document["issuer"], "https://id.example/corp/v2.0");
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_host_with_a_certificate_of_its_own_is_never_to_be_asked_without_tls_again() {
    let home = tempfile::tempdir().unwrap();
    let (cert, key) = (home.path().join("tls.pem"), home.path().join("tls.key"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut config = config(home.path());
    config.tls = Tls::Files { cert, key };
    let server = start(config, Arc::new(SystemMoments)).await.unwrap();
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    let development = World::start().await;
    for path in [
        "/corp/v2.0/.well-known/openid-configuration",
        "/corp/oauth2/v2.0/authorize",
        "/errors",
        "/nowhere",
    ] {
        let url = format!("{}{path}", server.public_url());
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000", "{path}");
        let answer = development.client().get(development.url(path)).send().await.unwrap();
        assert_eq!(answer.headers().get("strict-transport-security"), None, "{path}");
    }
}

#[tokio::test]
async fn certificates_resources_and_tenants_are_taken_over_while_the_server_answers() {
    let home = tempfile::tempdir().unwrap();
    let (cert, key) = (home.path().join("tls.pem"), home.path().join("tls.key"));
    let issue = || {
        let names = ["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap()
    };
    let before = issue();
    let mut config = config(home.path());
    config.tls = Tls::Files { cert: cert.clone(), key: key.clone() };
    let server = start(config.clone(), Arc::new(SystemMoments)).await.unwrap();
    let url = format!("{}/healthz", server.public_url());
    assert_eq!(before.get(&url).send().await.unwrap().status(), 200);

    let after = issue();
    assert!(after.get(&url).send().await.is_err());
    config.tenants[0].desired.applications[0].name = "Board".to_owned();
    let changes = server.reload(config.tenants).await.unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(after.get(&url).send().await.unwrap().status(), 200);
}
