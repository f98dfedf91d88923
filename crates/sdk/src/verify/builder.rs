//! How a [`Verifier`] is set up.

use super::dpop::{Checking, Dpop};
use super::memory::{Memory, Room};
use super::trust::Trusted;
use super::{Feed, Settings, Trust, Verifier};
use crate::error::SetupError;
use crate::issuer::Provider;
use std::sync::Arc;
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
    trusted: Vec<Trust>,
    provider: Option<Provider>,
    issuer: Option<String>,
    audience: Option<String>,
    leeway: Option<Seconds>,
    memory_bytes: Option<u64>,
    ready_bytes: Option<u64>,
    resource_metadata: Option<String>,
    feed: Option<Feed>,
    dpop: Option<Dpop>,
}

impl VerifierBuilder {
    /// Takes tokens of this issuer too, by rules of its own. To be called once for each issuer, beside the one of
    /// [`issuer`](Self::issuer) and [`audience`](Self::audience) or in its place.
    #[must_use]
    pub fn trust(mut self, issuer: Trust) -> Self {
        self.trusted.push(issuer);
        self
    }

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

    /// Refuses what the issuer has revoked, as soon as its feed tells. Where there are several issuers, each
    /// [`Trust`] has a feed of its own.
    #[must_use]
    pub fn feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    /// Takes tokens that are bound to a key, with a proof for each request (RFC 9449).
    #[must_use]
    pub fn dpop(mut self, how: Dpop) -> Self {
        self.dpop = Some(how);
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

    /// How many of the [`memory_bytes`](Self::memory_bytes) are for callers who are ready, of about 3 KB each; three
    /// quarters by default. Of tokens that have not come lately, the rest remembers in 50 bytes each that their
    /// signature was good.
    #[must_use]
    pub fn ready_bytes(mut self, bytes: u64) -> Self {
        self.ready_bytes = Some(bytes);
        self
    }

    /// Where this resource's metadata is; every challenge then says so (RFC 9728 §5.1).
    #[must_use]
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// Sets it up; asks nothing yet.
    ///
    /// # Errors
    /// [`SetupError::Missing`] without an issuer or an audience, [`SetupError::Twice`] for an issuer that is trusted
    /// twice; others for names and URLs that cannot be meant.
    pub fn build(self) -> Result<Verifier, SetupError> {
        let mut trusted = self.trusted;
        let provider = match (self.provider, self.issuer) {
            (Some(provider), _) => Some(provider),
            (None, Some(issuer)) => Some(Provider::builder(issuer).build()?),
            (None, None) => None,
        };
        match (provider, self.audience) {
            (Some(provider), Some(audience)) => {
                let trust = Trust::new(provider, audience);
                trusted.push(match self.feed {
                    Some(feed) => trust.feed(feed),
                    None => trust,
                });
            }
            (Some(_), None) => return Err(SetupError::Missing("the audience")),
            (None, None) if !trusted.is_empty() => {}
            (None, _) => return Err(SetupError::Missing("the issuer")),
        }
        let leeway = self.leeway.unwrap_or(LEEWAY);
        let bytes = self.memory_bytes.unwrap_or(MEMORY_BYTES);
        let room = Room { bytes, ready: self.ready_bytes.unwrap_or(bytes - bytes / 4) };
        Ok(Verifier(Arc::new(Settings {
            trusted: each_once(trusted)?,
            leeway,
            dpop: self.dpop.map(|dpop| Checking::new(dpop, leeway)),
            memory: Memory::new(room),
            resource_metadata: self.resource_metadata,
        })))
    }
}

/// Refuses an issuer that is there twice: chance would decide by which rules its tokens are taken.
fn each_once(trusted: Vec<Trust>) -> Result<Vec<Arc<Trusted>>, SetupError> {
    let mut all: Vec<Arc<Trusted>> = Vec::new();
    for trust in trusted {
        let trusted = trust.read()?;
        let issuer = trusted.provider.issuer();
        if all.iter().any(|other| other.provider.issuer() == issuer) {
            return Err(SetupError::Twice(issuer.clone()));
        }
        all.push(Arc::new(trusted));
    }
    Ok(all)
}
