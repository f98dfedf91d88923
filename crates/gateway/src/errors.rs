//! Why a request goes no further: a stable code, a status, and a sentence without internals.
//!
//! `docs/errors.md` has a paragraph for each code; a test holds the two lists equal.

use crate::trace::TraceId;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use std::fmt;
use stead::verify::VerifyError;
use stead::{AcquireError, Challenge, Seconds};

/// When to come again, where nobody said.
const AGAIN: Seconds = Seconds(5);

/// What a request can be refused for, in the order of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Two programs could read the request in different ways.
    Ambiguous,
    /// No route is for it.
    NoRoute,
    /// A method that is for nobody here.
    Method,
    /// It brings no token.
    NoToken,
    /// It brings one in a way that no request may.
    MalformedToken,
    /// The token is not to be relied on.
    InvalidToken,
    /// The token lacks a scope.
    Scope,
    /// The token speaks of an application only.
    AppOnly,
    /// The application that calls may not.
    Actor,
    /// Too many have acted on the way.
    Depth,
    /// The user has to sign in again.
    SignIn,
    /// The provider refused the exchange.
    Denied,
    /// The provider cannot be asked now.
    ProviderAway,
    /// The exchange cannot work as it is set up.
    Setup,
    /// The upstream cannot be reached.
    UpstreamAway,
    /// The upstream does not answer in time.
    UpstreamSlow,
    /// The upstream takes the token neither the first nor the second time.
    UpstreamRefuses,
}

impl Code {
    /// All there are, in the order of their numbers from 2001.
    pub const ALL: [Self; 17] = [
        Self::Ambiguous,
        Self::NoRoute,
        Self::Method,
        Self::NoToken,
        Self::MalformedToken,
        Self::InvalidToken,
        Self::Scope,
        Self::AppOnly,
        Self::Actor,
        Self::Depth,
        Self::SignIn,
        Self::Denied,
        Self::ProviderAway,
        Self::Setup,
        Self::UpstreamAway,
        Self::UpstreamSlow,
        Self::UpstreamRefuses,
    ];

    /// The status of the answer.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Ambiguous | Self::MalformedToken => StatusCode::BAD_REQUEST,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoToken | Self::InvalidToken | Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Scope | Self::AppOnly | Self::Actor | Self::Depth | Self::Denied => {
                StatusCode::FORBIDDEN
            }
            Self::ProviderAway => StatusCode::SERVICE_UNAVAILABLE,
            Self::Setup => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UpstreamAway | Self::UpstreamRefuses => StatusCode::BAD_GATEWAY,
            Self::UpstreamSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// What a developer is told.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Ambiguous => "the request can be read in more than one way",
            Self::NoRoute => "no route is for this host, path and method",
            Self::Method => "this method is not for here",
            Self::NoToken => "the request has no bearer token",
            Self::MalformedToken => "the request brings its token in a way that no request may",
            Self::InvalidToken => "the token is not to be relied on",
            Self::Scope => "the token lacks a scope that is needed here",
            Self::AppOnly => "the token speaks of an application, not of a user",
            Self::Actor => "the application that acts for the user may not do so here",
            Self::Depth => "the token has passed through too many applications",
            Self::SignIn => "the user has to sign in again",
            Self::Denied => "the identity provider refused to let this service act for the user",
            Self::ProviderAway => "the identity provider cannot be asked now",
            Self::Setup => "the gateway cannot act for the user as it is set up",
            Self::UpstreamAway => "the service behind the gateway cannot be reached",
            Self::UpstreamSlow => "the service behind the gateway does not answer in time",
            Self::UpstreamRefuses => "the service behind the gateway does not take its token",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Self::ALL.iter().position(|code| code == self).unwrap_or_default();
        write!(f, "STEAD-{}", 2001 + place)
    }
}

/// A request that goes no further.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Why.
    pub code: Code,
    /// What the answer's headers say beside it, `WWW-Authenticate` and `Retry-After` among them.
    pub headers: HeaderMap,
    /// The provider's own error, where it refused.
    pub refusal: Option<Box<stead::client::Denied>>,
    /// The demand to sign in again, where that is what it is.
    pub challenge: Option<Box<Challenge>>,
}

impl Fault {
    /// Nothing to say but the code.
    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self { code, headers: HeaderMap::new(), refusal: None, challenge: None }
    }

    /// A demand to sign in again, in both languages.
    #[must_use]
    pub fn challenge(challenge: Challenge) -> Self {
        let headers = VerifyError::StepUp(challenge.clone()).headers(None);
        Self { headers, challenge: Some(challenge.into()), ..Self::plain(Code::SignIn) }
    }

    /// The same refusal for callers who are not to hear what the user's sign-in lacks.
    #[must_use]
    pub fn hidden(self) -> Self {
        if self.code == Code::SignIn { Self::plain(Code::Denied) } else { self }
    }

    /// What the answer says.
    #[must_use]
    pub fn body(&self, trace: TraceId) -> String {
        let mut body = json!({
            "error": self.error(), "code": self.code.to_string(),
            "error_description": self.code.message(), "trace_id": trace.to_string(),
        });
        let refusal = self.refusal.as_ref();
        if let (Some(refusal), Some(members)) = (refusal, body.as_object_mut()) {
            let told =
                [("reason_uri", &refusal.reason_uri), ("provider_trace_id", &refusal.trace_id)];
            for (name, value) in told {
                members.extend(value.clone().map(|value| (name.to_owned(), value.into())));
            }
        }
        body.to_string()
    }

    /// All headers of the answer.
    #[must_use]
    pub fn all_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }

    /// A word that OAuth's clients know.
    fn error(&self) -> &str {
        match (self.code, &self.refusal) {
            (_, Some(refusal)) => &refusal.code,
            (Code::NoToken | Code::InvalidToken, None) => "invalid_token",
            (Code::SignIn, None) => "insufficient_user_authentication",
            (Code::Scope | Code::AppOnly | Code::Actor | Code::Depth, None) => "insufficient_scope",
            (Code::Denied, None) => "access_denied",
            (Code::ProviderAway, None) => "temporarily_unavailable",
            (Code::Setup, None) => "server_error",
            (Code::UpstreamAway | Code::UpstreamSlow | Code::UpstreamRefuses, None) => {
                "bad_gateway"
            }
            (_, None) => "invalid_request",
        }
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::plain(code)
    }
}

impl From<VerifyError> for Fault {
    fn from(error: VerifyError) -> Self {
        let code = match &error {
            VerifyError::NoCredentials => Code::NoToken,
            VerifyError::Malformed(_) => Code::MalformedToken,
            VerifyError::InsufficientScope { .. } => Code::Scope,
            VerifyError::AppOnly => Code::AppOnly,
            VerifyError::ActorRefused => Code::Actor,
            VerifyError::ChainTooDeep => Code::Depth,
            VerifyError::StepUp(challenge) => return Self::challenge(challenge.clone()),
            VerifyError::Unavailable { .. } => Code::ProviderAway,
            // What is added later is a reason not to rely on the token.
            _ => Code::InvalidToken,
        };
        Self { headers: error.headers(None), ..Self::plain(code) }
    }
}

impl From<AcquireError> for Fault {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Challenge(challenge) => Self::challenge(challenge),
            AcquireError::Denied(denied) => {
                Self { refusal: Some(denied.into()), ..Self::plain(Code::Denied) }
            }
            AcquireError::Unavailable { retry_after } => {
                let Seconds(seconds) = retry_after.unwrap_or(AGAIN);
                let headers = HeaderMap::from_iter([(header::RETRY_AFTER, seconds.into())]);
                Self { headers, ..Self::plain(Code::ProviderAway) }
            }
            AcquireError::Config(problem) => {
                tracing::error!(problem, "no token can be acquired");
                Self::plain(Code::Setup)
            }
            other => {
                tracing::error!(error = %other, "no token can be acquired");
                Self::plain(Code::Setup)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_and_a_paragraph_in_the_documentation() {
        let page = include_str!("../../../docs/errors.md");
        let documented: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let codes: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(documented, codes);
        for code in Code::ALL {
            let status = format!("**{}**", code.status().as_u16());
            let paragraph = page.split(&format!("### {code}\n")).nth(1).unwrap();
            let paragraph = paragraph.split("\n### ").next().unwrap();
            assert!(paragraph.contains(&status), "{code} is answered with {status}");
        }
    }

    #[test]
    fn an_answer_tells_a_code_and_a_trace_and_nothing_of_the_set_up() {
        let fault = Fault::from(AcquireError::Config("the secret in /run/x is wrong".into()));
        let body: serde_json::Value =
            serde_json::from_str(&fault.body(TraceId::from_bits([1; 16]))).unwrap();
        assert_eq!(
            body,
            json!({
                "error": "server_error", "code": "STEAD-2014",
                "error_description": "the gateway cannot act for the user as it is set up",
                "trace_id": "01010101010101010101010101010101",
            })
        );
    }
}
