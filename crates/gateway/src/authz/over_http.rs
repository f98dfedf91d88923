//! The question as an HTTP request of its own, answered by a status and headers.
//!
//! | path | whose question it is | where method, host and path stand |
//! |---|---|---|
//! | `/nginx` | `auth_request` | `X-Original-Method`, `X-Original-Host`, `X-Original-URI` |
//! | `/traefik` | `forwardAuth` | `X-Forwarded-Method`, `X-Forwarded-Host`, `X-Forwarded-Uri` |
//! | `/envoy/…` | `ext_authz` | in the question itself, the path behind `/envoy` |

use super::{Allowed, Question, join_challenges, judge, unwanted};
use crate::errors::Fault;
use crate::plane::Plane;
use crate::spans;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use stead_telemetry::Trace;

/// Headers that Envoy is to take away before it forwards.
const TO_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Nginx,
    Traefik,
    Envoy,
}

/// Answers one question.
pub(super) async fn answer(plane: &Plane, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let by = Asking::of(request.uri().path());
    let question = by.and_then(|by| by.question(&request));
    let method = question.as_ref().map_or(request.method(), |asked| &asked.method);
    let mut span = spans::request(&plane.telemetry, request.headers(), method);
    match judge(plane, question, request.headers(), &mut span).await {
        Ok(allowed) if by == Some(Asking::Envoy) => {
            let names = unwanted(request.headers(), &plane.inbound.strip, &allowed);
            let names = HeaderValue::try_from(names.collect::<Vec<_>>().join(",")).ok();
            allow(allowed, names.map(|names| (TO_REMOVE, names)))
        }
        Ok(allowed) => allow(allowed, None),
        Err(fault) => deny(&fault, span.trace(), by),
    }
}

impl Asking {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/nginx" => Some(Self::Nginx),
            "/traefik" => Some(Self::Traefik),
            _ => path.strip_prefix("/envoy").filter(|it| it.starts_with('/')).map(|_| Self::Envoy),
        }
    }

    fn question(self, request: &Request<Incoming>) -> Option<Question> {
        let said = |name: &str| only(request.headers(), name);
        let named = |method: &str, host: &str, path: &str| {
            Some(Question {
                method: Method::from_bytes(said(method)?.as_bytes()).ok()?,
                host: said(host)?.parse().ok()?,
                path: said(path)?.to_owned(),
            })
        };
        match self {
            Self::Nginx => named("x-original-method", "x-original-host", "x-original-uri"),
            Self::Traefik => named("x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"),
            Self::Envoy => Some(Question {
                method: request.method().clone(),
                // HTTP/2 has no `Host`.
                host: match request.uri().authority() {
                    Some(authority) => authority.clone(),
                    None => said("host")?.parse().ok()?,
                },
                path: request
                    .uri()
                    .path_and_query()
                    .map(PathAndQuery::as_str)
                    .and_then(|path| path.strip_prefix("/envoy"))?
                    .to_owned(),
            }),
        }
    }
}

/// A header of which there is exactly one.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

/// Yes: with this token, and with this told besides.
fn allow(allowed: Allowed, told: Option<(HeaderName, HeaderValue)>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(allowed.map(|token| (header::AUTHORIZATION, token)).into_iter().chain(told));
    response
}

/// No: what the proxy hands to the caller.
fn deny(fault: &Fault, trace: &Trace, by: Option<Asking>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(fault.body(trace.id())));
    *response.headers_mut() = fault.all_headers();
    if by != Some(Asking::Traefik) {
        join_challenges(response.headers_mut());
    }
    *response.status_mut() = match by {
        Some(Asking::Nginx) => for_nginx(fault.code.status()),
        _ => fault.code.status(),
    };
    response
}

/// nginx hands on 401 and 403, and makes a 500 of everything else: right for trouble, wrong for a refusal.
fn for_nginx(status: StatusCode) -> StatusCode {
    if status == StatusCode::UNAUTHORIZED || status.is_server_error() {
        return status;
    }
    StatusCode::FORBIDDEN
}
