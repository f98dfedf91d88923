//! Taking over what the file says anew; and what a gateway shows of itself.

use crate::support::{Stage, matching};
use stead_gateway::StartError;
use stead_gateway::config::{Exchange, Route};

#[tokio::test]
async fn a_reload_changes_routes_and_forgets_no_token() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let mut config = stage.config.clone();
    config.routes.push(Route { exchange: Exchange::None, require: None, ..stage.route("/new/*") });
    stage.gateway.reload(config).unwrap();
    assert_eq!(stage.get("/new/a").send().await.unwrap().status().as_u16(), 200);
    stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let seen = stage.upstream.seen();
    assert_eq!(seen[0].header("authorization"), seen[2].header("authorization"));
}

#[tokio::test]
async fn a_bad_reload_leaves_everything_as_it_is() {
    let stage = Stage::new().await;
    let mut config = stage.config.clone();
    config.routes.clear();
    config.providers[0].issuer = "no URL".to_owned();
    let reloaded = stage.gateway.reload(config);
    assert!(matches!(reloaded, Err(StartError::Provider { .. })), "{reloaded:?}");
    assert_eq!(stage.get("/public/a").send().await.unwrap().status().as_u16(), 200);
    let health = format!("http://{}/healthz", stage.gateway.metrics().unwrap());
    assert_eq!(reqwest::get(health).await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn metrics_are_never_on_the_port_of_the_proxy() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/metrics").send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn the_first_route_that_is_for_a_request_decides_by_host_path_and_method() {
    let stage = Stage::with(|config| {
        let public = Route { require: None, exchange: Exchange::None, ..config.routes[0].clone() };
        let mut only_get = matching("/b/open");
        only_get.methods.push(http::Method::GET);
        let mut only_there = matching("/b/*");
        only_there.host = Some("there.example".to_owned());
        config.routes.insert(0, Route { matching: only_get, ..public.clone() });
        config.routes.insert(1, Route { matching: only_there, ..public });
    })
    .await;
    let status =
        async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(status(stage.get("/b/open")).await, 200);
    assert_eq!(status(stage.get("/b/%6fpen")).await, 200);
    assert_eq!(status(stage.post("/b/open")).await, 401);
    assert_eq!(status(stage.get("/b/open/")).await, 401);
    assert_eq!(status(stage.get("/b/a").header("host", "There.example:8080")).await, 200);
    assert_eq!(status(stage.get("/b/a")).await, 401);
}
