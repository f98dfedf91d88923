//! Acquire: a token for your user at the next service.
//!
//! | file | what it does |
//! |---|---|
//! | this one | [`Obo`]: caller and target → token, from the cache or the provider |
//! | `builder` | how it is set up |
//! | `credential` | how your application proves who it is |
//! | `target` | which resource, which scopes there |
//! | `question` | what is asked, and the key its answer is kept under |
//! | `digest` | several texts → one SHA-256 |
//! | `dialect` | which of the two dialects a provider is spoken to in |
//! | `exchange` | one exchange: asked, asked again if need be, looked at before it is believed |
//! | `answer` | what an answer of the token endpoint means |
//! | `whose` | whether a token that can be read is that of the user and resource asked for |
//! | `cache` | one exchange at a time for the same question, never one user's answer for another |
//! | `elsewhere` | tokens kept outside of the process, sealed |
//! | `redis` | Redis or Valkey as that place (feature `redis`) |
//! | `long_running` | going on when the user has left |
//! | `own` | for the application itself, where that is what is meant |
//! | `seal` | what is written down so that only its owner can read it |
//! | `token`, `error` | what comes of it |

mod answer;
mod builder;
mod cache;
mod credential;
mod dialect;
mod digest;
mod elsewhere;
mod error;
mod exchange;
mod long_running;
mod own;
mod probe;
mod question;
#[cfg(feature = "redis")]
mod redis;
mod seal;
mod target;
mod token;
mod whose;

pub use builder::OboBuilder;
pub use cache::CacheEvent;
pub use credential::Credential;
pub use elsewhere::{Doing, SharedCache, SharedCacheTrouble};
pub use error::{AcquireError, Consent, Denied, EntraReason};
pub use long_running::LongRunning;
#[cfg(feature = "redis")]
pub use redis::{RedisCache, RedisServer};
pub use seal::{BadSeal, SealingKey};
pub use target::{BadTarget, NamedBy, Target};
pub use token::AccessToken;

use crate::issuer::{BreakerState, Provider};
use crate::verify::Caller;
use cache::{Asked, Cache, Found, WillDo};
use elsewhere::Elsewhere;
use exchange::Exchange;
use question::{Key, Question};
use std::fmt;
use std::sync::Arc;
use stead_proto::grants::ActorToken;
use stead_proto::time::Timestamp;
use stead_proto::trace::TraceParent;
use token::Origin;
use tracing::Instrument;

/// Acquires tokens on behalf of your callers. Shared: a clone has the same cache.
///
/// ```no_run
/// # async fn f(caller: stead::Caller, secret: String) -> Result<(), Box<dyn std::error::Error>> {
/// use stead::{Credential, Obo};
/// let obo = Obo::discover(
///     "https://id.example/acme/v2.0",
///     "reports-api",
///     Credential::secret(secret),
/// ).await?;
/// let token = obo.token(&caller, "api://company-data/Rows.Read").await?;
/// let rows = reqwest::Client::new()
///     .get("https://data.example/rows")
///     .bearer_auth(token.expose())
///     .send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Obo(Arc<Shared>);

struct Shared {
    provider: Provider,
    exchange: Exchange,
    cache: Cache,
    elsewhere: Option<Elsewhere>,
    while_away: WhileAway,
}

/// What becomes of kept tokens while the provider's circuit breaker is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum WhileAway {
    #[default]
    KeptIsGood,
    NothingKept,
}

/// A token in whose place another is wanted.
enum Instead {
    /// A resource refused it.
    OfRefused(AccessToken),
    /// It is good.
    OfGood(AccessToken),
}

/// What a question for a token may say besides caller and target; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct AcquireOptions {
    /// A claims request to pass on, with which a front end answers a challenge (OpenID Connect Core §5.5). It is part
    /// of the question, so that a token kept from before the challenge is not given again.
    pub claims: Option<String>,
    /// A token that proves who the actor is (RFC 8693 §2.1). Entra's dialect has none, so that it is an error there.
    pub actor_token: Option<ActorToken>,
    /// `traceparent` (W3C Trace Context §3.2), sent along so that the provider's spans join the trace. It is no part
    /// of the question: where several ask the same at once, the provider is sent that of the first.
    pub traceparent: Option<TraceParent>,
}

impl AcquireOptions {
    fn is_plain(&self) -> bool {
        self.claims.is_none() && self.actor_token.is_none()
    }
}

/// A token, and where it comes from.
#[derive(Debug, Clone)]
pub struct Acquired {
    /// The token.
    pub token: AccessToken,
    /// Where it comes from.
    pub source: Source,
}

impl Acquired {
    /// One that was not in this process.
    fn now(token: AccessToken) -> Self {
        let source = match token.received().origin {
            Origin::Provider => Source::Exchange,
            Origin::SharedCache => Source::Shared,
        };
        Self { token, source }
    }
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the cache.
    Cache,
    /// From the cache, and the next one is being fetched in the background.
    CacheRenewing,
    /// From the cache outside of the process, where another had put it, just now.
    Shared,
    /// From an exchange just now: one's own, or that of somebody who asked the same at the same time.
    Exchange,
}

impl Obo {
    /// Fetches the discovery document of an issuer (or the document at this URL), and asks there from now on. The
    /// document says where the token endpoint is and which dialect is spoken.
    ///
    /// # Errors
    /// [`AcquireError::Config`] if something is set up wrongly, here or there; [`AcquireError::Unavailable`] if the
    /// provider does not answer. [`OboBuilder::build`] asks nothing, for programs that start before their provider.
    pub async fn discover(
        issuer: &str,
        client_id: &str,
        credential: Credential,
    ) -> Result<Self, AcquireError> {
        let obo =
            Self::builder().issuer(issuer).client_id(client_id).credential(credential).build()?;
        let metadata = obo.0.provider.metadata().await?;
        dialect::spoken(None, &metadata)?;
        Ok(obo)
    }

    /// Starts with nothing set.
    #[must_use]
    pub fn builder() -> OboBuilder {
        OboBuilder::default()
    }

    /// A token for the caller's user at the target: `"api://company-data/Rows.Read"`,
    /// `"api://company-data/.default"`, or a [`Target`]. It is kept, and renewed before it ends.
    ///
    /// # Errors
    /// [`AcquireError::Challenge`] if the user has to sign in again, [`AcquireError::Denied`] if the provider refuses
    /// or the caller's token speaks of no user, [`AcquireError::Unavailable`] if the provider does not answer, and
    /// [`AcquireError::Config`] if the exchange cannot work as it is set up.
    pub async fn token<T>(&self, caller: &Caller, target: T) -> Result<AccessToken, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        self.token_with(caller, target, AcquireOptions::default()).await
    }

    /// The same with [options](AcquireOptions).
    pub async fn token_with<T>(
        &self,
        caller: &Caller,
        target: T,
        options: AcquireOptions,
    ) -> Result<AccessToken, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        Ok(self.acquire(caller, target, options).await?.token)
    }

    /// The same, and says where the token comes from.
    pub async fn acquire<T>(
        &self,
        caller: &Caller,
        target: T,
        options: AcquireOptions,
    ) -> Result<Acquired, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        let target = target.try_into()?;
        if caller.is_app_only() {
            return Err(AcquireError::no_user());
        }
        let (cache, now) = (&self.0.cache, self.0.provider.clock().now());
        let plain = options.is_plain();
        if plain
            && self.gives_kept()
            && let Some(token) = cache.at_hand(caller, &target, now)
        {
            cache.tell(CacheEvent::Hit);
            return Ok(Acquired { token, source: Source::Cache });
        }
        let acquired = self.found_or_acquired(caller, &target, options, now).await?;
        if plain {
            cache.put_at_hand(caller, &target, &acquired.token);
        }
        Ok(acquired)
    }

    /// From the cache, or by an exchange.
    async fn found_or_acquired(
        &self,
        caller: &Caller,
        target: &Target,
        options: AcquireOptions,
        now: Timestamp,
    ) -> Result<Acquired, AcquireError> {
        let key = Key::of(caller, target, &options);
        let found = self.find(Asked { key: &key, subject: Some(caller.token()) }, now);
        if let Some(Found::Answer(answer)) = found {
            return answer.map(|token| Acquired { token, source: Source::Cache });
        }
        let question = Question { caller: caller.clone(), target: target.clone(), options, key };
        if let Some(Found::Due(token)) = found {
            self.renew(question, token.clone());
            return Ok(Acquired { token, source: Source::CacheRenewing });
        }
        self.exchanged(question, None).await.map(Acquired::now)
    }

    /// Looks into the cache, unless it is closed to everybody now, and tells whoever counts.
    fn find(&self, asked: Asked<'_>, now: Timestamp) -> Option<Found> {
        let cache = &self.0.cache;
        let found = self.gives_kept().then(|| cache.find(asked, now)).flatten();
        cache.tell(match &found {
            Some(Found::Answer(Ok(_))) => CacheEvent::Hit,
            Some(Found::Answer(Err(_))) => CacheEvent::Negative,
            Some(Found::Due(_)) => CacheEvent::Refresh,
            None => CacheEvent::Miss,
        });
        found
    }

    /// Tells whoever watches.
    fn tell(&self, event: CacheEvent) {
        self.0.cache.tell(event);
    }

    /// Whether tokens that are kept are given now.
    fn gives_kept(&self) -> bool {
        let Shared { while_away, provider, .. } = &*self.0;
        *while_away == WhileAway::KeptIsGood || provider.breaker_state() == BreakerState::Closed
    }

    /// Which kept answers will do instead of an exchange.
    fn will_do<'t>(&self, instead: Option<&'t Instead>) -> WillDo<'t> {
        match instead {
            _ if !self.gives_kept() => WillDo::None,
            Some(Instead::OfRefused(refused)) => WillDo::AnyBut(refused),
            Some(Instead::OfGood(good)) => WillDo::NewerThan(good),
            None => WillDo::Any,
        }
    }

    /// Another token than this one, which a resource refused with a 401: a newer one if there is one already, else by
    /// a new exchange. `None` if the refused one came itself in the place of a refused one, less than five seconds ago:
    /// a resource that takes no token at all is not to cost an exchange with every request.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn token_instead_of<T>(
        &self,
        refused: &AccessToken,
        caller: &Caller,
        target: T,
        options: AcquireOptions,
    ) -> Result<Option<AccessToken>, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        if self.is_last_word(refused) {
            return Ok(None);
        }
        self.another(Instead::OfRefused(refused.clone()), caller, target, options).await.map(Some)
    }

    /// Whether another token would be of no use, since this one, which was refused, is itself another.
    fn is_last_word(&self, refused: &AccessToken) -> bool {
        refused.is_last_word(self.0.provider.clock().now())
    }

    /// A newer token than this one, which is good, for whoever wants none from the cache. If none can be had, this one
    /// stays in the cache for everybody else.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn token_newer_than<T>(
        &self,
        good: &AccessToken,
        caller: &Caller,
        target: T,
        options: AcquireOptions,
    ) -> Result<AccessToken, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        self.another(Instead::OfGood(good.clone()), caller, target, options).await
    }

    /// Another token instead of this one.
    async fn another<T>(
        &self,
        instead: Instead,
        caller: &Caller,
        target: T,
        options: AcquireOptions,
    ) -> Result<AccessToken, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        let question = Question::of(caller, target.try_into()?, options)?;
        if let Instead::OfRefused(token) = &instead {
            token.refuse();
        }
        self.tell(CacheEvent::Miss);
        self.exchanged(question, Some(instead)).await
    }

    /// The provider it asks.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// How many tokens and refusals are in the cache now.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.0.cache.len()
    }

    /// In a task of its own, so that a caller who hangs up does not cancel an exchange that others wait for.
    async fn exchanged(
        &self,
        question: Question,
        instead: Option<Instead>,
    ) -> Result<AccessToken, AcquireError> {
        let this = self.clone();
        let asking = async move {
            let will_do = this.will_do(instead.as_ref());
            let exchange = this.found_or_exchanged(&question, will_do);
            let clock = this.0.provider.clock();
            this.0.cache.find_or(question.asked(), will_do, clock, exchange).await
        };
        let task = tokio::spawn(asking.in_current_span());
        task.await.unwrap_or(Err(AcquireError::Unavailable { retry_after: None }))
    }

    /// Fetches the next token in the background, unless that is under way.
    fn renew(&self, question: Question, old: AccessToken) {
        if self.0.cache.is_renewing(&question.key) {
            return;
        }
        let this = self.clone();
        let renewing = async move {
            let exchange = this.found_or_exchanged(&question, this.will_do(None));
            this.0.cache.renew(question.asked(), old, this.0.provider.clock(), exchange).await;
        };
        tokio::spawn(renewing.in_current_span());
    }

    /// From the shared cache, if any token will do and there is one; else from the provider, and into the shared cache.
    async fn found_or_exchanged(
        &self,
        question: &Question,
        will_do: WillDo<'_>,
    ) -> Result<AccessToken, AcquireError> {
        let Shared { provider, exchange, cache, elsewhere, .. } = &*self.0;
        let Some(elsewhere) = elsewhere else { return exchange.run(provider, question).await };
        if let WillDo::Any = will_do {
            let when = (provider.clock().now(), cache.margins());
            if let Some(token) = elsewhere.find(self, &question.key, when).await {
                return Ok(token);
            }
        }
        let token = exchange.run(provider, question).await?;
        elsewhere.keep(self, &question.key, &token, provider.clock().now());
        Ok(token)
    }
}

impl fmt::Debug for Obo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Obo")
            .field("issuer", self.0.provider.issuer())
            .field("client_id", &self.0.exchange.client_id)
            .finish_non_exhaustive()
    }
}
