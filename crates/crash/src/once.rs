//! What works once.

use std::fmt;
use stead_proto::secret::{AuthorizationCode, RefreshToken, SecretHash};

/// Something that works once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Once {
    /// An authorization code.
    Code(SecretHash),
    /// A refresh token.
    Refresh(SecretHash),
    /// A client assertion, by its `jti`.
    Assertion(String),
}

impl Once {
    /// A code.
    #[must_use]
    pub fn code(code: &str) -> Self {
        Self::Code(AuthorizationCode::new(code).hash())
    }

    /// A refresh token.
    #[must_use]
    pub fn refresh(token: &str) -> Self {
        Self::Refresh(RefreshToken::new(token).hash())
    }
}

impl fmt::Display for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(hash) => write!(f, "code {}", hash.0),
            Self::Refresh(hash) => write!(f, "refresh token {}", hash.0),
            Self::Assertion(name) => write!(f, "assertion {name}"),
        }
    }
}
