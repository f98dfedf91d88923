//! A token that was acquired.

use std::sync::Arc;
use stead_proto::secret::Jwt;
use stead_proto::time::Timestamp;

/// A bearer token for one user at one resource. Never printed; [`expose`](Self::expose) is the way out.
/// A clone shares it.
#[derive(Debug, Clone)]
pub struct AccessToken(Arc<Received>);

#[derive(Debug)]
struct Received {
    token: Jwt,
    expires: Timestamp,
    scope: Option<String>,
}

impl AccessToken {
    pub(super) fn new(token: Jwt, expires: Timestamp, scope: Option<String>) -> Self {
        Self(Arc::new(Received { token, expires, scope }))
    }

    /// The token, for an `Authorization: Bearer` header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.token.expose()
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.0.expires
    }

    /// The scopes, if the provider named them.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }
}
