//! For proxies that ask before they forward: nginx's `auth_request`, Traefik's `forwardAuth`, Envoy's `ext_authz` over
//! HTTP. They are told yes, with the token that is to go on, or no, with what the caller is to hear.
//!
//! | path | whose question it is | where method, host and path stand |
//! |---|---|---|
//! | `/nginx` | `auth_request` | `X-Original-Method`, `X-Original-Host`, `X-Original-URI` |
//! | `/traefik` | `forwardAuth` | `X-Forwarded-Method`, `X-Forwarded-Host`, `X-Forwarded-Uri` |
//! | `/envoy/…` | `ext_authz` | in the question itself, the path behind `/envoy` |
//!
//! The proxy forwards the path as it came, so that only one in canonical form is allowed at all.

use crate::admit::Asked;
use crate::errors::{Code, Fault};
use crate::hygiene::path::canonical;
use crate::hygiene::query::holds_token;
use crate::metrics;
use crate::plane::Plane;
use crate::trace::Trace;
use bytes::Bytes;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use std::time::Instant;

/// Headers that Envoy is to take away before it forwards.
const TO_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Nginx,
    Traefik,
    Envoy,
}

/// What is asked about.
#[derive(Debug)]
struct Question {
    method: Method,
    host: Authority,
    path: String,
}

/// Answers one question.
pub(crate) async fn answer(plane: &Plane, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (began, trace) = (Instant::now(), Trace::of(request.headers()));
    let mut route = "none";
    let by = Asking::of(request.uri().path());
    let judged = judge(plane, &request, &mut route).await;
    let response = match judged {
        Ok(authorization) => allow(authorization),
        Err(fault) => {
            let (code, trace_id) = (fault.code, trace.id());
            tracing::info!(%code, route, %trace_id, "refused");
            deny(&fault, &trace, by)
        }
    };
    metrics::answered(route, response.status().as_u16(), began.elapsed());
    response
}

async fn judge<'p>(
    plane: &'p Plane,
    request: &Request<Incoming>,
    name: &mut &'p str,
) -> Result<Option<HeaderValue>, Fault> {
    let question = Question::read(request).ok_or(Fault::plain(Code::Ambiguous))?;
    let Question { method, host, path } = &question;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if !canonical(path).is_ok_and(|canonical| canonical == path) {
        return Err(Code::Ambiguous.into());
    }
    if holds_token(query) {
        return Err(Code::MalformedToken.into());
    }
    let route = plane.route(Asked { host: host.host(), path, method })?;
    *name = &route.name;
    Ok(plane.admit(route, request.headers()).await?.authorization())
}

impl Asking {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/nginx" => Some(Self::Nginx),
            "/traefik" => Some(Self::Traefik),
            _ => path.strip_prefix("/envoy").filter(|it| it.starts_with('/')).map(|_| Self::Envoy),
        }
    }
}

impl Question {
    fn read(request: &Request<Incoming>) -> Option<Self> {
        let by = Asking::of(request.uri().path())?;
        let said = |name: &str| only(request.headers(), name);
        let named = |method: &str, host: &str, path: &str| {
            Some(Self {
                method: Method::from_bytes(said(method)?.as_bytes()).ok()?,
                host: said(host)?.parse().ok()?,
                path: said(path)?.to_owned(),
            })
        };
        match by {
            Asking::Nginx => named("x-original-method", "x-original-host", "x-original-uri"),
            Asking::Traefik => named("x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"),
            Asking::Envoy => Some(Self {
                method: request.method().clone(),
                host: said("host")?.parse().ok()?,
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

/// Yes: with this token, or with none in place of the caller's.
fn allow(authorization: Option<HeaderValue>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match authorization {
        Some(token) => headers.insert(header::AUTHORIZATION, token),
        None => headers.insert(TO_REMOVE, HeaderValue::from_static("authorization")),
    };
    response
}

/// No: what the proxy hands to the caller.
fn deny(fault: &Fault, trace: &Trace, by: Option<Asking>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(fault.body(trace.id())));
    *response.headers_mut() = fault.all_headers();
    *response.status_mut() = match by {
        Some(Asking::Nginx) => {
            join_challenges(response.headers_mut());
            for_nginx(fault.code.status())
        }
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

/// nginx hands on one `WWW-Authenticate`; both languages fit in it (RFC 9110 §11.6.1).
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
