//! An application that holds no token, while the session of one of its callers is ended at the provider: the handle dies,
//! nothing more reaches the target, and those of others live on.

use crate::stub::claims;
use crate::support::{Stage, matching};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;
use reqwest::{Client, Method, Proxy};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use stead::Target;
use stead_gateway::config::{
    EgressTarget, Exchange, GatewayConfig, Loopback, Matching, Revocations, Route, Upstream,
};
use stead_proto::id::GroupId;
use testkit::World;
use tokio::net::TcpListener;

/// What is sent in `Authorization` with the requests of each user.
type Handles = Mutex<BTreeMap<String, String>>;

/// An application that keeps what it is sent, and works with it later: it asks for data on behalf of a user.
#[derive(Clone, Default)]
struct Application {
    kept: Arc<Handles>,
    way_out: Arc<OnceLock<SocketAddr>>,
}

impl Application {
    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/app/{user}", get(keep)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        address
    }

    /// The status, and the code where it is refused, that it gets on behalf of this user.
    async fn asks_for_data(&self, user: &str) -> (u16, Value) {
        let handle = self.kept.lock().unwrap()[user].clone();
        let proxy = Proxy::http(format!("http://{}", self.way_out.get().unwrap())).unwrap();
        let http = Client::builder().no_proxy().proxy(proxy).build().unwrap();
        let request = http.get("http://data.internal/rows").header("authorization", handle);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        (status, body["code"].clone())
    }
}

async fn keep(State(app): State<Application>, Path(user): Path<String>, headers: HeaderMap) {
    let handle = headers["authorization"].to_str().unwrap().to_owned();
    app.kept.lock().unwrap().insert(user, handle);
}

/// `/app/*` leads to the application with handles, and out of it `data.internal` leads to the service.
fn around(config: &mut GatewayConfig, application: SocketAddr) {
    config.providers[0].client.as_mut().unwrap().revocations = Revocations::Followed;
    config.listen.egress = Loopback::new("127.0.0.1:0".parse().unwrap());
    let first = config.routes[0].clone();
    let to_data = first.upstream.clone();
    let origin = format!("http://{application}").parse().unwrap();
    config.routes = vec![Route {
        name: "app".to_owned(),
        matching: matching("/app/*"),
        upstream: to_data.clone().map(|it| Upstream { origin, ..it }),
        exchange: Exchange::Handle,
        ..first.clone()
    }];
    let target = Target::parse("api://b/B.read").unwrap();
    let route = Route {
        name: "data".to_owned(),
        matching: Matching { host: Some("data.internal".to_owned()), ..matching("/*") },
        upstream: to_data,
        require: None,
        exchange: Exchange::For { provider: "corp".to_owned(), target },
        ..first
    };
    config.egress = vec![EgressTarget { port: 80, route }];
}

/// A world in which Bob may do what Alice may.
async fn of_two() -> World {
    World::with(|desired| {
        let employees = GroupId::parse("employees").unwrap();
        for desired in &mut desired.users {
            desired.user.groups.insert(employees.clone());
        }
    })
    .await
}

#[tokio::test]
async fn the_handle_of_a_session_that_was_ended_dies_and_those_of_others_live_on() {
    let application = Application::default();
    let address = application.start().await;
    let stage = Stage::beside(of_two().await, |config| around(config, address)).await;
    application.way_out.set(stage.gateway.egress().unwrap()).unwrap();
    let (alice, bob) = (stage.token("alice").await, stage.token("bob").await);
    for (user, token) in [("alice", &alice), ("bob", &bob)] {
        let sent = stage.get(&format!("/app/{user}")).bearer_auth(token).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200, "{user}");
        assert_eq!(application.asks_for_data(user).await.0, 200, "{user}");
    }
    let kept = format!("{:?}", application.kept.lock().unwrap());
    assert!(kept.contains("stead_h_") && !kept.contains(&alice) && !kept.contains(&bob));

    let sid = claims(&alice)["sid"].as_str().unwrap().to_owned();
    let ended = stage.world.admin(Method::DELETE, &format!("/sessions/{sid}"), None).await;
    assert!(ended.0 < 300, "{ended:?}");
    let dies = async { while application.asks_for_data("alice").await.0 == 200 {} };
    tokio::time::timeout(Duration::from_mins(1), dies).await.unwrap();

    let before = stage.upstream.seen().len();
    for _ in 0..3 {
        assert_eq!(application.asks_for_data("alice").await, (401, "STEAD-2051".into()));
    }
    assert_eq!(stage.upstream.seen().len(), before, "something reached the target");
    assert_eq!(application.asks_for_data("bob").await.0, 200);
    let last = stage.upstream.seen().pop().unwrap();
    assert_eq!(last.claims()["sub"], "user-bob");
}
