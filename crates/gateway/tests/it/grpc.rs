//! A service that speaks gRPC: what it says of our token it says in a status of its own, with a 200.

use crate::stub::Beside;
use http::uri::PathAndQuery;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use stead_gateway::authz::messages::{Asked, Attributes, CheckRequest, CheckResponse, HttpRequest};
use stead_gateway::config::{Exchange, GatewayConfig, Speaks, Upstream};
use tokio::net::TcpListener;
use tonic::client;
use tonic::server::{self, UnaryService};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

/// The service: what it was asked with which token, and how it refuses the next requests.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    seen: Arc<Mutex<Vec<(String, CheckRequest)>>>,
    pub(crate) refusals: Arc<Mutex<Vec<Code>>>,
}

impl UnaryService<CheckRequest> for Rows {
    type Response = CheckResponse;
    type Future = Ready<Result<Response<CheckResponse>, Status>>;

    fn call(&mut self, asked: Request<CheckRequest>) -> Self::Future {
        let token = asked.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
        self.seen.lock().unwrap().push((token, asked.into_inner()));
        ready(match self.refusals.lock().unwrap().pop() {
            Some(code) => Err(Status::new(code, "of the service")),
            None => Ok(CheckResponse::default().into()),
        })
    }
}

impl Rows {
    pub(crate) async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rows = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(rows.clone().speak(TokioIo::new(stream)));
            }
        });
        address
    }

    async fn speak(self, stream: TokioIo<tokio::net::TcpStream>) {
        let service = service_fn(move |request| {
            let rows = self.clone();
            async move {
                let mut grpc = server::Grpc::new(ProstCodec::default());
                Ok::<_, Infallible>(grpc.unary(rows, request).await)
            }
        });
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(stream, service).await;
    }

    pub(crate) fn tokens(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(token, _)| token.clone()).collect()
    }
}

/// The service behind a gateway.
pub(crate) async fn stage(change: impl FnOnce(&mut GatewayConfig)) -> (Rows, Beside) {
    let rows = Rows::default();
    let origin = format!("http://{}", rows.start().await).parse().unwrap();
    let beside = Beside::start(|config| {
        config.routes[0].upstream = Some(Upstream { origin, speaks: Speaks::Http2 });
        change(config);
    })
    .await;
    (rows, beside)
}

fn question(text: &str) -> CheckRequest {
    let http = HttpRequest { path: text.to_owned(), ..HttpRequest::default() };
    let request = Some(Asked { http: Some(http) });
    CheckRequest { attributes: Some(Attributes { request }) }
}

/// Asks the service through the gateway, as Alice.
async fn ask(beside: &Beside, text: &str) -> Result<CheckResponse, Status> {
    let alice = beside.stub.token("alice", "dashboard");
    call(beside, Some(&alice), "/0/rows.Rows", text).await
}

/// Makes a call through the gateway.
pub(crate) async fn call(
    beside: &Beside,
    token: Option<&str>,
    path: &'static str,
    text: &str,
) -> Result<CheckResponse, Status> {
    let http: Client<HttpConnector, tonic::body::Body> =
        Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let origin = format!("http://{}", beside.gateway.proxy().unwrap()).parse().unwrap();
    let mut grpc = client::Grpc::with_origin(http, origin);
    grpc.ready().await.unwrap();
    let mut request = Request::new(question(text));
    if let Some(token) = token {
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
    }
    let codec = ProstCodec::<CheckRequest, CheckResponse>::default();
    let path = PathAndQuery::from_static(path);
    grpc.unary(request, path, codec).await.map(Response::into_inner)
}

/// A refusal of the gateway's, and its code.
pub(crate) fn heard(status: &Status) -> (Code, &str) {
    (status.code(), status.metadata().get("stead-code").unwrap().to_str().unwrap())
}

#[tokio::test]
async fn after_unauthenticated_a_call_is_made_once_more_with_a_new_token() {
    let (rows, beside) = stage(|_| {}).await;
    rows.refusals.lock().unwrap().push(Code::Unauthenticated);
    assert_eq!(ask(&beside, "twice").await.unwrap(), CheckResponse::default());
    let seen = rows.seen.lock().unwrap().clone();
    let [refused, again] = seen.as_slice() else { panic!("{} calls", seen.len()) };
    assert_ne!(refused.0, again.0);
    assert_eq!((&refused.1, &again.1), (&question("twice"), &question("twice")));
}

#[tokio::test]
async fn a_second_unauthenticated_is_the_gateways_to_answer_for() {
    let (rows, beside) = stage(|_| {}).await;
    *rows.refusals.lock().unwrap() = vec![Code::Unauthenticated; 2];
    // The caller's own token is good, and must not be thrown away for ours.
    assert_eq!(heard(&ask(&beside, "rows").await.unwrap_err()), (Code::Unavailable, "STEAD-2017"));
    assert_eq!(rows.tokens().len(), 2);
}

#[tokio::test]
async fn a_service_that_takes_no_token_costs_no_exchange_with_every_call() {
    let (rows, beside) = stage(|_| {}).await;
    *rows.refusals.lock().unwrap() = vec![Code::Unauthenticated; 4];
    let alice = beside.stub.token("alice", "dashboard");
    let ask = async || call(&beside, Some(&alice), "/0/rows.Rows", "rows").await;
    for _ in 0..3 {
        let told = ask().await.unwrap_err();
        assert_eq!(heard(&told), (Code::Unavailable, "STEAD-2017"));
    }
    assert_eq!((rows.tokens().len(), beside.stub.exchanges()), (4, 2));
    ask().await.unwrap();
    assert_eq!(beside.stub.exchanges(), 2);
}

#[tokio::test]
async fn a_call_that_is_large_is_not_made_again_but_the_next_one_has_a_new_token() {
    let (rows, beside) = stage(|_| {}).await;
    rows.refusals.lock().unwrap().push(Code::Unauthenticated);
    let answer = ask(&beside, &"large ".repeat(20_000)).await;
    assert_eq!(heard(&answer.unwrap_err()), (Code::Unavailable, "STEAD-2017"));
    ask(&beside, "next").await.unwrap();
    let tokens = rows.tokens();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1]);
}

#[tokio::test]
async fn what_else_the_service_says_is_its_own() {
    let (rows, beside) = stage(|_| {}).await;
    rows.refusals.lock().unwrap().push(Code::PermissionDenied);
    let told = ask(&beside, "rows").await.unwrap_err();
    assert_eq!((told.code(), told.message()), (Code::PermissionDenied, "of the service"));
    let (own, forwarding) = stage(|config| config.routes[0].exchange = Exchange::Forward).await;
    own.refusals.lock().unwrap().push(Code::Unauthenticated);
    assert_eq!(ask(&forwarding, "rows").await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!((rows.tokens().len(), own.tokens().len()), (1, 1));
}
