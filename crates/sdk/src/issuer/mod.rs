//! An issuer as others see it: its discovery document and its keys, kept fresh.

mod breaker;
mod identify;
mod kept;
mod location;
mod standing;

pub use breaker::BreakerState;
pub(crate) use breaker::{Leave, Outcome};
pub use identify::{Identified, Identify, Identity};
pub use standing::Standing;

use crate::clock::Clock;
use crate::error::{ProviderError, SetupError};
use crate::transport::Transport;
use breaker::{Breaker, Terms};
use kept::{Kept, Look};
use location::Location;
use std::sync::Arc;
use stead_proto::id::{Issuer, KeyId};
use stead_proto::jwt::{JwkSet, KeySet, RsaDefault};
use stead_proto::metadata::ProviderMetadata;
use stead_proto::time::Seconds;
use url::Url;

/// An issuer of tokens: who is asked for them, and whose keys they are verified with.
///
/// Its discovery document and keys are fetched when they are first needed, and renewed in the background after ten
/// minutes; while the issuer does not answer, the old ones are used. A clone shares them.
///
/// ```
/// let provider = stead::Provider::builder("https://id.example/acme/v2.0").build()?;
/// assert_eq!(provider.issuer().as_str(), "https://id.example/acme/v2.0");
/// # Ok::<(), stead::SetupError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Provider(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    location: Location,
    transport: Transport,
    clock: Clock,
    trusted_hosts: Vec<String>,
    breaker: Breaker,
    metadata: Kept<ProviderMetadata>,
    keys: Kept<KeySet>,
}

/// Makes a [`Provider`].
#[derive(Debug)]
pub struct ProviderBuilder {
    written: String,
    transport: Option<Transport>,
    clock: Clock,
    trusted_hosts: Vec<String>,
    breaker: Terms,
}

impl ProviderBuilder {
    /// Asks over this transport: other root certificates, other timeouts.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Takes the time from here.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Lets endpoints be on this host too. Without it they must be where the issuer is, so that a
    /// forged document cannot send secrets elsewhere.
    #[must_use]
    pub fn trust_host(mut self, host: impl Into<String>) -> Self {
        self.trusted_hosts.push(host.into());
        self
    }

    /// The circuit breaker of its token endpoint: after so many failures in a row it is not asked for so long, then one
    /// question is let through to see whether it works again. Ten failures and five seconds by default.
    #[must_use]
    pub fn breaker(mut self, failures: u32, open_for: Seconds) -> Self {
        self.breaker = Terms { failures, open_for };
        self
    }

    /// Sets it up; asks nothing yet.
    pub fn build(self) -> Result<Provider, SetupError> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => Transport::builder().build()?,
        };
        let location = Location::read(&self.written, &transport)?;
        Ok(Provider(Arc::new(Shared {
            location,
            transport,
            clock: self.clock,
            trusted_hosts: self.trusted_hosts,
            breaker: Breaker::new(self.breaker),
            metadata: Kept::default(),
            keys: Kept::default(),
        })))
    }
}

impl Provider {
    /// Starts with an issuer, or with the URL of its discovery document.
    pub fn builder(issuer: impl Into<String>) -> ProviderBuilder {
        ProviderBuilder {
            written: issuer.into(),
            transport: None,
            clock: Clock::system(),
            trusted_hosts: Vec::new(),
            breaker: Terms { failures: 10, open_for: Seconds(5) },
        }
    }

    /// Its name: what `iss` says in its tokens, byte by byte.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.location.issuer
    }

    /// The clock that it and everything built on it goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Its discovery document (RFC 8414 §2).
    pub async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderError> {
        let (kept, now) = (&self.0.metadata, self.0.clock.now());
        match kept.look(now) {
            Look::Fresh(metadata) => Ok(metadata),
            Look::Nothing => kept.first(self.fetch_metadata(), &self.0.clock).await,
            Look::Stale(metadata) if !kept.may_renew(now) => Ok(metadata),
            Look::Stale(metadata) => {
                let this = self.clone();
                tokio::spawn(async move { this.renew_metadata().await });
                Ok(metadata)
            }
        }
    }

    /// The same, in a task of its own: it is fetched to the end for those who ask next, even if this caller gives up.
    pub(crate) async fn metadata_whoever_waits(
        &self,
    ) -> Result<Arc<ProviderMetadata>, ProviderError> {
        let this = self.clone();
        let fetching = tokio::spawn(async move { this.metadata().await });
        fetching.await.unwrap_or(Err(ProviderError::Unreachable { retry_after: None }))
    }

    /// Leave to ask its token endpoint, or how long not to.
    pub(crate) fn leave(&self) -> Result<Leave<'_>, Seconds> {
        self.0.breaker.leave(&self.0.clock)
    }

    /// Whether its token endpoint is asked at present.
    #[must_use]
    pub fn breaker_state(&self) -> BreakerState {
        self.0.breaker.state(self.0.clock.now())
    }

    /// Where users sign in, if that is known already: whoever holds a verified token has asked.
    pub(crate) fn known_authorization_endpoint(&self) -> Option<String> {
        self.0.metadata.peek()?.authorization_endpoint.clone()
    }

    /// Its keys.
    pub async fn keys(&self) -> Result<Arc<KeySet>, ProviderError> {
        let (kept, now) = (&self.0.keys, self.0.clock.now());
        match kept.look(now) {
            Look::Fresh(keys) => Ok(keys),
            Look::Nothing => kept.first(self.fetch_keys(), &self.0.clock).await,
            Look::Stale(keys) if !kept.may_renew(now) => Ok(keys),
            Look::Stale(keys) => {
                let this = self.clone();
                tokio::spawn(async move { this.renew_keys().await });
                Ok(keys)
            }
        }
    }

    /// Its keys, fetched again if this one is not among them: at most once in 30 seconds, however many unknown names come
    /// along. The key may still be missing then.
    pub async fn keys_with(&self, kid: Option<&KeyId>) -> Result<Arc<KeySet>, ProviderError> {
        let before = self.0.keys.peek();
        let keys = self.keys().await?;
        let known = kid.is_none_or(|kid| keys.get(kid).is_some());
        // Keys that came while this token was waiting are as new as any can be.
        if known || before.is_none() {
            return Ok(keys);
        }
        Ok(self.0.keys.again(&keys, self.fetch_keys(), &self.0.clock).await)
    }

    /// One of its endpoints, if it may be asked: `https` (or loopback), on the issuer's own host.
    pub(crate) fn endpoint(&self, name: &str, url: Option<&str>) -> Result<Url, ProviderError> {
        let url = url.ok_or_else(|| ProviderError::Untrustworthy(format!("it has no {name}")))?;
        let url = self.0.transport.admit(url)?;
        let at_home = url.origin() == self.0.location.home.origin();
        let trusted =
            url.host_str().is_some_and(|host| self.0.trusted_hosts.iter().any(|h| h == host));
        if at_home || trusted {
            return Ok(url);
        }
        Err(ProviderError::Untrustworthy(format!("its {name} is on another host: {url}")))
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    async fn renew_metadata(&self) {
        let fetched = self.fetch_metadata().await;
        self.0.metadata.note(fetched, self.0.clock.now());
    }

    async fn renew_keys(&self) {
        let fetched = self.fetch_keys().await;
        self.0.keys.note(fetched, self.0.clock.now());
    }

    async fn fetch_metadata(&self) -> Result<ProviderMetadata, ProviderError> {
        let Location { issuer, document, otherwise, .. } = &self.0.location;
        let metadata: ProviderMetadata =
            self.0.transport.get_json(document, otherwise.as_ref()).await?;
        // RFC 8414 §3.3: else somebody may speak in another's name.
        if metadata.issuer != *issuer {
            return Err(ProviderError::Untrustworthy(format!(
                "it was asked for as {issuer} and calls itself {}",
                metadata.issuer
            )));
        }
        Ok(metadata)
    }

    async fn fetch_keys(&self) -> Result<KeySet, ProviderError> {
        let metadata = self.metadata().await?;
        let url = self.endpoint("jwks_uri", metadata.jwks_uri.as_deref())?;
        let answer = self.0.transport.get(&url).await?.successful(&url)?;
        let set = JwkSet::parse(&answer.body, RsaDefault::Rs256)
            .map_err(|error| ProviderError::Untrustworthy(format!("{url}: {error}")))?;
        Ok(KeySet::from_jwks(&set))
    }
}
