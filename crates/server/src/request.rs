//! What handlers take out of a request: the tenant, the moment, the client's address, a form.

use crate::app::App;
use crate::error::Unfit;
use axum::RequestExt;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt, LengthLimitError};
use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;
use stead_core::model::tenant::Named;
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_proto::form::{Form, FormError};
use stead_telemetry::Trace;
use tokio::time::timeout;

/// How long a body may take to come.
const BODY: Duration = Duration::from_secs(10);

/// The tenant that the path names; another one is never fallen back to.
#[derive(Debug)]
pub(crate) struct Tenant(pub(crate) Sts);

impl FromRequestParts<App> for Tenant {
    type Rejection = Unfit;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Unfit> {
        let Addressed(sts, _) = Addressed::from_request_parts(parts, app).await?;
        Ok(Self(sts))
    }
}

/// The tenant, and how the path names it.
#[derive(Debug)]
pub(crate) struct Addressed(pub(crate) Sts, pub(crate) Named);

impl FromRequestParts<App> for Addressed {
    type Rejection = Unfit;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Unfit> {
        let parameters = RawPathParams::from_request_parts(parts, app).await;
        let parameters = parameters.map_err(|_| Unfit::UnknownTenant)?;
        let segment =
            parameters.iter().find_map(|(name, value)| (name == "tenant").then_some(value));
        let addressed = segment.and_then(|segment| app.addressed(segment));
        addressed.map(|(sts, named)| Self(sts, named)).ok_or(Unfit::UnknownTenant)
    }
}

/// The moment of this request, drawn when it came in.
#[derive(Debug)]
pub(crate) struct At(pub(crate) Moment);

impl FromRequestParts<App> for At {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned().unwrap_or_else(|| app.moment())))
    }
}

/// The trace that this request is in.
#[derive(Debug)]
pub(crate) struct Within(pub(crate) Trace);

impl FromRequestParts<App> for Within {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let known = parts.extensions.get().copied();
        Ok(Self(known.unwrap_or_else(|| app.telemetry().trace(&parts.headers))))
    }
}

/// The client's address, if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

/// A body of `application/x-www-form-urlencoded`, unread: the token endpoint's only language.
#[derive(Debug)]
pub(crate) struct FormBody(pub(crate) Bytes);

impl FromRequest<App> for FormBody {
    type Rejection = Response;
    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.with_limited_body().into_parts();
        let tenant = Tenant::from_request_parts(&mut parts, app).await;
        let Tenant(sts) = tenant.map_err(IntoResponse::into_response)?;
        let Ok(At(moment)) = At::from_request_parts(&mut parts, app).await;
        form_body((&sts, &moment), &parts, body).await.map(Self)
    }
}

/// Reads a body of `application/x-www-form-urlencoded`, within its limit, and puts on record if that cannot
/// be done.
pub(crate) async fn form_body(
    (sts, moment): (&Sts, &Moment),
    parts: &Parts,
    limited: Body,
) -> Result<Bytes, Response> {
    let read = if is_form(&parts.headers) { whole(limited).await } else { Err(Unfit::NotAForm) };
    match read {
        Ok(body) => Ok(with_repeats(body, parts.uri.query().unwrap_or_default())),
        Err(unfit) => Err(unfit.recorded(sts, endpoint(parts.uri.path()), moment).await),
    }
}

/// The endpoint's name on record: one of few, whatever the path was.
fn endpoint(path: &str) -> &'static str {
    match path.rsplit('/').next() {
        Some("devicecode") => "devicecode",
        Some("introspect") => "introspect",
        Some("revoke") => "revoke",
        Some("revocations") => "revocations",
        _ => "token",
    }
}

/// What a browser sent: the query, and the body of a POST.
#[derive(Debug)]
pub(crate) struct Sent(pub(crate) Result<Form, FormError>);

impl FromRequest<App> for Sent {
    type Rejection = Unfit;
    async fn from_request(request: Request, _: &App) -> Result<Self, Unfit> {
        let query = request.uri().query().unwrap_or_default().as_bytes().to_vec();
        if request.method() != Method::POST {
            return Ok(Self(Form::parse(&query)));
        }
        if !is_form(request.headers()) {
            return Err(Unfit::NotAForm);
        }
        // Both together, so that a parameter sent in each of them is seen to be sent twice.
        let body = whole(request.into_limited_body()).await?;
        let both = [query.as_slice(), b"&", &body].concat();
        Ok(Self(Form::parse(&both)))
    }
}

/// What a page of ours sent back, all of it. A form that cannot be read is an empty one: it holds no
/// flow, and so leads back to the start.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) sts: Sts,
    pub(crate) moment: Moment,
    pub(crate) address: Option<IpAddr>,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Form,
}

impl FromRequest<App> for Submitted {
    type Rejection = Unfit;
    async fn from_request(request: Request, app: &App) -> Result<Self, Unfit> {
        let (mut parts, body) = request.into_parts();
        let Tenant(sts) = Tenant::from_request_parts(&mut parts, app).await?;
        let Ok(At(moment)) = At::from_request_parts(&mut parts, app).await;
        let address = parts.extensions.get().and_then(|ClientAddress(address)| *address);
        let headers = parts.headers.clone();
        let Sent(form) = Sent::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { sts, moment, address, headers, form: form.unwrap_or_default() })
    }
}

/// A body to its end, or to its limit.
async fn whole(limited: Body) -> Result<Bytes, Unfit> {
    match timeout(BODY, limited.collect()).await {
        Err(_) => Err(Unfit::TooSlow),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) => match error.into_inner().downcast::<LengthLimitError>() {
            Ok(_) => Err(Unfit::TooLarge),
            Err(_) => Err(Unfit::NotAForm),
        },
    }
}

/// Whether the body is a form, in UTF-8.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter().filter_map(|value| value.to_str().ok());
    let (Some(said), None) = (types.next(), types.next()) else { return false };
    let mut parts = said.split(';').map(str::trim);
    let is = |part: &str, word: &str| part.eq_ignore_ascii_case(word);
    let form = parts.next().is_some_and(|part| is(part, "application/x-www-form-urlencoded"));
    let utf8 = parts.all(|part| match part.split_once('=') {
        Some((name, charset)) if is(name, "charset") => is(charset.trim_matches('"'), "utf-8"),
        _ => true,
    });
    form && utf8
}

/// The body, and once more what the query repeats of it: nothing is read from the query, but a
/// parameter that is in both counts as sent twice. MSAL sends its request id in both.
fn with_repeats(body: Bytes, query: &str) -> Bytes {
    if query.is_empty() {
        return body;
    }
    let (Ok(inside), Ok(outside)) = (Form::parse(&body), Form::parse(query.as_bytes())) else {
        return body;
    };
    let repeats: Vec<(&str, &str)> = outside
        .iter()
        .filter(|(name, _)| *name != "client-request-id" && inside.was_sent(name))
        .map(|(name, _)| (name, ""))
        .collect();
    if repeats.is_empty() {
        return body;
    }
    let repeats = stead_proto::form::write(&repeats);
    Bytes::from([body.as_ref(), b"&", repeats.as_bytes()].concat())
}

/// The `Authorization` header as the core reads it.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<&str> {
    sole(headers, &AUTHORIZATION)
}

/// The `Origin` header as the core reads it.
pub(crate) fn origin(headers: &HeaderMap) -> Option<&str> {
    sole(headers, &ORIGIN)
}

/// Two of a header, or bytes that are no text, are an attempt that cannot succeed, not none.
fn sole<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    if all.next().is_some() {
        return Some("");
    }
    Some(first.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn typed(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))])
    }

    #[test]
    fn only_a_form_in_utf_8_is_a_form() {
        for text in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded;charset=\"utf-8\"",
        ] {
            assert!(is_form(&typed(text)), "{text}");
        }
        for text in [
            "application/json",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded;charset=utf-16",
            "application/x-www-form-urlencoded2",
        ] {
            assert!(!is_form(&typed(text)), "{text}");
        }
        assert!(!is_form(&HeaderMap::new()));
    }

    #[test]
    fn the_query_adds_nothing_but_repeats() {
        let body = || Bytes::from_static(b"grant_type=x&client-request-id=1");
        assert_eq!(with_repeats(body(), "client_secret=s&client-request-id=1"), body());
        assert_eq!(
            with_repeats(body(), "grant_type=y"),
            Bytes::from_static(b"grant_type=x&client-request-id=1&grant_type=")
        );
    }

    #[test]
    fn two_authorization_headers_are_an_attempt_that_fails() {
        let mut headers = HeaderMap::new();
        assert_eq!(authorization(&headers), None);
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        assert_eq!(authorization(&headers), Some("Basic YTpi"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        assert_eq!(authorization(&headers), Some(""));
    }
}
