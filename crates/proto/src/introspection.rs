//! What introspection answers (RFC 7662 §2.2).

use crate::claims::AccessTokenClaims;
use serde::Serialize;

/// About a token: everything, or only that there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// It is alive, and the asker may know.
    Active(Box<ActiveToken>),
    /// It is not alive, or none of the asker's business; the two look the same.
    Inactive(InactiveToken),
}

/// A living token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    active: bool,
    token_type: &'static str,
    #[serde(flatten)]
    claims: AccessTokenClaims,
}

/// `{"active":false}` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InactiveToken {
    active: bool,
}

impl Introspection {
    /// What is said of a living token.
    #[must_use]
    pub fn active(claims: AccessTokenClaims) -> Self {
        let token_type = if claims.cnf.is_some() { "DPoP" } else { "Bearer" };
        Self::Active(Box::new(ActiveToken { active: true, token_type, claims }))
    }

    /// What is said of every other.
    #[must_use]
    pub fn inactive() -> Self {
        Self::Inactive(InactiveToken { active: false })
    }
}
