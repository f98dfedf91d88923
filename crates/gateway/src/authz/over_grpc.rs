//! Envoy's and Istio's `ext_authz` over gRPC: `envoy.service.auth.v3.Authorization/Check` (decision 31).

use super::messages::{
    Allowed as Yes, Append, CheckRequest, CheckResponse, Denied, Header, HttpRequest, HttpStatus,
    SetHeader, Status as RpcStatus, Verdict,
};
use super::{Allowed, Question, join_challenges, judge, unwanted};
use crate::errors::Fault;
use crate::hygiene::headers::Strip;
use crate::plane::Plane;
use crate::spans;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use stead_telemetry::Trace;
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// Longest question read, in bytes. Envoy takes heads of up to 60 KiB, and may tell certificates besides; bodies are
/// not looked at, and so not to be sent.
const LONGEST: usize = 256 * 1024;

/// Whether a request is for the procedure: by its path, which the proxy chooses. The callers of a proxy that asks over
/// HTTP choose the content type, and gRPC says no with a 200, which to that proxy is a yes.
pub(super) fn is_meant(path: &str) -> bool {
    path == CHECK
}

/// Answers one question.
pub(super) async fn answer(
    plane: Arc<Plane>,
    request: Request<Incoming>,
) -> Response<tonic::body::Body> {
    let mut grpc = Grpc::new(ProstCodec::default()).max_decoding_message_size(LONGEST);
    grpc.unary(Check(plane), request).await
}

/// The one procedure.
struct Check(Arc<Plane>);

impl UnaryService<CheckRequest> for Check {
    type Response = CheckResponse;
    type Future =
        Pin<Box<dyn Future<Output = Result<tonic::Response<CheckResponse>, Status>> + Send>>;

    fn call(&mut self, asked: tonic::Request<CheckRequest>) -> Self::Future {
        let plane = Arc::clone(&self.0);
        Box::pin(async move { Ok(check(&plane, asked.into_inner()).await.into()) })
    }
}

async fn check(plane: &Plane, asked: CheckRequest) -> CheckResponse {
    let http = asked.attributes.and_then(|it| it.request).and_then(|it| it.http);
    let (question, headers) = http.and_then(read).unzip();
    let headers = headers.unwrap_or_default();
    let method = question.as_ref().map_or(Method::GET, |asked| asked.method.clone());
    let mut span = spans::request(&plane.telemetry, &headers, &method);
    match judge(plane, question, &headers, &mut span).await {
        Ok(allowed) => allow(&allowed, &plane.inbound.strip, &headers),
        Err(fault) => deny(&fault, span.trace()),
    }
}

fn read(http: HttpRequest) -> Option<(Question, HeaderMap)> {
    let mut headers = HeaderMap::new();
    match &http.header_map {
        Some(each) => {
            for Header { key, value, raw_value } in &each.headers {
                let value = if raw_value.is_empty() { value.as_bytes() } else { raw_value };
                take(&mut headers, key, value)?;
            }
        }
        None => {
            for (name, value) in &http.headers {
                take(&mut headers, name, value.as_bytes())?;
            }
        }
    }
    let question = Question {
        method: Method::from_bytes(http.method.as_bytes()).ok()?,
        host: http.host.parse().ok()?,
        path: http.path,
    };
    Some((question, headers))
}

/// Envoy tells `:path` and the like among the headers too: those stand in fields of their own.
fn take(headers: &mut HeaderMap, name: &str, value: &[u8]) -> Option<()> {
    if !name.starts_with(':') {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(())
}

/// Yes: with this token or none, and without what only we or Envoy may say.
fn allow(allowed: &Allowed, strip: &Strip, headers: &HeaderMap) -> CheckResponse {
    let yes = Yes {
        headers_to_remove: unwanted(headers, strip, allowed).map(str::to_owned).collect(),
        headers: allowed.iter().map(|token| set(&header::AUTHORIZATION, token)).collect(),
    };
    CheckResponse { status: Some(status(Code::Ok, "")), verdict: Some(Verdict::Allowed(yes)) }
}

/// No: what Envoy hands to the caller.
fn deny(fault: &Fault, trace: &Trace) -> CheckResponse {
    let mut headers = fault.all_headers();
    join_challenges(&mut headers);
    let http = fault.code.status();
    let denied = Denied {
        status: Some(HttpStatus { code: http.as_u16().into() }),
        headers: headers.iter().map(|(name, value)| set(name, value)).collect(),
        body: fault.body(trace.id()),
    };
    let code = match http {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        _ if http.is_server_error() => Code::Unavailable,
        _ => Code::PermissionDenied,
    };
    CheckResponse {
        status: Some(status(code, &fault.code.to_string())),
        verdict: Some(Verdict::Denied(denied)),
    }
}

fn status(code: Code, why: &str) -> RpcStatus {
    RpcStatus { code: code.into(), message: why.to_owned() }
}

/// In the place of all others of its name, which has to be said.
fn set(name: &HeaderName, value: &HeaderValue) -> SetHeader {
    let header = Header {
        key: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        raw_value: bytes::Bytes::new(),
    };
    SetHeader { header: Some(header), append: Some(Append { value: false }) }
}
