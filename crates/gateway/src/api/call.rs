//! `POST /DownstreamApi/{api}`: the call itself, with the token, its answer told as JSON.

use super::microsoft::{Asked, Whose};
use super::{Answer, Desk, answer};
use crate::config::Base;
use crate::errors::{Code, Fault};
use crate::hygiene::path::canonical;
use crate::hygiene::query::holds_token;
use crate::upstreams::Body;
use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};
use stead::{AccessToken, Challenge};
use stead_telemetry::TRACEPARENT;
use tokio::time::timeout;

/// The largest body that is sent on or told, in bytes: it is held in whole, and once more as JSON.
const LARGEST: usize = 4 * 1024 * 1024;

/// The headers of an answer that are told: those that speak of its content, as over there.
const TOLD: [HeaderName; 8] = [
    header::ALLOW,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::EXPIRES,
    header::LAST_MODIFIED,
];

/// A call, to be made once or twice.
struct Call<'b> {
    method: Method,
    uri: Uri,
    base: &'b Base,
    content_type: Option<http::HeaderValue>,
    body: Bytes,
}

impl Desk<'_> {
    /// Calls the API; a token that it does not take is got anew, once.
    pub(super) async fn call(
        &self,
        request: Request<Incoming>,
        (name, whose): (&str, Whose),
    ) -> Result<Answer, Fault> {
        let mut asked = self.downstream(name, whose, request.uri().query())?;
        let base = asked.known.base.as_ref().ok_or(Fault::plain(Code::Unknown))?;
        let (parts, body) = request.into_parts();
        let call = Call::of(&asked, base, &parts, whole(body, Code::Unreadable).await?)?;
        let given = self.token_for(&asked, &parts.headers).await?;
        let mut response = self.send(&call, &given.token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            demanded(response.headers())?;
            asked.otherwise.fresh = true;
            let another = self.token_for(&asked, &parts.headers).await?;
            response = self.send(&call, &another.token).await?;
            demanded(response.headers())?;
        }
        told(response, self.plane.patience.answer).await
    }

    async fn send(
        &self,
        call: &Call<'_>,
        token: &AccessToken,
    ) -> Result<Response<Incoming>, Fault> {
        let body: Body = Either::Left(Full::new(call.body.clone()));
        let mut request = Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.uri.clone();
        let headers = request.headers_mut();
        let authorization = token.header_value().ok_or(Fault::plain(Code::Setup))?;
        headers.insert(header::AUTHORIZATION, authorization);
        if let Some(kind) = &call.content_type {
            headers.insert(header::CONTENT_TYPE, kind.clone());
        }
        if let Some(trace) = self.trace.to_header() {
            headers.insert(TRACEPARENT, trace);
        }
        let (upstream, patience) = (&call.base.upstream, self.plane.patience.answer);
        self.plane.upstreams.send(request, upstream, patience).await
    }
}

impl<'b> Call<'b> {
    fn of(asked: &Asked<'_>, base: &'b Base, parts: &Parts, body: Bytes) -> Result<Self, Fault> {
        let relative = asked.otherwise.relative.as_deref().unwrap_or(&base.relative);
        let method = asked.otherwise.method.as_ref().unwrap_or(&asked.known.method);
        Ok(Self {
            method: method.clone(),
            uri: uri(base, relative).ok_or(Fault::plain(Code::Override))?,
            base,
            content_type: parts.headers.get(header::CONTENT_TYPE).cloned(),
            body,
        })
    }
}

/// A place under the API's own path, in canonical form, so that nothing leads out of it.
fn uri(base: &Base, relative: &str) -> Option<Uri> {
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let path = format!("{}{}", base.path, path.trim_start_matches('/'));
    let path = canonical(&path).ok()?;
    if !path.starts_with(&base.path) || holds_token(query) {
        return None;
    }
    let asked = if query.is_empty() { path.into_owned() } else { format!("{path}?{query}") };
    let mut parts = base.upstream.origin.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(asked).ok()?);
    Uri::from_parts(parts).ok()
}

/// A demand to sign in again is the caller's to hear.
fn demanded(headers: &HeaderMap) -> Result<(), Fault> {
    Challenge::from_headers(headers).map_or(Ok(()), |challenge| Err(Fault::sign_in(challenge)))
}

async fn whole(body: Incoming, otherwise: Code) -> Result<Bytes, Fault> {
    let whole = Limited::new(body, LARGEST).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|_| otherwise.into())
}

async fn told(
    response: Response<Incoming>,
    patience: std::time::Duration,
) -> Result<Answer, Fault> {
    let (parts, body) = response.into_parts();
    let Ok(body) = timeout(patience, whole(body, Code::Unsayable)).await else {
        return Err(Code::UpstreamSlow.into());
    };
    let text = String::from_utf8(body?.to_vec()).map_err(|_| Fault::plain(Code::Unsayable))?;
    let content = (!text.is_empty()).then_some(text);
    let headers: Map<String, Value> =
        TOLD.iter().filter_map(|name| told_header(&parts.headers, name)).collect();
    let body = json!({
        "statusCode": parts.status.as_u16(), "headers": headers, "content": content,
    });
    Ok(answer::said(StatusCode::OK, &body))
}

/// A header with all its values, its name as they write it: `Content-Type`.
fn told_header(headers: &HeaderMap, name: &HeaderName) -> Option<(String, Value)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let values: Vec<Value> = values.map(Value::from).collect();
    let words = name.as_str().split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    (!values.is_empty()).then(|| (words.collect::<Vec<_>>().join("-"), Value::Array(values)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Speaks, Upstream};

    #[test]
    fn nothing_leads_out_of_an_apis_own_path() {
        let origin = Uri::from_static("https://graph.example");
        let upstream = Upstream { origin, speaks: Speaks::Usual };
        let base = Base { upstream, path: "/v1.0/".into(), relative: "me".into() };
        let asked = |relative| uri(&base, relative).map(|uri| uri.to_string());
        for (relative, wanted) in [
            ("me", "https://graph.example/v1.0/me"),
            ("/me/messages?$top=1", "https://graph.example/v1.0/me/messages?$top=1"),
            ("", "https://graph.example/v1.0/"),
        ] {
            assert_eq!(asked(relative).as_deref(), Some(wanted), "{relative}");
        }
        for wrong in ["../beta/me", "a/../../me", "%2e%2e/me", "a//b", "me?access_token=x"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }
}
