//! For proxies that ask before they forward: they are told yes, with the token that is to go on, or no, with what the
//! caller is to hear.
//!
//! | file | who asks |
//! |---|---|
//! | `over_http` | nginx's `auth_request`, Traefik's `forwardAuth`, Envoy's `ext_authz` over HTTP |
//! | `over_grpc` | Envoy's and Istio's `ext_authz` over gRPC, on the same listener |
//! | [`messages`] | what is said over gRPC |
//! | this one | what is asked about, and what becomes of it: the same for all |
//!
//! The proxy forwards by itself. It forwards the path as it came, so that only one in canonical form is allowed at all;
//! and Envoy, which can take headers away, is told which.

pub mod messages;
mod over_grpc;
mod over_http;

use crate::admit::Asked;
use crate::errors::{Code, Fault};
use crate::hygiene::headers::Strip;
use crate::hygiene::path::canonical;
use crate::hygiene::query::holds_token;
use crate::metrics;
use crate::plane::Plane;
use crate::spans::{self, Ended};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Instant;
use stead_telemetry::{Span, Trace};

/// Headers that Envoy sets itself: it cleans them, in this spelling, as it is set up to.
const ENVOYS: [&str; 3] = ["x-forwarded-client-cert", "x-forwarded-for", "x-forwarded-proto"];
const ENVOYS_OWN: &str = "x-envoy-";

/// An answer to either.
pub(crate) type Body = Either<Full<Bytes>, tonic::body::Body>;

/// What is asked about.
#[derive(Debug)]
struct Question {
    method: Method,
    host: Authority,
    /// With its query, as it goes on.
    path: String,
}

/// `Authorization` as it goes on, or that none does.
type Allowed = Option<HeaderValue>;

/// Answers one question.
pub(crate) async fn answer(plane: Arc<Plane>, request: Request<Incoming>) -> Response<Body> {
    if over_grpc::is_meant(request.uri().path()) {
        over_grpc::answer(plane, request).await.map(Either::Right)
    } else {
        over_http::answer(&plane, request).await.map(Either::Left)
    }
}

/// Decides about the request, and counts and logs the outcome. There is no question if the request could be read in two
/// ways.
async fn judge(
    plane: &Plane,
    question: Option<Question>,
    headers: &HeaderMap,
    span: &mut Span,
) -> Result<Allowed, Fault> {
    let trace = *span.trace();
    let began = Instant::now();
    let mut route = "none";
    let judged = match question {
        Some(question) => question.judge(plane, (headers, &trace), &mut route).await,
        None => Err(Code::Ambiguous.into()),
    };
    let status = match &judged {
        Ok(_) => StatusCode::OK,
        Err(fault) => {
            fault.note(route, trace.id());
            fault.code.status()
        }
    };
    let status = status.as_u16();
    spans::ended(span, Ended { route, status, code: spans::why(&judged) });
    metrics::answered(route, status, began.elapsed());
    judged
}

/// nginx and Envoy hand on one `WWW-Authenticate`; both languages fit in it (RFC 9110 §11.6.1).
fn join_challenges(headers: &mut HeaderMap) {
    let all: Vec<&[u8]> =
        headers.get_all(header::WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes).collect();
    if all.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b", "[..])) {
        headers.insert(header::WWW_AUTHENTICATE, joined);
    }
}

/// What a request holds that Envoy is not to send on: whatever says who somebody is, and a token in whose place goes none.
fn unwanted<'h>(
    headers: &'h HeaderMap,
    strip: &'h Strip,
    allowed: &Allowed,
) -> impl Iterator<Item = &'h str> {
    let replaced = allowed.is_some();
    let unwanted = move |name: &&str| {
        let envoys = ENVOYS.contains(name) || name.starts_with(ENVOYS_OWN);
        strip.takes(name) && !envoys && !(replaced && *name == header::AUTHORIZATION)
    };
    headers.keys().map(HeaderName::as_str).filter(unwanted)
}

impl Question {
    async fn judge<'p>(
        &self,
        plane: &'p Plane,
        (headers, trace): (&HeaderMap, &Trace),
        name: &mut &'p str,
    ) -> Result<Allowed, Fault> {
        let Self { method, host, path } = self;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if !canonical(path).is_ok_and(|canonical| canonical == path) {
            return Err(Code::Ambiguous.into());
        }
        if holds_token(query) {
            return Err(Code::MalformedToken.into());
        }
        let asked = Asked { authority: host, path, method };
        let route = plane.route(asked)?;
        *name = &route.name;
        Ok(plane.admit(route, asked, headers, trace).await?.authorization())
    }
}
