//! A token that was acquired.

use stead_proto::secret::Jwt;
use stead_proto::time::Timestamp;

/// A bearer token for one user at one resource. Never printed; [`expose`](Self::expose) is the way out.
#[derive(Debug, Clone)]
pub struct AccessToken {
    pub(super) token: Jwt,
    pub(super) expires: Timestamp,
    pub(super) scope: Option<String>,
}

impl AccessToken {
    /// The token, for an `Authorization: Bearer` header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.token.expose()
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The scopes, if the provider named them.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}
