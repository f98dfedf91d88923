//! Why somebody is not let in, and what to answer (RFC 6750 §3, RFC 9470 §3).

use crate::challenge::{AuthChallenge, Challenge};
use crate::error::ProviderError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use stead_proto::error::ErrorCode;
use stead_proto::jwt::JwtError;
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request brings no bearer token.
    #[error("the request has no bearer token")]
    NoCredentials,
    /// The request brings one in a way that no request may.
    #[error("{0}")]
    Malformed(&'static str),
    /// The token is not to be relied on.
    #[error(transparent)]
    InvalidToken(#[from] TokenProblem),
    /// The token is good but does not allow this.
    #[error("the token lacks a scope that is needed here")]
    InsufficientScope {
        /// All the scopes that are needed.
        needed: ScopeSet,
    },
    /// The token speaks of an application, and this is for users.
    #[error("the token speaks of an application, not of a user")]
    AppOnly,
    /// The application that calls may not.
    #[error("the application that acts for the user may not do so here")]
    ActorRefused,
    /// Too many have acted on the way.
    #[error("the token has passed through too many applications")]
    ChainTooDeep,
    /// The user has to sign in again first.
    #[error("the user has to sign in again")]
    StepUp(Challenge),
    /// The issuer's keys cannot be had now.
    #[error("the token cannot be verified now")]
    Unavailable {
        /// When to try again, if the issuer said.
        retry_after: Option<Seconds>,
    },
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenProblem {
    /// Form, signature or times.
    #[error("{0}")]
    Jwt(JwtError),
    /// A JWT of another kind, such as an ID token.
    #[error("the token is no access token")]
    NotAnAccessToken,
    /// Issued by somebody else.
    #[error("the token is by another issuer")]
    OtherIssuer,
    /// Addressed to somebody else, or not to us alone.
    #[error("the token is not addressed to this resource")]
    OtherAudience,
    /// Bound to a key, but presented as a bearer token (RFC 9449 §7.2).
    #[error("the token is bound to a key that was not shown")]
    Bound,
    /// It was ended before its time, or something that it descends from was.
    #[error("the token was revoked")]
    Revoked,
    /// Its actor is named by another issuer.
    #[error("the token's actor is named by another issuer")]
    ForeignActor,
}

impl From<JwtError> for VerifyError {
    fn from(error: JwtError) -> Self {
        Self::InvalidToken(TokenProblem::Jwt(error))
    }
}

impl From<ProviderError> for VerifyError {
    /// What exactly is wrong with the issuer is not the caller's to know.
    fn from(error: ProviderError) -> Self {
        tracing::error!(%error, "tokens cannot be verified");
        match error {
            ProviderError::Unreachable { retry_after } => Self::Unavailable { retry_after },
            ProviderError::Untrustworthy(_) => Self::Unavailable { retry_after: None },
        }
    }
}

impl VerifyError {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials | Self::InvalidToken(_) | Self::StepUp(_) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::InsufficientScope { .. }
            | Self::AppOnly
            | Self::ActorRefused
            | Self::ChainTooDeep => StatusCode::FORBIDDEN,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The headers of the answer; `resource_metadata` is where the resource describes itself (RFC 9728).
    #[must_use]
    pub fn headers(&self, resource_metadata: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Self::StepUp(challenge) = self {
            for value in challenge.www_authenticate() {
                headers.append(header::WWW_AUTHENTICATE, value);
            }
            return headers;
        }
        if let Self::Unavailable { retry_after } = self {
            let Seconds(seconds) = retry_after.unwrap_or(Seconds(5));
            headers.insert(header::RETRY_AFTER, seconds.into());
            return headers;
        }
        let mut challenge = AuthChallenge::bearer();
        if let Some(code) = self.code() {
            challenge = challenge.with("error", code.as_str());
            challenge = challenge.with("error_description", &self.to_string());
        }
        if let Self::InsufficientScope { needed } = self {
            challenge = challenge.with("scope", &needed.to_string());
        }
        if let Some(url) = resource_metadata {
            challenge = challenge.with("resource_metadata", url);
        }
        headers.insert(header::WWW_AUTHENTICATE, challenge.to_header());
        headers
    }

    /// RFC 6750 §3.1. Who brought no token has made no error, and is told none.
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::NoCredentials | Self::Unavailable { .. } => None,
            Self::Malformed(_) => Some(ErrorCode::InvalidRequest),
            Self::InvalidToken(_) => Some(ErrorCode::InvalidToken),
            Self::StepUp(_) => Some(ErrorCode::InsufficientUserAuthentication),
            Self::InsufficientScope { .. }
            | Self::AppOnly
            | Self::ActorRefused
            | Self::ChainTooDeep => Some(ErrorCode::InsufficientScope),
        }
    }
}
