//! How an [`Obo`] is set up.

use super::cache::Cache;
use super::exchange::Exchange;
use super::{Credential, Obo, Shared};
use crate::error::SetupError;
use crate::issuer::Provider;
use std::sync::Arc;
use stead_proto::error::Dialect;
use stead_proto::id::ClientId;

/// How many bytes of tokens are kept, unless said otherwise.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

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

    /// Keeps at most this many bytes of tokens; 32 MiB by default.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = Some(bytes);
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
        Ok(Obo(Arc::new(Shared {
            provider,
            exchange: Exchange::new(client_id.clone(), credential),
            client_id,
            dialect: self.dialect,
            cache: Cache::new(self.cache_bytes.unwrap_or(CACHE_BYTES)),
        })))
    }
}
