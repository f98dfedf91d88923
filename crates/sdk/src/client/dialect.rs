//! Which of the two dialects a provider is spoken to in.

use super::AcquireError;
use crate::error::ProviderError;
use stead_proto::error::Dialect;
use stead_proto::grants::{JWT_BEARER, TOKEN_EXCHANGE};
use stead_proto::metadata::ProviderMetadata;

/// The dialect as set, or as the provider advertises, the standard one first.
pub(super) fn spoken(
    set: Option<Dialect>,
    metadata: &ProviderMetadata,
) -> Result<Dialect, AcquireError> {
    if let Some(dialect) = set {
        return Ok(dialect);
    }
    let grants = metadata.grant_types_supported.as_deref().unwrap_or_default();
    let offers = |grant: &str| grants.iter().any(|offered| offered == grant);
    if offers(TOKEN_EXCHANGE) {
        Ok(Dialect::Rfc8693)
    } else if offers(JWT_BEARER) || is_entra(metadata.issuer.as_str()) {
        Ok(Dialect::Entra)
    } else {
        let problem =
            "it advertises no way to act on behalf of a user; set the dialect if it has one";
        Err(ProviderError::Untrustworthy(problem.to_owned()).into())
    }
}

/// Entra's discovery documents leave out the grants.
pub(super) fn is_entra(issuer: &str) -> bool {
    const HOSTS: [&str; 3] = [
        "https://login.microsoftonline.com/",
        "https://login.microsoftonline.us/",
        "https://login.partner.microsoftonline.cn/",
    ];
    HOSTS.iter().any(|host| issuer.starts_with(host))
}
