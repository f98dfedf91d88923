//! gRPC by tonic, over real connections: a service that asks for tokens, and one in the middle that gets its own.

use crate::dpop::Holder;
use crate::stub::{DATA, NOON, World, says};
use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use stead::grpc::{ActForCallers, Allowed as _, RequireToken, challenge_of};
use stead::outgoing::OnBehalfOf as _;
use stead::verify::{Dpop, VerifierBuilder, VerifyError};
use stead::{Challenge, Seconds, StepUp, Verifier, acr::Acr, rule};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tower::{Layer as _, Service, service_fn};

const TARGET: &str = "api://company-data/Rows.Read";
const READ: &str = "/stead.test.Rows/Read";

rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"]);
rule!(WriteRows: scope = "Rows.Write");
rule!(FreshSignIn: scope = "Rows.Read", acr = "urn:stead:acr:mfa");

/// A message is a text, as it is.
#[derive(Debug, Clone, Copy, Default)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;
    fn encode(&mut self, text: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;
    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| Status::internal("no text"))
    }
}

type Answer = Result<Response<String>, Status>;
type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The service `stead.test.Rows` with its one method.
#[derive(Clone)]
struct Rows(Arc<dyn Fn(Request<String>) -> Answering + Send + Sync>);

impl Rows {
    fn new<F>(read: impl Fn(Request<String>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(read(request))))
    }
}

impl NamedService for Rows {
    const NAME: &'static str = "stead.test.Rows";
}

impl Service<http::Request<tonic::body::Body>> for Rows {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        let read = Arc::clone(&self.0);
        let read = service_fn(move |request| read(request));
        Box::pin(async move { Ok(tonic::server::Grpc::new(Text).unary(read, request).await) })
    }
}

/// Serves, and says where.
async fn serve(rows: Rows, require: Option<Verifier>) -> Channel {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let incoming = TcpIncoming::from(listener);
    let mut server = Server::builder();
    if let Some(verifier) = require {
        let server = server.layer(RequireToken::new(verifier)).add_service(rows);
        tokio::spawn(server.serve_with_incoming(incoming));
    } else {
        tokio::spawn(server.add_service(rows).serve_with_incoming(incoming));
    }
    Channel::from_shared(url).unwrap().connect_lazy()
}

async fn call<S>(channel: S, request: Request<String>) -> Answer
where
    S: tonic::client::GrpcService<tonic::body::Body>,
    S::ResponseBody: tonic::codegen::Body + Send + 'static,
    <S::ResponseBody as tonic::codegen::Body>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|_| Status::unknown("not ready"))?;
    client.unary(request, PathAndQuery::from_static(READ), Text).await
}

fn verifier(world: &World, change: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> Verifier {
    let builder = Verifier::builder().provider(world.provider()).audience(DATA);
    change(builder).build().unwrap()
}

/// A resource with three rules, one for each question.
async fn resource(world: &World) -> Channel {
    let rows = Rows::new(async |request: Request<String>| {
        let caller = match request.get_ref().as_str() {
            "read" => request.allowed::<ReadRows>()?,
            "write" => request.allowed::<WriteRows>()?,
            _ => request.allowed::<FreshSignIn>()?,
        };
        Ok(Response::new(caller.subject().to_string()))
    });
    serve(
        rows,
        Some(verifier(world, |builder| builder.resource_metadata("https://data.example/m"))),
    )
    .await
}

/// A question with alice's token, something in it changed.
fn ask(world: &World, question: &str, changes: &Value) -> Request<String> {
    let token = world.sign(&world.claims_with(changes));
    with_authorization(question, &format!("Bearer {}", token.expose()))
}

fn with_authorization(question: &str, authorization: &str) -> Request<String> {
    let mut request = Request::new(question.to_owned());
    request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    request
}

fn challenge(metadata: &MetadataMap) -> &str {
    metadata.get("www-authenticate").unwrap().to_str().unwrap()
}

#[tokio::test]
async fn alice_reads_her_rows_over_grpc_through_reports_api() {
    let world = World::new().await;
    let channel = resource(&world).await;
    let answer = call(channel, ask(&world, "read", &json!({}))).await.unwrap();
    assert_eq!(answer.into_inner(), "alice");
}

#[tokio::test]
async fn a_call_without_a_good_token_is_unauthenticated_and_hears_why() {
    let world = World::new().await;
    let channel = resource(&world).await;
    let nothing = call(channel.clone(), Request::new("read".into())).await.unwrap_err();
    assert_eq!(nothing.code(), Code::Unauthenticated);
    assert_eq!(
        challenge(nothing.metadata()),
        r#"Bearer resource_metadata="https://data.example/m""#
    );
    for request in [
        ask(&world, "read", &json!({ "exp": NOON - 60 })),
        ask(&world, "read", &json!({ "aud": "api://other" })),
        with_authorization("read", "Bearer no-token"),
    ] {
        let refused = call(channel.clone(), request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert!(challenge(refused.metadata()).contains(r#"error="invalid_token""#), "{refused:?}");
    }
}

#[tokio::test]
async fn a_call_that_a_rule_refuses_is_denied_and_one_from_a_weak_sign_in_challenged() {
    let world = World::new().await;
    let channel = resource(&world).await;
    let denied = call(channel.clone(), ask(&world, "write", &json!({}))).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert!(challenge(denied.metadata()).contains(r#"scope="Rows.Write""#), "{denied:?}");
    let stranger = json!({ "act": { "sub": "mallory" } });
    let denied = call(channel.clone(), ask(&world, "read", &stranger)).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let weak = call(channel.clone(), ask(&world, "fresh", &json!({}))).await.unwrap_err();
    assert_eq!(weak.code(), Code::Unauthenticated);
    assert_eq!(challenge_of(&weak).unwrap().step_up().acr, Some(Acr::MultiFactor));
    let strong = json!({ "acr": "urn:stead:acr:mfa" });
    assert!(call(channel, ask(&world, "fresh", &strong)).await.is_ok());
}

#[tokio::test]
async fn while_the_issuer_is_away_calls_are_told_to_come_again() {
    let world = World::new().await;
    let channel = resource(&world).await;
    world.withhold_keys();
    let refused = call(channel.clone(), ask(&world, "read", &json!({}))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.metadata().get("retry-after").is_some());
}

#[tokio::test]
async fn a_rule_without_a_layer_around_it_lets_nobody_in() {
    let world = World::new().await;
    let rows = Rows::new(async |request: Request<String>| {
        request.allowed::<ReadRows>()?;
        Ok(Response::new(String::new()))
    });
    let channel = serve(rows, None).await;
    let refused = call(channel, ask(&world, "read", &json!({}))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
}

#[tokio::test]
async fn dp_07_a_bound_token_is_taken_over_grpc_with_a_proof_alone() {
    let (world, alice) = (World::new().await, Holder::new());
    let rows = Rows::new(async |request: Request<String>| {
        Ok(Response::new(request.allowed::<ReadRows>()?.subject().to_string()))
    });
    let dpop = Dpop::at("https://data.example").unwrap();
    let channel = serve(rows, Some(verifier(&world, |builder| builder.dpop(dpop)))).await;
    let token = alice.token(&world);
    let bare = call(channel.clone(), with_authorization("read", &format!("Bearer {token}"))).await;
    let bare = bare.unwrap_err();
    assert_eq!(bare.code(), Code::Unauthenticated);
    assert!(challenge(bare.metadata()).starts_with("DPoP "), "{bare:?}");
    let url = format!("https://data.example{READ}");
    let proof = alice.proof_with(&token, &json!({ "htm": "POST", "htu": url }));
    let mut request = with_authorization("read", &format!("DPoP {token}"));
    request.metadata_mut().insert("dpop", proof.parse().unwrap());
    assert_eq!(call(channel, request).await.unwrap().into_inner(), "alice");
}

/// A next service that keeps what it was sent.
#[derive(Clone, Default)]
struct Next {
    sent: Arc<Mutex<Vec<MetadataMap>>>,
}

impl Next {
    async fn serve(&self, answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Channel {
        let sent = Arc::clone(&self.sent);
        let rows = Rows::new(move |request: Request<String>| {
            let mut sent = sent.lock().unwrap();
            sent.push(request.metadata().clone());
            std::future::ready(answer(sent.len()))
        });
        serve(rows, None).await
    }

    fn tokens(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let tokens = sent.iter().flat_map(|sent| sent.get_all("authorization"));
        tokens.map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

fn good() -> Response<String> {
    Response::new("rows".into())
}

#[tokio::test]
async fn a_call_goes_out_with_the_callers_token_and_no_other_credential() {
    let (world, next) = (World::new().await, Next::default());
    let channel = ActForCallers::new(world.obo()).layer(next.serve(|_| Ok(good())).await);
    let mut request = with_authorization("rows", "Bearer the caller's own");
    request.metadata_mut().insert("cookie", "sid=1".parse().unwrap());
    let request = request.on_behalf_of(&world.caller("alice"), TARGET);
    assert_eq!(call(channel, request).await.unwrap().into_inner(), "rows");
    let [token] = &next.tokens()[..] else { panic!("{:?}", next.tokens()) };
    assert!(token.starts_with("Bearer alice|"), "{token}");
    assert!(next.sent.lock().unwrap().iter().all(|sent| sent.get("cookie").is_none()));
}

#[tokio::test]
async fn a_call_on_nobodys_behalf_is_left_alone() {
    let (world, next) = (World::new().await, Next::default());
    let channel = ActForCallers::new(world.obo()).layer(next.serve(|_| Ok(good())).await);
    call(channel, with_authorization("rows", "Bearer own")).await.unwrap();
    assert_eq!((next.tokens(), world.exchanges()), (vec!["Bearer own".to_owned()], 0));
}

#[tokio::test]
async fn after_a_token_was_refused_the_next_call_has_another() {
    let (world, next) = (World::new().await, Next::default());
    let refuses_the_first =
        |number| if number == 1 { Err(Status::unauthenticated("revoked")) } else { Ok(good()) };
    let channel = ActForCallers::new(world.obo()).layer(next.serve(refuses_the_first).await);
    let caller = world.caller("alice");
    let request = || Request::new("rows".to_owned()).on_behalf_of(&caller, TARGET);
    assert_eq!(call(channel.clone(), request()).await.unwrap_err().code(), Code::Unauthenticated);
    assert!(call(channel, request()).await.is_ok());
    let tokens = next.tokens();
    assert_eq!((tokens.len(), world.exchanges()), (2, 2));
    assert_ne!(tokens.first(), tokens.last());
}

#[tokio::test]
async fn a_demand_of_the_next_service_travels_through_a_service_in_the_middle() {
    let (world, next) = (World::new().await, Next::default());
    let wanted = StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(300)) };
    let demands = move |_| Err(VerifyError::StepUp(Challenge::from(wanted)).into());
    let channel = ActForCallers::new(world.obo()).layer(next.serve(demands).await);
    let middle = Rows::new(move |request: Request<String>| {
        let channel = channel.clone();
        async move {
            let caller = request.allowed::<ReadRows>()?;
            call(channel, Request::new("rows".to_owned()).on_behalf_of(&caller, TARGET)).await
        }
    });
    let middle = serve(middle, Some(world.verifier())).await;
    let demand = call(middle, ask(&world, "read", &json!({}))).await.unwrap_err();
    assert_eq!(demand.code(), Code::Unauthenticated);
    assert_eq!(challenge_of(&demand).unwrap().step_up(), wanted);
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test]
async fn without_a_token_no_call_is_sent() {
    let (world, next) = (World::new().await, Next::default());
    let channel = ActForCallers::new(world.obo()).layer(next.serve(|_| Ok(good())).await);
    let request = |target| {
        with_authorization("rows", "Bearer own").on_behalf_of(&world.caller("alice"), target)
    };
    let no_target = call(channel.clone(), request("no target")).await.unwrap_err();
    assert_eq!(no_target.code(), Code::Internal);
    world.answers(|_| says(400, json!({ "error": "invalid_scope", "trace_id": "t-1" })));
    let denied = call(channel, request(TARGET)).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert!(denied.message().contains("invalid_scope"), "{denied:?}");
    assert_eq!(next.tokens(), Vec::<String>::new());
}
