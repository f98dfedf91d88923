//! Services in other languages, each behind its own gateway, the real nginx in front of all: `examples/tiers` in Python
//! and Node.
//!
//! caller → nginx → gateway of `api-a` → Python → the same gateway → gateway of `api-b` → Node

use crate::nginx::Nginx;
use crate::support::{Stage, config, matching, strict};
use http::HeaderMap;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use stead::{Challenge, Clock};
use stead_gateway::config::{
    Exchange, GatewayConfig, Listen, ProviderConfig, Require, Route, Speaks, Upstream,
};
use stead_gateway::{Running, start};
use testkit::World;

/// What somebody would be believed by who has no business to.
const SMUGGLED: [&str; 4] = ["x-user", "x_user_id", "x.forwarded.user", "x-stead-subject"];

/// A service of `examples/tiers`; it ends with the test.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    /// Starts it on a free port, and returns when it says that it is ready.
    fn start(program: &str, file: &str, settings: &[(&str, String)]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tiers");
        let mut command = Command::new(program);
        command.arg(folder.join(file)).env("PORT", "0").stdout(Stdio::piped());
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("ready: http://").unwrap().parse().unwrap();
        Self { child, address }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of it.
struct Tiers {
    stage: Stage,
    nginx: Nginx,
    _services: [Service; 2],
    _behind: Running,
}

impl Tiers {
    async fn new() -> Self {
        Self::beside(World::new().await, |_| {}).await
    }

    /// With some things asked otherwise at the last gateway.
    async fn beside(world: World, change: impl FnOnce(&mut Require)) -> Self {
        let data = Service::start("node", "data.mjs", &[]);
        let behind = behind(&world, data.address, change).await;
        let door = free();
        let rows = format!("http://{door}/data/rows");
        let reports = Service::start("python3", "reports.py", &[("DATA", rows)]);
        let (to_reports, to_data) = (to(reports.address), to(behind.proxy().unwrap()));
        let stage = Stage::beside(world, |config| {
            let onwards = Route { matching: matching("/data/*"), ..config.routes[0].clone() };
            let ours = Route { matching: matching("/reports"), ..config.routes[0].clone() };
            config.listen.proxy = Some(door);
            config.routes = vec![
                Route { upstream: Some(to_reports), exchange: Exchange::Forward, ..ours },
                Route { upstream: Some(to_data), ..onwards },
            ];
        })
        .await;
        let nginx = in_front(stage.world.dir(), door).await;
        Self { stage, nginx, _services: [data, reports], _behind: behind }
    }

    /// A request to nginx, with identities that nobody has given to whoever asks.
    async fn report(&self, token: &str) -> Response {
        self.ask(self.nginx.address, token).await
    }

    async fn ask(&self, address: SocketAddr, token: &str) -> Response {
        let http = Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("http://{address}/reports"));
        let smuggled = SMUGGLED.map(|name| (name.parse().unwrap(), "mallory".parse().unwrap()));
        request.headers(HeaderMap::from_iter(smuggled)).bearer_auth(token).send().await.unwrap()
    }
}

/// The gateway of `api-b`, which knows the provider's keys and nothing more.
async fn behind(world: &World, data: SocketAddr, change: impl FnOnce(&mut Require)) -> Running {
    let like = config(world, data);
    let scopes = vec!["B.read".to_owned()];
    let actors = Some(vec!["api-a".to_owned()]);
    let mut require = Require { scopes, actors, ..Require::default() };
    change(&mut require);
    let route = Route {
        matching: matching("/data/*"),
        require: Some(require),
        exchange: Exchange::Forward,
        ..like.routes[0].clone()
    };
    let mut config = GatewayConfig {
        listen: Listen { proxy: like.listen.proxy, ..Listen::default() },
        providers: vec![ProviderConfig::new("corp", world.t1().issuer())],
        routes: vec![route],
        ..like
    };
    config.inbound.audiences = vec!["api://b".to_owned()];
    let now = world.clock().now();
    start(config, Clock::new(move || now)).await.unwrap()
}

/// An nginx that passes everything on to the gateway.
async fn in_front(folder: &Path, gateway: SocketAddr) -> Nginx {
    let address = free();
    let pass = format!("proxy_pass http://{gateway}; proxy_set_header Host $host;");
    let server = format!("server {{ listen {address}; location / {{ {pass} }} }}");
    let text = format!("events {{}}\nhttp {{ access_log off; {server} }}\n");
    Nginx::configured(folder, &text, address).await
}

fn to(address: SocketAddr) -> Upstream {
    Upstream { origin: format!("http://{address}").parse().unwrap(), speaks: Speaks::Usual }
}

/// An address that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn services_in_other_languages_act_for_the_user_and_hold_no_secret() {
    let tiers = Tiers::new().await;
    let alice = tiers.stage.token("alice").await;
    let answer = tiers.report(&alice).await;
    assert_eq!(answer.status().as_u16(), 200);
    let said: Value = answer.json().await.unwrap();
    let told = &said["report"];
    assert_eq!(
        json!([told["for"], told["audience"], told["actors"][0]]),
        json!(["alice", "api://b", "api-a"])
    );
    assert_eq!(told["rows"][0]["month"], "October");
}

#[tokio::test]
async fn an_identity_that_somebody_smuggles_in_reaches_none_of_them() {
    let tiers = Tiers::new().await;
    let alice = tiers.stage.token("alice").await;
    for door in [tiers.nginx.address, tiers.stage.address()] {
        let said: Value = tiers.ask(door, &alice).await.json().await.unwrap();
        for headers in [&said["headers"], &said["report"]["headers"]] {
            let names: Vec<&str> =
                headers.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(names.contains(&"authorization"), "{names:?}");
            assert!(!SMUGGLED.iter().any(|name| names.contains(name)), "{names:?}");
        }
        assert!(!said.to_string().contains("mallory"));
    }
}

#[tokio::test]
async fn whom_the_provider_lets_act_for_nobody_gets_nothing_and_the_front_is_told_why() {
    let tiers = Tiers::new().await;
    let bob = tiers.stage.token("bob").await;
    let answer = tiers.report(&bob).await;
    assert_eq!(answer.status().as_u16(), 403);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["code"], "STEAD-2012");
    assert!(said["reason_uri"].as_str().unwrap().starts_with("http"), "{said}");
}

#[tokio::test]
async fn a_demand_of_the_provider_and_one_of_the_last_gateway_reach_the_front_unchanged() {
    let by_the_provider = Tiers::beside(strict().await, |_| {}).await;
    let by_the_last = Tiers::beside(World::new().await, |require| {
        require.acr = Some("urn:stead:acr:mfa".to_owned());
    })
    .await;
    for tiers in [by_the_provider, by_the_last] {
        let alice = tiers.stage.token("alice").await;
        // What the gateway says itself, before anybody hands it on.
        let said = tiers.stage.get("/data/rows").bearer_auth(&alice).send().await.unwrap();
        let front = tiers.report(&alice).await;
        assert_eq!((said.status().as_u16(), front.status().as_u16()), (401, 401));
        let demands = |response: &Response| -> Vec<_> {
            let all = response.headers().get_all("www-authenticate");
            all.iter().map(|it| it.to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(demands(&front), demands(&said));
        let challenge = Challenge::from_headers(front.headers()).unwrap();
        assert_eq!(challenge.acr_values(), ["urn:stead:acr:mfa"]);
        assert!(challenge.claims().contains("acrs"));
    }
}

#[test]
fn the_services_are_as_small_as_they_are_said_to_be() {
    for file in ["reports.py", "data.mjs"] {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../examples/tiers", file].iter().collect();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.lines().count() < 50, "{file}");
    }
}
