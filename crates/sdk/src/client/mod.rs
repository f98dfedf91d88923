//! Acquire: a token for your user at the next service.
//!
//! | file | what it does |
//! |---|---|
//! | this one | [`Obo`]: caller and target → token, from the cache or the provider |
//! | `builder` | how it is set up |
//! | `credential` | how your application proves who it is |
//! | `target` | which resource, which scopes there |
//! | `question` | what is asked: whatever could change the answer is in it |
//! | `exchange` | one request to the token endpoint, and what its answer means |
//! | `cache` | one exchange at a time for the same question, never one user's answer for another |
//! | `token`, `error` | what comes of it |

mod builder;
mod cache;
mod credential;
mod error;
mod exchange;
mod question;
mod target;
mod token;

pub use builder::OboBuilder;
pub use credential::Credential;
pub use error::{AcquireError, Consent, Denied};
pub use target::{BadTarget, Target};
pub use token::AccessToken;

use crate::error::ProviderError;
use crate::issuer::Provider;
use crate::verify::Caller;
use cache::Cache;
use exchange::Exchange;
use question::{Asked, Question};
use std::fmt;
use std::sync::Arc;
use stead_proto::error::Dialect;
use stead_proto::grants::{ActorToken, JWT_BEARER, TOKEN_EXCHANGE};
use stead_proto::id::ClientId;
use stead_proto::time::Timestamp;
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
    client_id: ClientId,
    dialect: Option<Dialect>,
    exchange: Exchange,
    cache: Cache,
}

/// What is seldom said with a request.
#[derive(Debug, Clone, Default)]
pub struct AcquireOptions {
    /// A claims request to pass on: what a front end was challenged for. The cache takes it as part of
    /// the question, so that an answer from before the challenge is not given again.
    pub claims: Option<String>,
    /// A token of the actor's own (RFC 8693 §2.1); an error in Entra's dialect, which has none.
    pub actor_token: Option<ActorToken>,
}

impl Obo {
    /// Gets to know a provider by its issuer, or by the URL of its discovery document.
    pub async fn discover(
        issuer: &str,
        client_id: &str,
        credential: Credential,
    ) -> Result<Self, AcquireError> {
        let obo =
            Self::builder().issuer(issuer).client_id(client_id).credential(credential).build()?;
        obo.dialect().await?;
        Ok(obo)
    }

    /// Starts with nothing set.
    #[must_use]
    pub fn builder() -> OboBuilder {
        OboBuilder::default()
    }

    /// A token for the caller's user at the target: `"api://company-data/Rows.Read"`,
    /// `"api://company-data/.default"`, or a [`Target`].
    pub async fn token<T>(&self, caller: &Caller, target: T) -> Result<AccessToken, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        self.token_with(caller, target, AcquireOptions::default()).await
    }

    /// The same, with what is seldom said.
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
        let target = target.try_into()?;
        if caller.is_app_only() {
            return Err(AcquireError::no_user());
        }
        let dialect = self.dialect().await?;
        if dialect == Dialect::Entra && options.actor_token.is_some() {
            return Err(AcquireError::Config("Entra's dialect has no actor token".to_owned()));
        }
        let asked = Asked::new(caller, &target, options, dialect);
        match self.0.cache.find(&asked, self.0.provider.clock().now()) {
            Some(found) => found,
            None => self.exchanged(asked.keep(), caller.expires()).await,
        }
    }

    /// In a task of its own: a caller who hangs up does not take the exchange away from the others.
    async fn exchanged(
        &self,
        question: Question,
        limit: Timestamp,
    ) -> Result<AccessToken, AcquireError> {
        let shared = Arc::clone(&self.0);
        let asking = async move {
            let request = question.to_request();
            let exchange = shared.exchange.run(&shared.provider, &request, limit);
            shared.cache.find_or(&question, shared.provider.clock(), exchange).await
        };
        let task = tokio::spawn(asking.in_current_span());
        task.await.unwrap_or(Err(AcquireError::Unavailable { retry_after: None }))
    }

    /// The dialect to speak: as set, or as the provider advertises, the standard one first.
    async fn dialect(&self) -> Result<Dialect, AcquireError> {
        if let Some(dialect) = self.0.dialect {
            return Ok(dialect);
        }
        let metadata = self.0.provider.metadata().await?;
        let grants = metadata.grant_types_supported.as_deref().unwrap_or_default();
        let offers = |grant: &str| grants.iter().any(|offered| offered == grant);
        if offers(TOKEN_EXCHANGE) {
            Ok(Dialect::Rfc8693)
        } else if offers(JWT_BEARER) || is_entra(self.0.provider.issuer().as_str()) {
            Ok(Dialect::Entra)
        } else {
            let problem =
                "it advertises no way to act on behalf of a user; set the dialect if it has one";
            Err(ProviderError::Untrustworthy(problem.to_owned()).into())
        }
    }
}

/// Entra's discovery documents leave out the grants.
fn is_entra(issuer: &str) -> bool {
    const HOSTS: [&str; 3] = [
        "https://login.microsoftonline.com/",
        "https://login.microsoftonline.us/",
        "https://login.partner.microsoftonline.cn/",
    ];
    HOSTS.iter().any(|host| issuer.starts_with(host))
}

impl fmt::Debug for Obo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Obo")
            .field("issuer", self.0.provider.issuer())
            .field("client_id", &self.0.client_id)
            .finish_non_exhaustive()
    }
}
