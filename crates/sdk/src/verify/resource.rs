//! What a protected resource says of itself (RFC 9728): written, and read with care.

use crate::error::ProviderError;
use crate::transport::Transport;
use serde::{Deserialize, Serialize};
use url::Url;

/// Where it is said (RFC 9728 §3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The metadata of a protected resource (RFC 9728 §2).
///
/// ```
/// let data = stead::verify::ProtectedResource::new("https://data.example/rows")
///     .issuer("https://id.example/acme/v2.0")
///     .scope("Rows.Read");
/// assert_eq!(data.path(), "/.well-known/oauth-protected-resource/rows");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedResource {
    /// Its identifier, byte by byte.
    pub resource: String,
    /// Who issues tokens for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// What there is to ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// Where a token may stand: in the header alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bearer_methods_supported: Vec<String>,
}

impl ProtectedResource {
    /// A resource of which nothing else is said yet.
    #[must_use]
    pub fn new(resource: impl Into<String>) -> Self {
        Self {
            resource: resource.into(),
            authorization_servers: Vec::new(),
            scopes_supported: Vec::new(),
            bearer_methods_supported: vec!["header".to_owned()],
        }
    }

    /// Takes tokens of this issuer.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.authorization_servers.push(issuer.into());
        self
    }

    /// Has this scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes_supported.push(scope.into());
        self
    }

    /// Where on its host it says so: the resource's own path comes behind (RFC 9728 §3.1).
    #[must_use]
    pub fn path(&self) -> String {
        let url = Url::parse(&self.resource).ok().filter(|url| url.scheme().starts_with("http"));
        let path = url.as_ref().map_or("", |url| url.path().trim_end_matches('/'));
        format!("{WELL_KNOWN}{path}")
    }

    /// The same as a URL, which challenges name (RFC 9728 §5.1); nothing where the resource is no `http` URL.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let mut url = Url::parse(&self.resource).ok()?;
        url.set_path(&self.path());
        url.scheme().starts_with("http").then(|| url.into())
    }

    /// Reads what a resource says of itself. Refused are plain HTTP, redirects, and an answer that
    /// speaks of any other resource (RFC 9728 §3.3).
    pub async fn discover(transport: &Transport, resource: &str) -> Result<Self, ProviderError> {
        let mut url = transport.admit(resource)?;
        url.set_path(&Self::new(resource).path());
        let said: Self = transport.get_json(&url, None).await?;
        if said.resource != resource {
            let problem = format!("{url} speaks of another resource: {}", said.resource);
            return Err(ProviderError::Untrustworthy(problem));
        }
        for issuer in &said.authorization_servers {
            transport.admit(issuer)?;
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rm_01_the_path_of_the_resource_comes_behind_the_well_known_one() {
        let path = |resource: &str| ProtectedResource::new(resource).path();
        assert_eq!(path("https://data.example"), WELL_KNOWN);
        assert_eq!(path("https://data.example/"), WELL_KNOWN);
        assert_eq!(path("https://data.example/a/b"), format!("{WELL_KNOWN}/a/b"));
        assert_eq!(path("api://company-data"), WELL_KNOWN);
        let url = |resource: &str| ProtectedResource::new(resource).url();
        let whole = format!("https://data.example{WELL_KNOWN}/a");
        assert_eq!(url("https://data.example/a"), Some(whole));
        assert_eq!(url("api://company-data"), None);
    }
}
