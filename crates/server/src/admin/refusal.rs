//! What the admin API answers when something does not end well.

use crate::admin::types::{Detail, ErrorBody};
use crate::error::NO_STORE;
use crate::keys::KeysError;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use stead_core::admin::{AdminError, Mistake};
use stead_core::explain::ExplainError;
use stead_core::ports::StoreError;

/// Why a request to the admin API is not answered as asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The token is missing or wrong.
    Unauthorized,
    /// Nothing is at this path, or no tenant is called so.
    Nowhere(String),
    /// The path takes other methods.
    WrongMethod,
    /// The body is no JSON, or too long.
    Malformed(String),
    /// The body, the query or a name in the path is not what is taken there.
    Unfit(String),
    /// This server does not do that.
    NotHere(&'static str),
    /// Too much to do at present.
    Busy,
    /// What is on file, or the store, does not allow it.
    Admin(AdminError),
}

impl From<AdminError> for Refusal {
    fn from(error: AdminError) -> Self {
        Self::Admin(error)
    }
}

impl From<KeysError> for Refusal {
    fn from(error: KeysError) -> Self {
        Self::Admin(error.into())
    }
}

impl From<ExplainError> for Refusal {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Failed(error) => Self::Admin(AdminError::Failed(error)),
            ExplainError::Unknown(_) => Self::Nowhere(error.to_string()),
            ExplainError::Incomplete(_) => Self::Unfit(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = self.said();
        let mut response = (status, NO_STORE, Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"stead admin\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl Refusal {
    fn said(self) -> (StatusCode, ErrorBody) {
        match self {
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                body(
                    "unauthorized",
                    "the admin token is missing or wrong: it is in the server's admin token file",
                ),
            ),
            Self::Nowhere(message) => (StatusCode::NOT_FOUND, body("not_found", message)),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                body("method_not_allowed", "this path takes other methods"),
            ),
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, body("malformed", message)),
            Self::Unfit(message) => (StatusCode::UNPROCESSABLE_ENTITY, body("invalid", message)),
            Self::NotHere(message) => (StatusCode::CONFLICT, body("not_here", message)),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                body("unavailable", "too much to do: try again in a moment"),
            ),
            Self::Admin(error) => of_admin(error),
        }
    }
}

fn of_admin(error: AdminError) -> (StatusCode, ErrorBody) {
    let message = error.to_string();
    match error {
        AdminError::NotFound(_) => (StatusCode::NOT_FOUND, body("not_found", message)),
        AdminError::ManagedByFile { .. } => {
            (StatusCode::CONFLICT, body("managed_by_file", message))
        }
        AdminError::Stale(_) => (StatusCode::PRECONDITION_FAILED, body("changed", message)),
        AdminError::Conflict(_) => (StatusCode::CONFLICT, body("conflict", message)),
        AdminError::Invalid(mistakes) => {
            let details = mistakes.into_iter().map(detail).collect();
            let body =
                ErrorBody { details, ..body("invalid", "nothing was changed: this is not sound") };
            (StatusCode::UNPROCESSABLE_ENTITY, body)
        }
        AdminError::Failed(error) => failed(&error),
    }
}

/// Of our own failure the caller hears only that there was one; the log says why.
fn failed(error: &StoreError) -> (StatusCode, ErrorBody) {
    tracing::error!(%error, "an admin request could not be answered");
    let message = "the store could not answer: see the server's log";
    (StatusCode::SERVICE_UNAVAILABLE, body("unavailable", message))
}

fn body(error: &'static str, message: impl Into<String>) -> ErrorBody {
    ErrorBody { error: error.to_owned(), message: message.into(), details: Vec::new() }
}

fn detail(mistake: Mistake) -> Detail {
    let Mistake { object, field, message, candidates, .. } = mistake;
    Detail { object: object.to_string(), field, message, candidates }
}
