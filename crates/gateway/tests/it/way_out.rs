//! Applications that hold no token: a handle comes in, and goes out as a token for where it goes.

use crate::support::{Stage, refusal, strict};
use reqwest::{Client, Proxy, Response};
use stead::{Challenge, Clock, Target};
use stead_gateway::config::{
    EgressTarget, Exchange, GatewayConfig, Loopback, Matching, PathPattern, Route, Upstream,
};
use stead_gateway::{Running, start};

/// `/app/*` gets handles, and `data.internal` is the way out to the same upstream.
fn with_handles(config: &mut GatewayConfig) {
    let any = Loopback::new("127.0.0.1:0".parse().unwrap());
    config.listen.egress = any;
    let first = config.routes[0].clone();
    let under = |path: &str| PathPattern::Under(path.to_owned());
    config.routes.push(Route {
        name: "app".to_owned(),
        matching: Matching { host: None, path: under("/app/"), methods: Vec::new() },
        exchange: Exchange::Handle,
        ..first.clone()
    });
    let target = Target::parse("api://b/B.read").unwrap();
    let host = Some("data.internal".to_owned());
    let matching = Matching { host, path: under("/"), methods: Vec::new() };
    let exchange = Exchange::For { provider: "corp".to_owned(), target };
    let upstream: Option<Upstream> = first.upstream.clone();
    let route =
        Route { name: "data".to_owned(), matching, upstream, require: None, exchange, ..first };
    config.egress = vec![EgressTarget { port: 80, route }];
}

/// A client that goes through the way out of this gateway.
fn through(gateway: &Running) -> Client {
    let proxy = Proxy::http(format!("http://{}", gateway.egress().unwrap())).unwrap();
    Client::builder().no_proxy().proxy(proxy).build().unwrap()
}

/// The handle that the application is sent with a request of this user.
async fn handle(stage: &Stage, token: &str) -> String {
    let answer = stage.get("/app/a").bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let seen = stage.upstream.seen().pop().unwrap();
    seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

async fn out(gateway: &Running, handle: &str) -> Response {
    through(gateway).get("http://data.internal/rows?a=b").bearer_auth(handle).send().await.unwrap()
}

#[tokio::test]
async fn an_application_that_holds_no_token_calls_on_behalf_of_its_caller() {
    let stage = Stage::with(with_handles).await;
    let alice = stage.token("alice").await;
    let handle = handle(&stage, &alice).await;
    assert!(handle.starts_with("stead_h_") && handle.len() == 40, "{handle}");
    assert_eq!(out(&stage.gateway, &handle).await.status().as_u16(), 200);
    let seen = stage.upstream.seen().pop().unwrap();
    assert_eq!((seen.path.as_str(), seen.header("x-forwarded-host")), ("/rows?a=b", None));
    let claims = seen.claims();
    assert_eq!((&claims["sub"], &claims["aud"]), (&"user-alice".into(), &"api://b".into()));
}

#[tokio::test]
async fn nothing_but_a_handle_goes_out_and_only_where_the_configuration_says() {
    let stage = Stage::with(with_handles).await;
    let alice = stage.token("alice").await;
    let handle = handle(&stage, &alice).await;
    let web = through(&stage.gateway);
    let get = |url: &str| web.get(url);
    for (request, wanted) in [
        (get("http://data.internal/rows"), (401, "STEAD-2050")),
        (get("http://data.internal/rows").bearer_auth(&alice), (401, "STEAD-2050")),
        (get("http://data.internal/rows").bearer_auth(format!("{handle}0")), (401, "STEAD-2051")),
        (get("http://other.internal/rows").bearer_auth(&handle), (403, "STEAD-2052")),
        (get("http://data.internal:8080/rows").bearer_auth(&handle), (403, "STEAD-2052")),
        (get("http://data.internal/a%2f..%2fb").bearer_auth(&handle), (400, "STEAD-2001")),
    ] {
        let answer = refusal(request.send().await.unwrap()).await;
        assert_eq!(answer, (wanted.0, wanted.1.to_owned()));
    }
    let stage_out = stage.gateway.egress().unwrap();
    for raw in [
        "CONNECT data.internal:443 HTTP/1.1\r\nHost: data.internal:443\r\n\r\n",
        "GET /rows HTTP/1.1\r\nHost: data.internal\r\n\r\n",
        "GET https://data.internal/rows HTTP/1.1\r\nHost: data.internal\r\n\r\n",
    ] {
        assert!(stage.raw_to(stage_out, raw).await.starts_with("HTTP/1.1 400"), "{raw}");
    }
    assert_eq!(stage.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_handle_is_nothing_to_another_process_nor_from_outside_nor_when_the_token_is_over() {
    let stage = Stage::with(with_handles).await;
    let alice = stage.token("alice").await;
    let handle = handle(&stage, &alice).await;
    let from_outside = stage.get("/b/a").bearer_auth(&handle).send().await.unwrap();
    assert_eq!(from_outside.status().as_u16(), 401);
    let now = stage.world.clock().now();
    let another = start(stage.config.clone(), Clock::new(move || now)).await.unwrap();
    assert_eq!(refusal(out(&another, &handle).await).await, (401, "STEAD-2051".to_owned()));
    assert_eq!(out(&stage.gateway, &handle).await.status().as_u16(), 200);
    stage.gateway.reload(stage.config.clone()).unwrap();
    assert_eq!(out(&stage.gateway, &handle).await.status().as_u16(), 200);
}

#[tokio::test]
async fn a_demand_to_sign_in_again_reaches_the_application_in_both_languages() {
    let stage = Stage::beside(strict().await, with_handles).await;
    let alice = stage.token("alice").await;
    let handle = handle(&stage, &alice).await;
    let answer = out(&stage.gateway, &handle).await;
    assert!(Challenge::from_headers(answer.headers()).unwrap().claims().contains("acrs"));
    assert_eq!(refusal(answer).await, (401, "STEAD-2011".to_owned()));
}
