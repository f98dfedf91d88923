//! What those see who watch: whether it is ready, how providers stand, whose trace a question to them belongs to.

use crate::support::{Stage, get_at};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead::Target;
use stead_gateway::config::{Exchange, GatewayConfig, ProviderConfig, Route};
use tokio::net::{TcpListener, TcpStream};

/// A provider that gives everybody a token, and notes with which headers it was asked.
#[derive(Clone)]
struct Generous {
    issuer: String,
    asked: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Generous {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/x", listener.local_addr().unwrap());
        let generous = Self { issuer, asked: Arc::default() };
        tokio::spawn(generous.clone().serve(listener));
        generous
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(self.clone().speak(socket));
        }
    }

    async fn speak(self, socket: TcpStream) {
        let service = service_fn(|request| {
            let said = Full::new(Bytes::from(self.answer(&request).to_string()));
            async move { Ok::<_, Infallible>(Response::new(said)) }
        });
        let builder = Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(TokioIo::new(socket), service).await;
    }

    fn answer(&self, request: &Request<Incoming>) -> Value {
        let name = &self.issuer;
        if request.uri().path().ends_with("/token") {
            self.asked.lock().unwrap().push(request.headers().clone());
            return json!({ "access_token": "given", "token_type": "Bearer", "expires_in": 300,
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token" });
        }
        json!({ "issuer": name, "token_endpoint": format!("{name}/token"),
            "grant_types_supported": ["urn:ietf:params:oauth:grant-type:token-exchange"] })
    }
}

/// One more provider of this name, and a route `/other/*` with its tokens.
fn with_another(config: &mut GatewayConfig, name: &str, issuer: String) {
    let [corp] = config.providers.as_slice() else { panic!("one provider is set up") };
    config.providers.push(ProviderConfig { name: name.to_owned(), issuer, ..corp.clone() });
    let target = Target::parse("api://other/Use").unwrap();
    let exchange = Exchange::For { provider: name.to_owned(), target };
    let matching = crate::support::matching("/other/*");
    config.routes.push(Route { matching, exchange, ..config.routes[0].clone() });
}

/// What is answered there on the port of the metrics.
async fn shown(stage: &Stage, path: &str) -> (u16, String) {
    get_at(stage.gateway.metrics().unwrap(), path).await
}

/// What is counted. The provider is a server in this process: whichever of the two came first counts for both.
pub(crate) async fn counted(stage: &Stage) -> String {
    let (status, ours) = shown(stage, "/metrics").await;
    assert_eq!(status, 200);
    let url = format!("{}/metrics", stage.world.metrics());
    ours + &stage.world.http().get(url).send().await.unwrap().text().await.unwrap()
}

/// Returns when it says so.
async fn until(stage: &Stage, path: &str, wanted: impl Fn(&(u16, String)) -> bool) {
    let waiting = async { while !wanted(&shown(stage, path).await) {} };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
}

#[tokio::test]
async fn the_provider_hears_whose_trace_a_question_belongs_to() {
    let Generous { issuer, asked } = Generous::start().await;
    let stage = Stage::with(|config| with_another(config, "generous", issuer)).await;
    let alice = stage.token("alice").await;
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for _ in 0..2 {
        let request = stage.get("/other/a").bearer_auth(&alice).header("traceparent", sent);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    }
    let asked = asked.lock().unwrap().clone();
    let [only] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(only["traceparent"], sent);

    let counted = counted(&stage).await;
    let said = |line: &str| counted.lines().any(|it| it.starts_with(line));
    for line in [
        r#"stead_provider_up{provider="generous"} 1"#,
        r#"stead_breaker_state{provider="generous"} 0"#,
        r#"stead_cache_entries{provider="generous"} 1"#,
        r#"stead_cache_events_total{event="hit"}"#,
        r#"stead_cache_events_total{event="miss"}"#,
        r#"stead_jwks_age_seconds{provider="corp"} 0"#,
    ] {
        assert!(said(line), "{line} in {counted}");
    }
    assert!(!counted.contains(&alice));
}

#[tokio::test]
async fn it_is_ready_once_each_provider_has_answered_or_is_known_to_be_down() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/x", silent.local_addr().unwrap());
    let stage = Stage::with(|config| with_another(config, "silent", issuer)).await;
    let (connection, _) = silent.accept().await.unwrap();
    assert_eq!(shown(&stage, "/healthz").await.0, 200);
    let waits = (503, "waiting for the provider silent\n".to_owned());
    until(&stage, "/readyz", |said| *said == waits).await;
    drop((connection, silent));
    until(&stage, "/readyz", |(status, _)| *status == 200).await;
    let counted = counted(&stage).await;
    assert!(counted.contains(r#"stead_provider_up{provider="silent"} 0"#), "{counted}");
}
