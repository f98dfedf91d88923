//! What goes over the wire of an emulator: each request with its answer, a line of JSON each, without the
//! values of secrets and tokens (`redacted`). For tests of clients, which hold every answer to the rules of
//! the wire.

mod redacted;

use crate::error::Unfit;
use crate::start_error::StartError;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use stead_proto::form::MAX_BODY_ABOUT_TOKEN;

/// The largest answer that is kept whole: the page that explains all errors is far smaller.
const LARGEST: usize = 1 << 20;

/// The file. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct WireLog(Arc<Mutex<File>>);

/// A line: one request and its answer.
#[derive(Debug, Serialize)]
struct Exchange {
    method: String,
    path: String,
    query: String,
    sent: Vec<(String, String)>,
    form: Vec<(String, String)>,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl WireLog {
    /// Begins a new file, which its owner alone may read.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let mut options = OpenOptions::new();
        let opened = options.create(true).write(true).truncate(true).mode(0o600).open(path);
        // One that was there before may have been open to others.
        let closed =
            opened.and_then(|it| it.set_permissions(Permissions::from_mode(0o600)).map(|()| it));
        let file = closed.map_err(|error| StartError::File { file: path.to_owned(), error })?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    fn write(&self, exchange: &Exchange) {
        let Ok(mut line) = serde_json::to_vec(exchange) else { return };
        line.push(b'\n');
        // At once, so that a line is whole or not there.
        if let Err(error) = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line) {
            tracing::error!(%error, "an exchange was not recorded");
        }
    }
}

/// Lets a request pass, and keeps it with its answer.
pub(crate) async fn keep(State(log): State<WireLog>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(sent) = to_bytes(body, MAX_BODY_ABOUT_TOKEN).await else {
        return Unfit::TooLarge.into_response();
    };
    let asked = parts.clone();
    let answer = next.run(Request::from_parts(parts, Body::from(sent.clone()))).await;
    let (parts, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return Unfit::TooLarge.into_response();
    };
    log.write(&exchange(&asked, &sent, (parts.status.as_u16(), &parts.headers, &body)));
    Response::from_parts(parts, Body::from(body))
}

fn exchange(
    asked: &Parts,
    sent: &[u8],
    (status, headers, body): (u16, &HeaderMap, &Bytes),
) -> Exchange {
    let is_form = kind(&asked.headers).starts_with("application/x-www-form-urlencoded");
    let form = if is_form { sent } else { &[] };
    Exchange {
        method: asked.method.to_string(),
        path: redacted::plain(asked.uri.path()),
        query: redacted::query(asked.uri.query().unwrap_or_default()),
        sent: redacted::headers(&asked.headers),
        form: redacted::form(form),
        status,
        headers: redacted::headers(headers),
        body: redacted::body(kind(headers), body),
    }
}

fn kind(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}
