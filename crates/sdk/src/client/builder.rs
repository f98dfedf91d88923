//! How an [`Obo`] is set up.

use super::cache::{Cache, CacheEvent, Room, Watch};
use super::elsewhere::{Elsewhere, SharedCache};
use super::exchange::{Exchange, Tries};
use super::token::Margins;
use super::whose::Subjects;
use super::{Credential, Obo, SealingKey, Shared, WhileAway};
use crate::error::SetupError;
use crate::issuer::Provider;
use std::sync::Arc;
use std::time::Duration;
use stead_proto::error::Dialect;
use stead_proto::id::ClientId;
use stead_proto::time::Seconds;

/// How many bytes of tokens are kept, unless said otherwise.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// How long an exchange may take, unless said otherwise: less than the second after which Envoy gives up.
const BUDGET: Duration = Duration::from_millis(750);

/// The margins, unless said otherwise.
const MARGINS: Margins = Margins { margin: Seconds(30), ahead: Seconds(60) };

/// Makes an [`Obo`].
///
/// ```
/// use stead::{Credential, Obo, Provider};
/// let obo = Obo::builder()
///     .provider(Provider::builder("https://id.example/acme/v2.0").build()?)
///     .client_id("reports-api")
///     .credential(Credential::secret("from a file, not from the source"))
///     .build()?;
/// # Ok::<(), stead::SetupError>(())
/// ```
#[derive(Debug, Default)]
pub struct OboBuilder {
    provider: Option<Provider>,
    issuer: Option<String>,
    client_id: Option<String>,
    credential: Option<Credential>,
    dialect: Option<Dialect>,
    cache_bytes: Option<u64>,
    ready_bytes: Option<u64>,
    budget: Option<Duration>,
    margins: Option<Margins>,
    pairwise: bool,
    tries: Tries,
    elsewhere: Option<Elsewhere>,
    while_away: WhileAway,
    watch: Watch,
}

impl OboBuilder {
    /// Asks this issuer, or the one whose discovery document is at this URL.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Asks this provider: an issuer with a transport and a clock of your choice.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Your application's client id at the provider.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// How your application proves who it is.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Speaks this dialect, whatever the provider advertises.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// How long an exchange may take, both tries together; 750 milliseconds by default. After that it ends with
    /// [`AcquireError::Unavailable`](super::AcquireError::Unavailable).
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Asks once and no more. Without this, a request that could not connect or was answered with a 5xx is sent a
    /// second time.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.tries = Tries::One;
        self
    }

    /// Gives no kept tokens while the provider's circuit breaker is open. Without this, tokens that are still good
    /// are given meanwhile.
    #[must_use]
    pub fn without_kept_while_away(mut self) -> Self {
        self.while_away = WhileAway::NothingKept;
        self
    }

    /// Calls this for everything that happens in the cache, to count it. It runs while somebody waits for a token:
    /// keep it short.
    #[must_use]
    pub fn watch_cache(mut self, watcher: impl Fn(CacheEvent) + Send + Sync + 'static) -> Self {
        self.watch = Watch::by(watcher);
        self
    }

    /// A kept token with less than `margin` left is not given any more if a new one can be had; one with less than
    /// `refresh_ahead` left is given while a new one is fetched in the background. 30 and 60 seconds by default,
    /// and less for tokens of a short life.
    #[must_use]
    pub fn margins(mut self, margin: Seconds, refresh_ahead: Seconds) -> Self {
        self.margins = Some(Margins { margin, ahead: refresh_ahead });
        self
    }

    /// The provider gives each application another `sub` for the same user (OpenID Connect Core §8.1). Without
    /// this, a token whose `sub` can be read and is not the caller's is refused as somebody else's.
    #[must_use]
    pub fn pairwise_subjects(mut self) -> Self {
        self.pairwise = true;
        self
    }

    /// Shares acquired tokens with other processes of the application: looks for them in this cache before it
    /// exchanges, and puts there what it has acquired, sealed with this key. Waits at most `patience` for it.
    #[must_use]
    pub fn shared_cache(
        mut self,
        cache: impl SharedCache,
        key: SealingKey,
        patience: Duration,
    ) -> Self {
        self.elsewhere = Some(Elsewhere::new(Arc::new(cache), key, patience));
        self
    }

    /// Keeps at most this many bytes of tokens; 32 MiB by default. A token of 1,200 characters that is ready to be
    /// given counts as 1,600 bytes; see [`ready_bytes`](Self::ready_bytes) for the others.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = Some(bytes);
        self
    }

    /// How many of the [`cache_bytes`](Self::cache_bytes) are for tokens that are ready to be given; three quarters
    /// by default. The rest is for tokens that nobody has asked for lately: they are packed, so that a JWT of 1,200
    /// characters takes some 250 bytes, and unpacked within a few microseconds when somebody asks again.
    #[must_use]
    pub fn ready_bytes(mut self, bytes: u64) -> Self {
        self.ready_bytes = Some(bytes);
        self
    }

    /// Sets it up; asks nothing yet.
    ///
    /// # Errors
    /// [`SetupError::Missing`] without an issuer, a client id or a credential; others for names and URLs that cannot
    /// be meant.
    pub fn build(self) -> Result<Obo, SetupError> {
        let provider = match (self.provider, self.issuer) {
            (Some(provider), _) => provider,
            (None, Some(issuer)) => Provider::builder(issuer).build()?,
            (None, None) => return Err(SetupError::Missing("the issuer")),
        };
        let client_id =
            ClientId::parse(self.client_id.ok_or(SetupError::Missing("the client id"))?)?;
        let credential = self.credential.ok_or(SetupError::Missing("the credential"))?;
        let exchange = Exchange {
            client_id,
            credential,
            dialect: self.dialect,
            budget: self.budget.unwrap_or(BUDGET),
            tries: self.tries,
            subjects: if self.pairwise { Subjects::Pairwise } else { Subjects::Public },
        };
        let bytes = self.cache_bytes.unwrap_or(CACHE_BYTES);
        let room = Room { bytes, ready: self.ready_bytes.unwrap_or(bytes - bytes / 4) };
        let (margins, clock) = (self.margins.unwrap_or(MARGINS), provider.clock().clone());
        let cache = Cache::new(room, margins, clock, self.watch);
        let (elsewhere, while_away) = (self.elsewhere, self.while_away);
        Ok(Obo(Arc::new(Shared { provider, exchange, cache, elsewhere, while_away })))
    }
}
