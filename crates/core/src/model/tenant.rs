//! A tenant: its own users, applications, keys and issuer.

use serde::{Deserialize, Serialize};
use stead_proto::id::{Audience, Issuer, TenantId, TenantName};
use stead_proto::jwt::JwkSet;

/// Who a tenant is. Both its name and its id lead to it in URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The stable id, `tid` in tokens.
    pub id: TenantId,
    /// The name in URLs and in the issuer.
    pub name: TenantName,
}

impl Tenant {
    /// Whether a URL segment means this tenant, by name or by id, in any case.
    #[must_use]
    pub fn is_called(&self, segment: &str) -> bool {
        self.name.matches(segment) || self.id.as_str().eq_ignore_ascii_case(segment)
    }
}

/// How a URL names a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By its name or its id.
    Itself,
    /// As `common` or `organizations`: whichever tenant the user is of, as Entra's clients may say.
    Common,
}

impl Named {
    /// Whether a URL segment names no tenant in particular, in any case.
    #[must_use]
    pub fn is_common(segment: &str) -> bool {
        ["common", "organizations"].iter().any(|word| segment.eq_ignore_ascii_case(word))
    }
}

/// Somebody else whose tokens this tenant accepts as subject tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedIssuer {
    /// Its issuer, byte by byte.
    pub issuer: Issuer,
    /// The audience its tokens must carry to be meant for exchange here.
    pub audience: Audience,
    /// Its public keys. They belong to this issuer alone: the same `kid` elsewhere is another key.
    pub keys: JwkSet,
    /// Whether it is trusted at present.
    pub enabled: bool,
}
