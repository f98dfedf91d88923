//! Why there is no token.

use super::BadTarget;
use crate::challenge::Challenge;
use crate::error::{ProviderError, SetupError};
use std::convert::Infallible;
use stead_proto::time::Seconds;

/// Why there is no token.
///
/// With the feature `axum` it is a response, and with `tonic` a status, so that `?` in a handler is enough: a challenge
/// travels on to the front end, and of a mistake in the set-up the caller hears only that there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcquireError {
    /// The user has to sign in again, more strongly or more recently (RFC 9470). Pass it on to your own caller.
    #[error("the user has to sign in again")]
    Challenge(Challenge),
    /// The provider refused (RFC 6749 §5.2): no permission, no consent, or a token it does not take.
    #[error("the exchange was refused: {0}")]
    Denied(Denied),
    /// Something is set up wrongly, here or at the provider.
    #[error("the exchange cannot work: {0}")]
    Config(String),
    /// The provider does not answer now. Try again later.
    #[error("the provider cannot be reached")]
    Unavailable {
        /// When it asks to be asked again.
        retry_after: Option<Seconds>,
    },
}

/// A refusal, in the provider's words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denied {
    /// The OAuth error code.
    pub code: String,
    /// A sentence for a developer.
    pub description: Option<String>,
    /// The page that explains the reason (`error_uri`).
    pub reason_uri: Option<String>,
    /// The trace under which the provider has recorded it.
    pub trace_id: Option<String>,
    /// The finer reason that Entra gives.
    pub entra: Box<EntraReason>,
    /// Whether it is somebody's consent that is missing.
    pub consent: Consent,
}

/// The finer reason that Entra gives, and that its libraries look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntraReason {
    /// A finer reason than the code, such as `consent_required`.
    pub suberror: Option<String>,
    /// Its numbers, such as 65001.
    pub error_codes: Vec<u32>,
}

/// Whether somebody's consent would have helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Yes: send the user, or an administrator, to give it.
    Missing,
    /// No, or the provider does not say.
    NotTheReason,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code)?;
        if let Some(description) = &self.description {
            write!(f, ": {description}")?;
        }
        if let Some(trace) = &self.trace_id {
            write!(f, " (trace {trace})")?;
        }
        Ok(())
    }
}

impl AcquireError {
    /// For an app-only token, which speaks of no user. The provider is not asked, so that nothing falls back to rights
    /// of the application.
    pub(super) fn no_user() -> Self {
        Self::Denied(Denied {
            code: "invalid_request".to_owned(),
            description: Some(
                "the caller's token speaks of an application, not of a user".to_owned(),
            ),
            reason_uri: None,
            trace_id: None,
            entra: Box::default(),
            consent: Consent::NotTheReason,
        })
    }
}

impl From<ProviderError> for AcquireError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unreachable { retry_after } => Self::Unavailable { retry_after },
            ProviderError::Untrustworthy(problem) => Self::Config(problem),
        }
    }
}

impl From<SetupError> for AcquireError {
    fn from(error: SetupError) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<BadTarget> for AcquireError {
    fn from(error: BadTarget) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<Infallible> for AcquireError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
