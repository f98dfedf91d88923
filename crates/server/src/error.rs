//! The one place where an OAuth code becomes an HTTP status, and a refusal a response.

use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use stead_core::denied::{Denied, Unwell};
use stead_core::error::TokenError;
use stead_core::moment::Moment;
use stead_core::ports::StoreError;
use stead_core::sts::Sts;
use stead_proto::error::{Dialect, ErrorCode, ErrorResponse, Refusal};
use stead_proto::form::FormError;

/// Answers with a token, a refusal or anything else about one user are not kept by anybody.
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
];

/// Room for an answer with a token, from the start: to grow is to copy.
const LARGE_ANSWER: usize = 2048;

const JSON: [(HeaderName, HeaderValue); 1] =
    [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];

/// Where MSAL looks for the number of an error.
pub(crate) const CLIENT_TELEMETRY: HeaderName = HeaderName::from_static("x-ms-clitelem");

/// When to try again after our own failure, in seconds.
const TRY_AGAIN: HeaderValue = HeaderValue::from_static("5");

/// Entra's number for a failure of its own that passes.
const TRANSIENT: u32 = 90_033;

/// The status that goes with a code (RFC 6749 §5.2, RFC 6750 §3.1).
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The status of a denial. Who asks too often is told so with a 400: after a 429 or 503, client libraries
/// would stop asking for all of the client's users.
fn denied_status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::TemporarilyUnavailable => StatusCode::BAD_REQUEST,
        other => status(other),
    }
}

/// Entra's number once more, where MSAL's telemetry looks for it: version, number, suberror, age, ring.
fn telemetry(body: &ErrorResponse) -> Option<HeaderValue> {
    let number = body.error_codes.first()?;
    HeaderValue::from_str(&format!("1,{number},0,,")).ok()
}

/// JSON that nobody keeps.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Vec::with_capacity(LARGE_ANSWER);
    match serde_json::to_writer(&mut json, body) {
        Ok(()) => (status, JSON, NO_STORE, json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a client hears when its request did not end well.
pub(crate) fn refused(sts: &Sts, error: &TokenError) -> Response {
    match said(sts, error) {
        Ok((code, body)) => {
            let mut response = json(denied_status(code), &body);
            if let TokenError::Denied { denied, .. } = error {
                unwell(denied, &mut response);
            }
            if let Some(telemetry) = telemetry(&body) {
                response.headers_mut().insert(CLIENT_TELEMETRY, telemetry);
            }
            if code == ErrorCode::InvalidClient {
                let challenge = HeaderValue::from_static("Basic realm=\"stead\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            response
        }
        Err(error) => unavailable(error),
    }
}

/// A fault on purpose has the status that clients are to be seen to cope with.
fn unwell(denied: &Denied, response: &mut Response) {
    let Denied::Unwell(how) = denied else { return };
    *response.status_mut() = match how {
        Unwell::Overloaded(_) => StatusCode::TOO_MANY_REQUESTS,
        Unwell::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        Unwell::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    if let Unwell::Overloaded(after) = how {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.0));
    }
}

/// The body of a refusal, or our own failure.
pub(crate) fn said<'a>(
    sts: &Sts,
    error: &'a TokenError,
) -> Result<(ErrorCode, ErrorResponse), &'a StoreError> {
    match error {
        TokenError::Denied { denied, dialect, trace } => {
            let mut refusal = denied.refusal(*dialect);
            refusal.error_uri = Some(sts.endpoints.error_page(denied.told()));
            Ok((refusal.code, ErrorResponse::new(&refusal, *dialect, trace)))
        }
        TokenError::Failed(error) => Err(error),
    }
}

/// There is no place for one more at this node now.
pub(crate) fn overloaded() -> Response {
    let code = ErrorCode::TemporarilyUnavailable;
    let mut response = json(status(code), &Plain::new(code, "there is no place now"));
    response.headers_mut().insert(RETRY_AFTER, TRY_AGAIN);
    response
}

/// Of our own failure the client hears only that there was one; the operator reads why.
pub(crate) fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "a request could not be answered");
    let code = ErrorCode::TemporarilyUnavailable;
    let mut response = json(status(code), &Plain::new(code, "try again in a moment"));
    response.headers_mut().insert(RETRY_AFTER, TRY_AGAIN);
    response
}

/// The same to MSAL, which after a 503 asks no more for any of the client's users until a minute has passed: a
/// refusal of this one request, which it takes for nobody else's.
pub(crate) fn unavailable_to_one(sts: &Sts, error: &StoreError, moment: &Moment) -> Response {
    tracing::error!(%error, "a request could not be answered");
    let refusal = Refusal {
        code: ErrorCode::TemporarilyUnavailable,
        description: "try again in a moment".to_owned(),
        error_uri: None,
        aadsts: Some(TRANSIENT),
        suberror: None,
        step_up: None,
    };
    let body = ErrorResponse::new(&refusal, Dialect::Entra, &sts.trace(moment));
    let mut response = json(StatusCode::BAD_REQUEST, &body);
    if let Some(telemetry) = telemetry(&body) {
        response.headers_mut().insert(CLIENT_TELEMETRY, telemetry);
    }
    response
}

/// A request that is refused before anybody looked into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No tenant is called so.
    UnknownTenant,
    /// Nothing is here.
    NotFound,
    /// Not with this method.
    Method,
    /// The body is not `application/x-www-form-urlencoded` in UTF-8 (RFC 6749 §3.2).
    NotAForm,
    /// The body is too large.
    TooLarge,
    /// The body does not come.
    TooSlow,
    /// Too many headers.
    Headers,
    /// Plain HTTP is spoken with declared proxies only.
    NotAProxy,
}

impl Unfit {
    fn answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::UnknownTenant => (StatusCode::NOT_FOUND, "AADSTS90002: no tenant is called so"),
            Self::NotFound => (StatusCode::NOT_FOUND, "nothing is here"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "the method is not allowed here"),
            Self::NotAForm => (
                StatusCode::BAD_REQUEST,
                "the body has to be application/x-www-form-urlencoded in UTF-8",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Self::Headers => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "there are too many headers")
            }
            Self::NotAProxy => (StatusCode::FORBIDDEN, "plain HTTP is not spoken here"),
        }
    }

    /// Entra's numbers for it: those that programs meet who look for a tenant.
    fn numbers(self) -> &'static [u32] {
        match self {
            Self::UnknownTenant => &[90_002],
            _ => &[],
        }
    }

    /// The response, once it is on record that a body could not be read.
    pub(crate) async fn recorded(
        self,
        sts: &Sts,
        endpoint: &'static str,
        moment: &Moment,
    ) -> Response {
        let error = match self {
            Self::NotAForm => FormError::NotAForm,
            Self::TooLarge => FormError::TooLarge,
            _ => return self.into_response(),
        };
        match sts.unreadable(endpoint, error, moment).await {
            failed @ TokenError::Failed(_) => refused(sts, &failed),
            TokenError::Denied { .. } => self.into_response(),
        }
    }
}

impl IntoResponse for Unfit {
    fn into_response(self) -> Response {
        let (status, why) = self.answer();
        let plain = Plain::new(ErrorCode::InvalidRequest, why);
        json(status, &Plain { error_codes: self.numbers(), ..plain })
    }
}

#[derive(Serialize)]
struct Plain {
    error: ErrorCode,
    error_description: &'static str,
    /// Entra's numbers for it.
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    error_codes: &'static [u32],
}

impl Plain {
    fn new(error: ErrorCode, error_description: &'static str) -> Self {
        Self { error, error_description, error_codes: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::error::Dialect;

    #[test]
    fn a_code_has_one_status() {
        let table = [
            (ErrorCode::InvalidRequest, 400),
            (ErrorCode::InvalidClient, 401),
            (ErrorCode::InvalidGrant, 400),
            (ErrorCode::UnauthorizedClient, 400),
            (ErrorCode::UnsupportedGrantType, 400),
            (ErrorCode::InvalidScope, 400),
            (ErrorCode::InvalidTarget, 400),
            (ErrorCode::InvalidResource, 400),
            (ErrorCode::InteractionRequired, 400),
            (ErrorCode::InsufficientUserAuthentication, 400),
            (ErrorCode::InvalidToken, 401),
            (ErrorCode::InsufficientScope, 403),
            (ErrorCode::ServerError, 500),
            (ErrorCode::TemporarilyUnavailable, 503),
        ];
        for (code, expected) in table {
            assert_eq!(status(code).as_u16(), expected, "{code}");
        }
    }

    #[test]
    fn who_asks_too_often_hears_it_in_a_400_that_stops_nobody_else() {
        assert_eq!(denied_status(Denied::Throttled.code(Dialect::Entra)).as_u16(), 400);
        assert_eq!(denied_status(ErrorCode::InvalidClient).as_u16(), 401);
    }

    #[test]
    fn a_failure_of_ours_says_when_to_try_again_and_nothing_else() {
        let response = unavailable(&StoreError::Broken("/var/lib/stead.db: disk full".into()));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers();
        assert_eq!(headers[RETRY_AFTER], "5");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[PRAGMA], "no-cache");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
    }
}
