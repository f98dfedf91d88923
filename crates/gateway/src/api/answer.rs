//! What is answered, in the manner of the place that was asked.

use super::Answer;
use super::acquire::Given;
use super::question::Manner;
use crate::errors::{Code, Fault};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Map, Value, json};
use stead::Seconds;
use stead_telemetry::TraceId;

/// JSON that nobody keeps.
pub(super) fn said(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A token as RFC 6749 §5.1 writes it.
pub(super) fn token(given: &Given) -> Answer {
    let Seconds(expires_in) = given.expires_in;
    let mut body = json!({
        "access_token": given.token.expose(), "token_type": "Bearer", "expires_in": expires_in,
    });
    if let (Some(scope), Some(members)) = (given.token.scope(), body.as_object_mut()) {
        members.insert("scope".to_owned(), scope.into());
    }
    said(StatusCode::OK, &body)
}

/// A refusal, with everything in it that a front end needs to do better.
pub(super) fn refused(fault: &Fault, manner: Manner, trace: TraceId) -> Answer {
    let mut members = fault.members(trace);
    demand(fault, &mut members);
    if manner == Manner::Texas && fault.code == Code::InvalidToken {
        // Of a request for a token the token in it is a grant (RFC 6749 §5.2).
        members.insert("error".to_owned(), "invalid_grant".into());
    }
    let status = status(fault.code, manner);
    if manner == Manner::Microsoft {
        problem(status, &mut members);
    }
    let mut answer = said(status, &Value::Object(members));
    answer.headers_mut().extend(fault.headers.clone());
    answer
}

/// What the provider demands: `claims`, `suberror`, `error_codes` in its own words, and the headers to answer one's own
/// caller with.
fn demand(fault: &Fault, members: &mut Map<String, Value>) {
    let mut tell = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    if let Some(refusal) = fault.refusal() {
        entra(refusal.entra.suberror.as_deref(), &refusal.entra.error_codes, &mut tell);
        if let Some(description) = &refusal.description {
            tell("error_description", description.as_str().into());
        }
    }
    let Some(challenge) = fault.challenge() else { return };
    entra(challenge.suberror(), challenge.error_codes(), &mut tell);
    if let Some(error) = challenge.error() {
        tell("error", error.into());
    }
    if let Some(description) = challenge.description() {
        tell("error_description", description.into());
    }
    tell("claims", challenge.claims().into());
    if !challenge.acr_values().is_empty() {
        tell("acr_values", challenge.acr_values().join(" ").into());
    }
    if let Some(Seconds(age)) = challenge.max_age() {
        tell("max_age", age.into());
    }
    let headers = challenge.www_authenticate();
    let headers = headers.iter().filter_map(|value| value.to_str().ok());
    tell("www_authenticate", headers.collect());
}

fn entra(suberror: Option<&str>, codes: &[u32], tell: &mut impl FnMut(&str, Value)) {
    if let Some(suberror) = suberror {
        tell("suberror", suberror.into());
    }
    if !codes.is_empty() {
        tell("error_codes", codes.into());
    }
}

/// RFC 9457.
fn problem(status: StatusCode, members: &mut Map<String, Value>) {
    let detail = members.get("error_description").cloned().unwrap_or_default();
    let title = status.canonical_reason().unwrap_or_default();
    let said = [
        ("type", "about:blank".into()),
        ("title", title.into()),
        ("status", status.as_u16().into()),
        ("detail", detail),
    ];
    members.extend(said.map(|(name, value)| (name.to_owned(), value)));
}

/// Texas answers as the provider does: 400 for all that a token endpoint refuses (RFC 6749 §5.2). Microsoft's sidecar
/// says 401 for it.
fn status(code: Code, manner: Manner) -> StatusCode {
    match (manner, code) {
        (Manner::Texas, Code::InvalidToken | Code::SignIn | Code::Denied | Code::AppOnly) => {
            StatusCode::BAD_REQUEST
        }
        (Manner::Microsoft, Code::Denied) => StatusCode::UNAUTHORIZED,
        _ => code.status(),
    }
}
