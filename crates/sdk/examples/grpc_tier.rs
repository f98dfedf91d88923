//! Two gRPC services and who calls them: `reports` is called by a user's front end and asks `rows` for that user's rows.
//!
//! ```text
//! grpc_tier rows    ISSUER ADDRESS                                # the resource, api://company-data
//! grpc_tier reports ISSUER ADDRESS SECRET_FILE http://ROWS_ADDRESS  # in the middle, api://reports-api
//! grpc_tier call    http://REPORTS_ADDRESS TOKEN_FILE             # as a front end would
//! ```
//!
//! `cargo run --package stead --features tonic --example grpc_tier -- …`. Both messages are
//! `google.protobuf.StringValue`; what `tonic-prost-build` makes of your `.proto` stands in the place of `Text`.

use http::uri::PathAndQuery;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use stead::grpc::{ActForCallers, Allowed as _, RequireToken};
use stead::outgoing::OnBehalfOf as _;
use stead::{Credential, Obo, Provider, Verifier, rule};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::server::NamedService;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Layer as _, Service, service_fn};

rule!(ReadReports: scope = "Reports.Read", actors = ["dashboard"]);
rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 2);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The resource: says whose rows they are. Whoever came without a good token was answered before this.
async fn rows(request: Request<String>) -> Result<String, Status> {
    let caller = request.allowed::<ReadRows>()?;
    let whose = caller.preferred_username().unwrap_or("somebody");
    Ok(format!("{} rows for {whose}", request.get_ref()))
}

/// In the middle: asks on, on behalf of who asks. A demand to sign in again goes back with the status.
async fn report<S>(request: Request<String>, rows: S) -> Result<String, Status>
where
    S: GrpcService<Body>,
    S::ResponseBody: tonic::codegen::Body + Send + 'static,
    <S::ResponseBody as tonic::codegen::Body>::Error: Into<Failure>,
{
    let caller = request.allowed::<ReadReports>()?;
    let asked = Request::new(request.into_inner());
    ask(rows, asked.on_behalf_of(&caller, "api://company-data/Rows.Read")).await
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever starts it wants to read what it says")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["rows", issuer, address] => {
            let verifier = Verifier::new(issuer, "api://company-data")?;
            serve(address, verifier, Text::new(rows)).await
        }
        ["reports", issuer, address, secret_file, data] => {
            // One provider for both: its keys to verify with, its token endpoint to exchange at.
            let provider = Provider::builder(*issuer).build()?;
            let verifier = Verifier::builder().provider(provider.clone());
            let secret = std::fs::read_to_string(secret_file)?;
            let obo = Obo::builder()
                .provider(provider)
                .client_id("reports-api")
                .credential(Credential::secret(secret.trim()));
            let channel = Channel::from_shared((*data).to_owned())?.connect_lazy();
            let rows = ActForCallers::new(obo.build()?).layer(channel);
            let reports = Text::new(move |request| report(request, rows.clone()));
            serve(address, verifier.audience("api://reports-api").build()?, reports).await
        }
        ["call", url, token_file] => {
            let mut request = Request::new("all".to_owned());
            let bearer = format!("Bearer {}", std::fs::read_to_string(token_file)?.trim());
            request.metadata_mut().insert("authorization", bearer.parse()?);
            let channel = Channel::from_shared((*url).to_owned())?.connect().await?;
            println!("{}", ask(channel, request).await?);
            Ok(())
        }
        _ => {
            Err("usage: grpc_tier rows|reports|call …, as in the first lines of its source".into())
        }
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]
async fn serve(address: &str, verifier: Verifier, text: Text) -> Result<(), Failure> {
    println!("ready: http://{address}");
    let server = Server::builder().layer(RequireToken::new(verifier)).add_service(text);
    Ok(server.serve(address.parse()?).await?)
}

/// What a generated client does.
async fn ask<S>(service: S, request: Request<String>) -> Result<String, Status>
where
    S: GrpcService<Body>,
    S::ResponseBody: tonic::codegen::Body + Send + 'static,
    <S::ResponseBody as tonic::codegen::Body>::Error: Into<Failure>,
{
    let mut client = tonic::client::Grpc::new(service);
    client.ready().await.map_err(|_| Status::unavailable("the next service is away"))?;
    let path = PathAndQuery::from_static("/stead.example.Text/Get");
    let codec = ProstCodec::<String, String>::default();
    Ok(client.unary(request, path, codec).await?.into_inner())
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<String>, Status>> + Send>>;

/// What a generated server does: the service `stead.example.Text` with its one method.
#[derive(Clone)]
struct Text(Arc<dyn Fn(Request<String>) -> Answer + Send + Sync>);

impl Text {
    fn new<F>(get: impl Fn(Request<String>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Status>> + Send + 'static,
    {
        Self(Arc::new(move |request| {
            let got = get(request);
            Box::pin(async { got.await.map(Response::new) })
        }))
    }
}

impl NamedService for Text {
    const NAME: &'static str = "stead.example.Text";
}

impl Service<http::Request<Body>> for Text {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let get = Arc::clone(&self.0);
        let get = service_fn(move |request| get(request));
        let codec = ProstCodec::<String, String>::default();
        Box::pin(async move { Ok(tonic::server::Grpc::new(codec).unary(get, request).await) })
    }
}
