//! Errors that are responses.

use crate::client::{AcquireError, Consent, Denied};
use crate::verify::{ProtectedResource, Verifier, VerifyError};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, json};
use stead_proto::error::Suberror;

/// The response to a request that is not let in: the status and the `WWW-Authenticate` that are right for the error.
#[derive(Debug, Clone)]
pub struct Refused {
    status: StatusCode,
    headers: HeaderMap,
}

impl Refused {
    /// Refuses in the name of a verifier, which knows what it takes and where the resource describes itself.
    #[must_use]
    pub fn new(error: &VerifyError, verifier: &Verifier) -> Self {
        Self { status: error.status(), headers: verifier.refusal(error) }
    }
}

impl From<VerifyError> for Refused {
    fn from(error: VerifyError) -> Self {
        Self { status: error.status(), headers: error.headers(None) }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, self.headers).into_response()
    }
}

impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        Refused::from(self).into_response()
    }
}

impl IntoResponse for AcquireError {
    /// A challenge is passed on, a refusal is told with its trace, and an unavailable provider is a 503. Of a
    /// mistake in the set-up the caller hears only that there is one.
    fn into_response(self) -> Response {
        match self {
            Self::Challenge(challenge) => VerifyError::StepUp(challenge).into_response(),
            Self::Denied(denied) => (StatusCode::FORBIDDEN, no_store(), denied).into_response(),
            Self::Unavailable { retry_after } => {
                VerifyError::Unavailable { retry_after }.into_response()
            }
            Self::Config(problem) => {
                tracing::error!(problem, "no token can be acquired");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let suberror = match self.consent {
            Consent::Missing => Some(Suberror::ConsentRequired.as_str()),
            Consent::NotTheReason => None,
        };
        let mut body = Map::from_iter([("error".to_owned(), json!(self.code))]);
        let extras = [
            ("error_description", self.description),
            ("error_uri", self.reason_uri),
            ("suberror", suberror.map(str::to_owned)),
            ("trace_id", self.trace_id),
        ];
        for (name, value) in extras {
            if let Some(value) = value {
                body.insert(name.to_owned(), value.into());
            }
        }
        Json(body).into_response()
    }
}

fn no_store() -> HeaderMap {
    HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
}

impl ProtectedResource {
    /// A router that serves the metadata at its [path](Self::path). Merge it outside of
    /// [`RequireToken`](crate::RequireToken): whoever asks has no token yet.
    ///
    /// ```
    /// let data = stead::verify::ProtectedResource::new("https://data.example")
    ///     .issuer("https://id.example/acme/v2.0");
    /// let app: axum::Router = axum::Router::new().merge(data.into_router());
    /// ```
    pub fn into_router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let path = self.path();
        Router::new().route(&path, get(move || async move { Json(self) }))
    }
}
