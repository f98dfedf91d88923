//! Why somebody is not let in.

use super::ProofProblem;
use crate::challenge::Challenge;
use crate::error::ProviderError;
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
    /// The request brings one in a way that is not allowed (RFC 6750 §2).
    #[error("{0}")]
    Malformed(&'static str),
    /// The token is not to be relied on.
    #[error(transparent)]
    InvalidToken(#[from] TokenProblem),
    /// The token is bound to a key, and the proof of it is not to be relied on (RFC 9449 §7.1).
    #[error(transparent)]
    BadProof(#[from] ProofProblem),
    /// The proof has to hold this nonce (RFC 9449 §9).
    #[error("the proof has to hold the nonce of this answer")]
    UseNonce {
        /// The nonce.
        nonce: String,
    },
    /// The token is good but lacks a scope (RFC 6750 §3.1).
    #[error("the token lacks a scope that is needed here")]
    InsufficientScope {
        /// All the scopes that are needed.
        needed: ScopeSet,
    },
    /// The token speaks of an application, and this is for users.
    #[error("the token speaks of an application, not of a user")]
    AppOnly,
    /// The application that calls is not among the actors of the rule.
    #[error("the application that acts for the user may not do so here")]
    ActorRefused,
    /// The chain of actors is longer than the rule allows.
    #[error("the token has passed through too many applications")]
    ChainTooDeep,
    /// The user has to sign in again first (RFC 9470).
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
    /// Shown with a proof, but bound to no key that could be proved.
    #[error("the token is not bound to the key that was shown")]
    NotBound,
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
    /// The log says what is wrong with the issuer; the caller only hears that it is not available.
    fn from(error: ProviderError) -> Self {
        tracing::error!(%error, "tokens cannot be verified");
        match error {
            ProviderError::Unreachable { retry_after } => Self::Unavailable { retry_after },
            ProviderError::Untrustworthy(_) => Self::Unavailable { retry_after: None },
        }
    }
}
