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

/// With how little left a token is given to nobody, and with how little the next is fetched.
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

    /// The name your application has there.
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

    /// How long an exchange may take in all, both tries together; 750 milliseconds by default. Whoever waits
    /// longer is told that the provider is not available.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Asks once and no more. Without this a question that was not heard, or broke something over there, is asked
    /// a second time.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.tries = Tries::One;
        self
    }

    /// Gives no token that is kept while the provider is left alone because it fails; one question at a time
    /// finds out whether it works again. Without this what is kept goes on being given.
    #[must_use]
    pub fn without_kept_while_away(mut self) -> Self {
        self.while_away = WhileAway::NothingKept;
        self
    }

    /// Calls this for everything that happens in the cache, to count it. Whoever asks for a token waits for it.
    #[must_use]
    pub fn watch_cache(mut self, watcher: impl Fn(CacheEvent) + Send + Sync + 'static) -> Self {
        self.watch = Watch::by(watcher);
        self
    }

    /// With how little of its life left a token is given to nobody if a new one can be had, and with how
    /// little left a new one is fetched behind the scenes; 30 and 60 seconds by default. A short life has
    /// shorter margins.
    #[must_use]
    pub fn margins(mut self, margin: Seconds, refresh_ahead: Seconds) -> Self {
        self.margins = Some(Margins { margin, ahead: refresh_ahead });
        self
    }

    /// The provider calls one user by another `sub` for each application (OpenID Connect Core §8.1). Without
    /// this a token that can be read and names another `sub` than the caller's is not taken.
    #[must_use]
    pub fn pairwise_subjects(mut self) -> Self {
        self.pairwise = true;
        self
    }

    /// Looks for tokens here too before it exchanges, and puts there what it has acquired, sealed with this key:
    /// for several processes of one application. Nobody waits longer for it than `patience`.
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

    /// Keeps at most this many bytes of tokens; 32 MiB by default. A token of 1,200 characters counts as 1,600
    /// bytes, whatever else it takes: for a million of them say 1.6 GB.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = Some(bytes);
        self
    }

    /// How many of them are for tokens as they are given; three quarters by default. Those that give way are
    /// packed into the rest, where a JWT of 1,200 characters takes some 250 bytes, and unpacked for whoever asks again,
    /// which takes a few microseconds.
    #[must_use]
    pub fn ready_bytes(mut self, bytes: u64) -> Self {
        self.ready_bytes = Some(bytes);
        self
    }

    /// Sets it up; asks nothing yet.
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
