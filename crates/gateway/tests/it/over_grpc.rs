//! Envoy's question over gRPC, as it may come and as it should not.

use crate::support::{Stage, strict};
use http::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;
use stead::Challenge;
use stead_gateway::authz::messages::{
    Allowed, Asked, Attributes, CheckRequest, CheckResponse, Denied, Header, Headers, HttpRequest,
    SetHeader, Verdict,
};
use tonic::client::Grpc;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// Asks this at that procedure.
async fn call(
    at: SocketAddr,
    path: &'static str,
    asked: CheckRequest,
) -> Result<CheckResponse, Status> {
    let client: Client<HttpConnector, tonic::body::Body> =
        Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let origin = Uri::try_from(format!("http://{at}")).unwrap();
    let mut grpc = Grpc::with_origin(client, origin);
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<CheckRequest, CheckResponse>::default();
    let answer = grpc.unary(tonic::Request::new(asked), path.parse().unwrap(), codec).await;
    answer.map(tonic::Response::into_inner)
}

async fn ask(stage: &Stage, http: HttpRequest) -> CheckResponse {
    ask_at(stage.gateway.ext_authz().unwrap(), http).await
}

/// The same of a gateway that answers there.
pub(crate) async fn ask_at(at: SocketAddr, http: HttpRequest) -> CheckResponse {
    let asked = Asked { http: Some(http) };
    let attributes = Attributes { request: Some(asked) };
    call(at, CHECK, CheckRequest { attributes: Some(attributes) }).await.unwrap()
}

pub(crate) fn get(path: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        host: "a.example".to_owned(),
        path: path.to_owned(),
        headers: [(":authority".to_owned(), "a.example".to_owned())].into(),
        header_map: None,
    }
}

pub(crate) fn with(mut request: HttpRequest, headers: &[(&str, &str)]) -> HttpRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    request.headers.extend(headers);
    request
}

pub(crate) fn bearer(request: HttpRequest, token: &str) -> HttpRequest {
    with(request, &[("authorization", &format!("Bearer {token}"))])
}

pub(crate) fn allowed(answer: CheckResponse) -> Allowed {
    let Some(Verdict::Allowed(allowed)) = answer.verdict else { panic!("{answer:?}") };
    assert_eq!(answer.status.unwrap().code, 0);
    allowed
}

fn denied(answer: CheckResponse) -> Denied {
    let Some(Verdict::Denied(denied)) = answer.verdict else { panic!("{answer:?}") };
    assert_ne!(answer.status.unwrap().code, 0);
    denied
}

/// The status and the code of a refusal.
pub(crate) fn refusal(answer: CheckResponse) -> (i32, String) {
    let denied = denied(answer);
    let body: Value = serde_json::from_str(&denied.body).unwrap();
    (denied.status.unwrap().code, body["code"].as_str().unwrap().to_owned())
}

/// A header that is set, and whether others of its name stay.
fn told(set: &SetHeader) -> (&str, &str, bool) {
    let header = set.header.as_ref().unwrap();
    (&header.key, &header.value, set.append.unwrap().value)
}

#[tokio::test]
async fn envoy_gets_the_token_that_goes_on_and_forgets_whatever_claims_to_be_somebody() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let claims = [
        ("x-user", "mallory"),
        ("x_auth_request_email", "mallory"),
        ("x.forwarded.for", "1.1.1.1"),
        ("x-forwarded-host", "other.example"),
        ("x-tenant-id", "7"),
        ("proxy-authorization", "Basic eA=="),
    ];
    let plain = [("x-forwarded-for", "10.0.0.1"), ("x-envoy-internal", "true"), ("accept", "*/*")];
    let request = with(with(bearer(get("/b/a?x=y"), &alice), &claims), &plain);
    let yes = allowed(ask(&stage, request.clone()).await);
    let [token] = yes.headers.as_slice() else { panic!("{yes:?}") };
    let (name, value, beside) = told(token);
    assert_eq!((name, beside), ("authorization", false));
    assert!(value.starts_with("Bearer ") && !value.contains(&alice));
    let mut names: Vec<&str> = claims.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let mut removed = yes.headers_to_remove;
    removed.sort_unstable();
    assert_eq!(removed, names);

    let public = HttpRequest { path: "/public/a".to_owned(), ..request };
    let yes = allowed(ask(&stage, public).await);
    assert!(yes.headers.is_empty());
    assert!(yes.headers_to_remove.contains(&"authorization".to_owned()), "{yes:?}");
}

#[tokio::test]
async fn a_route_that_forwards_hands_on_the_callers_token_and_no_other_does() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let own = allowed(ask(&stage, bearer(get("/own/a"), &alice)).await);
    assert_eq!(told(&own.headers[0]), ("authorization", &*format!("Bearer {alice}"), false));
    let known = allowed(ask(&stage, bearer(get("/known/a"), &alice)).await);
    assert!(known.headers.is_empty());
    assert_eq!(known.headers_to_remove, ["authorization"]);
}

#[tokio::test]
async fn kg_25_headers_may_come_one_by_one() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let raw = |token: &str| Header {
        key: "authorization".to_owned(),
        value: String::new(),
        raw_value: format!("Bearer {token}").into(),
    };
    let request = |headers: Vec<Header>| HttpRequest {
        headers: std::collections::BTreeMap::new(),
        header_map: Some(Headers { headers }),
        ..get("/b/a")
    };
    assert_eq!(allowed(ask(&stage, request(vec![raw(&alice)])).await).headers.len(), 1);
    let twice = ask(&stage, request(vec![raw(&alice), raw(&alice)])).await;
    assert_eq!(refusal(twice), (400, "STEAD-2005".to_owned()));
    let no_header = Header { key: "a b".to_owned(), ..raw(&alice) };
    let odd = ask(&stage, request(vec![raw(&alice), no_header])).await;
    assert_eq!(refusal(odd), (400, "STEAD-2001".to_owned()));
}

#[tokio::test]
async fn envoy_hears_no_and_what_to_tell_the_caller() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.token("alice").await, stage.token("bob").await);
    let none = denied(ask(&stage, get("/b/a")).await);
    let challenge = none.headers.iter().map(told).find(|(name, ..)| *name == "www-authenticate");
    assert_eq!(challenge.unwrap().1, "Bearer");
    for (request, status, code) in [
        (get("/b/a"), 401, "STEAD-2004"),
        (bearer(get("/b/a"), &format!("{alice}x")), 401, "STEAD-2006"),
        (bearer(get("/more/a"), &alice), 403, "STEAD-2007"),
        (bearer(get("/b/a"), &bob), 403, "STEAD-2012"),
        (bearer(get("/nowhere"), &alice), 404, "STEAD-2002"),
        (bearer(get("/b/a"), &format!("{alice},Bearer {bob}")), 400, "STEAD-2005"),
        (bearer(get(&format!("/b/a?access_token={alice}")), &alice), 400, "STEAD-2005"),
    ] {
        let path = request.path.clone();
        assert_eq!(refusal(ask(&stage, request).await), (status, code.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn kg_25_only_what_everybody_reads_alike_is_allowed() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    for path in ["/public/../b/a", "/public/%2e%2e/b/a", "/%62/a", "/public//a", "/public/a;b", ""]
    {
        let answer = ask(&stage, bearer(get(path), &alice)).await;
        assert_eq!(refusal(answer), (400, "STEAD-2001".to_owned()), "{path}");
    }
    for odd in [
        HttpRequest { method: "GE T".to_owned(), ..get("/public/a") },
        HttpRequest { host: String::new(), ..get("/public/a") },
        with(get("/public/a"), &[("x-a", "b\r\nx-c: d")]),
    ] {
        assert_eq!(refusal(ask(&stage, odd).await), (400, "STEAD-2001".to_owned()));
    }
    let connection =
        call(stage.gateway.ext_authz().unwrap(), CHECK, CheckRequest::default()).await.unwrap();
    assert_eq!(refusal(connection), (400, "STEAD-2001".to_owned()));
    assert_eq!(allowed(ask(&stage, get("/public/a")).await), Allowed::default());
}

#[tokio::test]
async fn a_demand_to_sign_in_again_is_told_in_both_languages() {
    let stage = Stage::beside(strict().await, |_| {}).await;
    let alice = stage.token("alice").await;
    let no = denied(ask(&stage, bearer(get("/b/a"), &alice)).await);
    assert_eq!(no.status.unwrap().code, 401);
    let mut lines = no.headers.iter().map(told).filter(|(name, ..)| *name == "www-authenticate");
    let (_, both, _) = lines.next().unwrap();
    assert_eq!(lines.next(), None);
    let headers = [(http::header::WWW_AUTHENTICATE, both.parse().unwrap())];
    let told = Challenge::from_headers(&headers.into_iter().collect()).unwrap();
    assert!(told.claims().contains("acrs") && !told.acr_values().is_empty());
}

#[tokio::test]
async fn kg_25_whatever_is_no_question_is_none() {
    let stage = Stage::new().await;
    let other = "/envoy.service.auth.v2.Authorization/Check";
    let unknown =
        call(stage.gateway.ext_authz().unwrap(), other, CheckRequest::default()).await.unwrap_err();
    // A question over HTTP, that of nobody: 400.
    assert_eq!(unknown.code(), Code::Internal);
    let long = with(get("/public/a"), &[("x-long", &"x".repeat(300 * 1024))]);
    let attributes = Some(Attributes { request: Some(Asked { http: Some(long) }) });
    let long = call(stage.gateway.ext_authz().unwrap(), CHECK, CheckRequest { attributes })
        .await
        .unwrap_err();
    assert_eq!(long.code(), Code::OutOfRange);
}
