//! What the endpoints answer when they refuse: OAuth error codes and the body, in either dialect.

use crate::acr::StepUp;
use crate::id::TraceId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The OAuth error codes we use, each with the document that defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// RFC 6749 §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §5.2.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 8693 §2.2.2, RFC 8707 §2.
    InvalidTarget,
    /// Entra's word for an unknown resource.
    InvalidResource,
    /// OpenID Connect Core §3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// RFC 9470 §5.
    UnmetAuthenticationRequirements,
    /// RFC 9470 §3.
    InsufficientUserAuthentication,
    /// RFC 8628 §3.5.
    AuthorizationPending,
    /// RFC 8628 §3.5.
    SlowDown,
    /// RFC 8628 §3.5.
    ExpiredToken,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
}

impl ErrorCode {
    /// As written in a body or a redirect.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidResource => "invalid_resource",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose words an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Entra's on-behalf-of: `jwt-bearer` with `requested_token_use=on_behalf_of`.
    Entra,
    /// OAuth 2.0 Token Exchange (RFC 8693).
    Rfc8693,
    /// A JWT as authorization grant (RFC 7523 §2.1).
    Rfc7523,
    /// Any other grant; the body is Entra's, the codes are RFC 6749's.
    Plain,
}

/// Entra's finer reason beside `error`, which its client libraries branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suberror {
    /// Somebody has to consent.
    ConsentRequired,
    /// The user has to do something at sign-in.
    BasicAction,
    /// The token sent is of no use any more.
    BadToken,
    /// Nothing the user does will help.
    MessageOnly,
}

/// The JSON body of a refusal (RFC 6749 §5.2), with Entra's members where its dialect is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// The OAuth code. Text, for a client also meets codes we never send.
    pub error: String,
    /// A sentence for a developer; characters of RFC 6749 §5.2 only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_description: Option<String>,
    /// Where the reason is explained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_uri: Option<String>,
    /// Entra's numbers for the reason.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub error_codes: Vec<u32>,
    /// Entra's finer reason. Text, for a client also meets ones we never send.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suberror: Option<String>,
    /// What to ask of the user's sign-in, as a `claims` request in JSON.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claims: Option<String>,
    /// The same as RFC 9470 writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr_values: Option<String>,
    /// The same as RFC 9470 writes it, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age: Option<u32>,
    /// `YYYY-MM-DD HH:MM:SSZ`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timestamp: Option<String>,
    /// Opens the record of this refusal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace_id: Option<TraceId>,
    /// `client-request-id`, when the client sent one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation_id: Option<String>,
}

/// What a refusal says, before it is put into a dialect's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The OAuth code.
    pub code: ErrorCode,
    /// A clause in the present tense, lower case, no full stop.
    pub description: String,
    /// Where the reason is explained.
    pub error_uri: Option<String>,
    /// Entra's number for it, if it has one.
    pub aadsts: Option<u32>,
    /// Entra's finer reason.
    pub suberror: Option<Suberror>,
    /// What the user's sign-in lacks.
    pub step_up: Option<StepUp>,
}

/// What every answer to one request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Our name for the request.
    pub trace_id: TraceId,
    /// The client's name for it.
    pub correlation_id: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
}

impl Refusal {
    /// The description as runbooks for Entra look for it: the number before it, if there is one, and the
    /// names of the request behind it.
    #[must_use]
    pub fn numbered(&self, trace: &Trace) -> String {
        let Some(number) = self.aadsts else { return self.description.clone() };
        format!(
            "AADSTS{number}: {}. Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.description,
            trace.trace_id,
            trace.correlation_id.as_deref().unwrap_or(trace.trace_id.as_str()),
            trace.at.entra()
        )
    }
}

impl ErrorResponse {
    /// Writes a refusal in a dialect. Entra's numbers go to those who read them; the trace to everybody.
    #[must_use]
    pub fn new(refusal: &Refusal, dialect: Dialect, trace: &Trace) -> Self {
        let entra = matches!(dialect, Dialect::Entra | Dialect::Plain);
        let description = if entra { refusal.numbered(trace) } else { refusal.description.clone() };
        Self {
            error: refusal.code.as_str().to_owned(),
            error_description: Some(printable(&description)),
            error_uri: refusal.error_uri.clone(),
            error_codes: refusal.aadsts.filter(|_| entra).into_iter().collect(),
            suberror: refusal.suberror.filter(|_| entra).map(|sub| sub.as_str().to_owned()),
            claims: refusal.step_up.map(StepUp::to_claims),
            acr_values: refusal.step_up.and_then(|ask| ask.acr).map(|acr| acr.to_string()),
            max_age: refusal.step_up.and_then(|ask| ask.max_age).map(|age| age.0),
            timestamp: Some(trace.at.entra()),
            trace_id: Some(trace.trace_id.clone()),
            correlation_id: Some(
                trace.correlation_id.clone().unwrap_or_else(|| trace.trace_id.to_string()),
            ),
        }
    }
}

impl Suberror {
    /// As written in a body.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConsentRequired => "consent_required",
            Self::BasicAction => "basic_action",
            Self::BadToken => "bad_token",
            Self::MessageOnly => "message_only",
        }
    }
}

/// Keeps what RFC 6749 §5.2 allows in a description: %x20-21 / %x23-5B / %x5D-7E.
#[must_use]
pub fn printable(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}');
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            c if allowed(c) => c,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trace() -> Trace {
        Trace {
            trace_id: TraceId::parse("t-1").unwrap(),
            correlation_id: Some("c-1".into()),
            at: Timestamp::from_secs(1_795_393_018),
        }
    }

    fn refusal() -> Refusal {
        Refusal {
            code: ErrorCode::InvalidGrant,
            description: "nobody has consented".into(),
            error_uri: None,
            aadsts: Some(65001),
            suberror: Some(Suberror::ConsentRequired),
            step_up: None,
        }
    }

    #[test]
    fn entra_gets_its_numbers_and_the_others_do_not() {
        let entra = ErrorResponse::new(&refusal(), Dialect::Entra, &trace());
        assert_eq!(
            serde_json::to_value(entra).unwrap(),
            json!({
                "error": "invalid_grant",
                "error_description": "AADSTS65001: nobody has consented. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026-11-23 00:16:58Z",
                "error_codes": [65001],
                "suberror": "consent_required",
                "timestamp": "2026-11-23 00:16:58Z",
                "trace_id": "t-1",
                "correlation_id": "c-1",
            })
        );
        let plain = ErrorResponse::new(&refusal(), Dialect::Rfc8693, &trace());
        assert_eq!(plain.error_description.as_deref(), Some("nobody has consented"));
        assert!(plain.error_codes.is_empty() && plain.suberror.is_none());
    }

    #[test]
    fn a_description_holds_only_what_rfc_6749_allows() {
        assert_eq!(printable("a \"b\"\\\r\nü"), "a 'b'????");
    }
}
