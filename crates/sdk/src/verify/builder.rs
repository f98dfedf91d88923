//! How a [`Verifier`] is set up.

use super::memory::Memory;
use super::{Settings, Verifier};
use crate::error::SetupError;
use crate::issuer::Provider;
use std::sync::Arc;
use stead_proto::id::Audience;
use stead_proto::time::Seconds;

/// How far the issuer's clock may be from ours, unless said otherwise.
const LEEWAY: Seconds = Seconds(30);

/// How many bytes of verified tokens are remembered, unless said otherwise.
const MEMORY_BYTES: u64 = 32 * 1024 * 1024;

/// Makes a [`Verifier`].
///
/// ```
/// use stead::{Provider, Verifier};
/// let verifier = Verifier::builder()
///     .provider(Provider::builder("https://id.example/acme/v2.0").build()?)
///     .audience("api://company-data")
///     .resource_metadata("https://data.example/.well-known/oauth-protected-resource")
///     .build()?;
/// # Ok::<(), stead::SetupError>(())
/// ```
#[derive(Debug, Default)]
pub struct VerifierBuilder {
    provider: Option<Provider>,
    issuer: Option<String>,
    audience: Option<String>,
    leeway: Option<Seconds>,
    memory_bytes: Option<u64>,
    resource_metadata: Option<String>,
}

impl VerifierBuilder {
    /// Takes tokens of this issuer.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Takes tokens of this provider: an issuer with a transport and a clock of your choice.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Takes tokens addressed to this resource: its `aud`, byte by byte.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// How far the issuer's clock may be from ours; 30 seconds by default.
    #[must_use]
    pub fn leeway(mut self, leeway: Seconds) -> Self {
        self.leeway = Some(leeway);
        self
    }

    /// Remembers at most this many bytes of tokens that verified, so that the signature of each is checked
    /// once; 32 MiB by default, 0 remembers none.
    #[must_use]
    pub fn memory_bytes(mut self, bytes: u64) -> Self {
        self.memory_bytes = Some(bytes);
        self
    }

    /// Where this resource's metadata is; every challenge then says so (RFC 9728 §5.1).
    #[must_use]
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// Sets it up; asks nothing yet.
    pub fn build(self) -> Result<Verifier, SetupError> {
        let provider = match (self.provider, self.issuer) {
            (Some(provider), _) => provider,
            (None, Some(issuer)) => Provider::builder(issuer).build()?,
            (None, None) => return Err(SetupError::Missing("the issuer")),
        };
        let audience = self.audience.ok_or(SetupError::Missing("the audience"))?;
        Ok(Verifier(Arc::new(Settings {
            provider,
            audience: Audience::parse(audience)?,
            leeway: self.leeway.unwrap_or(LEEWAY),
            memory: Memory::new(self.memory_bytes.unwrap_or(MEMORY_BYTES)),
            resource_metadata: self.resource_metadata,
        })))
    }
}
