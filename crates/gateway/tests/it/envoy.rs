//! The real Envoy in front, with the configuration of `examples/envoy.yaml`. A Python package has it; the project's set-up
//! puts it into `target/envoy`.

use crate::support::{Stage, strict};
use reqwest::{Client, RequestBuilder, Response};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::Challenge;
use tokio::net::TcpStream;

const EXAMPLE: &str = include_str!("../../../../examples/envoy.yaml");

/// An Envoy, ended when it is dropped.
struct Envoy {
    child: Child,
    address: SocketAddr,
}

impl Envoy {
    async fn before(stage: &Stage) -> Self {
        Self::set_up_by(EXAMPLE, stage).await
    }

    async fn set_up_by(example: &str, stage: &Stage) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = |at: SocketAddr| format!("port_value: {} ", at.port());
        let text = example
            .replace("port_value: 8080 ", &port(address))
            .replace("port_value: 9000 ", &port(stage.upstream.address))
            .replace("port_value: 9001 ", &port(stage.gateway.ext_authz().unwrap()));
        let file = stage.world.dir().join("envoy.yaml");
        std::fs::write(&file, text).unwrap();
        let child = Command::new(program())
            .args(["--disable-hot-restart", "--concurrency", "1", "-l", "error", "-c"])
            .arg(&file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let envoy = Self { child, address };
        envoy.listens().await;
        envoy
    }

    /// Returns when somebody answers there.
    async fn listens(&self) {
        let listening = async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), listening).await.unwrap();
    }

    fn ask(&self, path: &str) -> RequestBuilder {
        let http = Client::builder().no_proxy().build().unwrap();
        http.get(format!("http://{}{path}", self.address))
    }

    /// A request that claims to be somebody in every way.
    async fn get(&self, path: &str, token: Option<&str>) -> Response {
        let claims = ["x-user", "x_user_id", "x.auth.email", "x-forwarded-host", "x_forwarded_for"];
        let request = claims.into_iter().fold(self.ask(path), |request, name| {
            request.header(name, "mallory").header(name, "of mallory")
        });
        match token {
            Some(token) => request.bearer_auth(token).send().await.unwrap(),
            None => request.send().await.unwrap(),
        }
    }
}

/// The one of the set-up, or one that is there.
fn program() -> PathBuf {
    let of_setup = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/envoy/envoy/_bin/envoy");
    if Path::new(of_setup).is_file() { of_setup.into() } else { "envoy".into() }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn kg_23_envoy_forwards_with_the_token_that_the_gateway_gives_it() {
    let stage = Stage::new().await;
    let envoy = Envoy::before(&stage).await;
    let alice = stage.token("alice").await;
    for path in ["/b/a?x=y", "/public/a", "/known/a"] {
        assert_eq!(envoy.get(path, Some(&alice)).await.status().as_u16(), 200, "{path}");
    }
    let seen = stage.upstream.seen();
    let [given, public, known] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((given.path.as_str(), &given.claims()["aud"]), ("/b/a?x=y", &"api://b".into()));
    assert_eq!((public.header("authorization"), known.header("authorization")), (None, None));
    assert!(!format!("{seen:?}").contains(&alice) && !format!("{seen:?}").contains("mallory"));

    envoy.get("/own/a", Some(&alice)).await;
    let own = stage.upstream.seen().pop().unwrap();
    assert_eq!(own.header("authorization"), Some(&*format!("Bearer {alice}")));
}

#[tokio::test]
async fn kg_23_envoy_refuses_whom_the_gateway_refuses() {
    let stage = Stage::new().await;
    let envoy = Envoy::before(&stage).await;
    let (alice, bob) = (stage.token("alice").await, stage.token("bob").await);
    let none = envoy.get("/b/a", None).await;
    assert_eq!(none.headers()["www-authenticate"], "Bearer");
    assert_eq!(none.headers()["content-type"], "application/json");
    assert_eq!(crate::support::refusal(none).await, (401, "STEAD-2004".to_owned()));
    for (path, status) in [("/b/a", 403), ("/public/a;b", 400), ("/%62/a", 400), ("/nowhere", 404)]
    {
        let answer = envoy.get(path, Some(&bob)).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
    let twice = envoy.ask("/b/a").bearer_auth(&alice).bearer_auth(&bob).send().await.unwrap();
    assert_eq!(twice.status().as_u16(), 400);
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn kg_26_envoy_tells_a_refused_call_in_the_way_of_grpc() {
    let stage = Stage::new().await;
    let envoy = Envoy::before(&stage).await;
    let http = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let call = http.post(format!("http://{}/b/a", envoy.address));
    let none = call.header("content-type", "application/grpc").send().await.unwrap();
    assert_eq!(
        (none.status().as_u16(), &none.headers()["grpc-status"]),
        (200, &"16".parse().unwrap())
    );
    assert!(none.headers()["grpc-message"].to_str().unwrap().contains("STEAD-2004"));
    assert_eq!(none.headers()["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn kg_23_envoy_hands_on_a_demand_to_sign_in_again_in_both_languages() {
    let stage = Stage::beside(strict().await, |_| {}).await;
    let envoy = Envoy::before(&stage).await;
    let alice = stage.token("alice").await;
    let answer = envoy.get("/b/a", Some(&alice)).await;
    assert_eq!(answer.status().as_u16(), 401);
    let told = Challenge::from_headers(answer.headers()).unwrap();
    assert!(told.claims().contains("acrs") && !told.acr_values().is_empty());
}

#[tokio::test]
async fn kg_23_envoy_lets_nobody_in_while_the_gateway_is_away() {
    let stage = Stage::new().await;
    let envoy = Envoy::before(&stage).await;
    let alice = stage.token("alice").await;
    assert_eq!(envoy.get("/b/a", Some(&alice)).await.status().as_u16(), 200);
    let Stage { world, upstream, gateway, .. } = stage;
    gateway.shutdown().await;
    for path in ["/b/a", "/public/a"] {
        assert_eq!(envoy.get(path, Some(&alice)).await.status().as_u16(), 503, "{path}");
    }
    assert_eq!(upstream.seen().len(), 1);
    drop(world);
}

/// The same file, asking over HTTP.
fn over_http() -> String {
    let (before, by_grpc) = EXAMPLE.split_once("                      grpc_service:").unwrap();
    let (_, after) =
        by_grpc.split_once("                  - name: envoy.filters.http.router").unwrap();
    let asks = "
                      http_service:
                        path_prefix: /envoy
                        server_uri: { uri: \"http://stead\", cluster: stead, timeout: 1s }
                        authorization_request:
                          allowed_headers: { patterns: [{ prefix: \"x\" }, { exact: \"traceparent\" }] }
                        authorization_response:
                          allowed_upstream_headers: { patterns: [{ exact: \"authorization\" }] }
                          allowed_client_headers: { patterns: [{ exact: \"www-authenticate\" }] }
                  - name: envoy.filters.http.router";
    let allowed = before.replace("encode_raw_headers: true ", "encode_raw_headers: false ");
    format!("{allowed}{}{after}", asks.trim_start_matches('\n'))
}

#[tokio::test]
async fn kg_23_envoy_may_ask_over_http_too() {
    let stage = Stage::new().await;
    let envoy = Envoy::set_up_by(&over_http(), &stage).await;
    let alice = stage.token("alice").await;
    assert_eq!(envoy.get("/b/a?x=y", Some(&alice)).await.status().as_u16(), 200);
    assert_eq!(envoy.get("/public/a", Some(&alice)).await.status().as_u16(), 200);
    let none = envoy.get("/b/a", None).await;
    assert_eq!(none.headers()["www-authenticate"], "Bearer");
    assert_eq!(crate::support::refusal(none).await, (401, "STEAD-2004".to_owned()));
    let seen = stage.upstream.seen();
    let [given, public] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((given.path.as_str(), &given.claims()["aud"]), ("/b/a?x=y", &"api://b".into()));
    assert_eq!(public.header("authorization"), None);
    assert!(!format!("{seen:?}").contains(&alice) && !format!("{seen:?}").contains("mallory"));
}
