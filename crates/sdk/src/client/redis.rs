//! Redis or Valkey as the place where processes share what they have acquired.

use super::elsewhere::{Doing, SharedCache, SharedCacheTrouble};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, TlsCertificates, cmd};
use std::fmt;
use stead_proto::time::Seconds;

/// What stands in front of every name, so that a Redis can be shared with others.
const PREFIX: &str = "stead:";

/// Redis or Valkey. It connects when it is first asked, and again when the connection was lost. What goes there is
/// sealed before. A password in its URL is for `rediss://`, which is TLS, or for a network of your own.
///
/// ```no_run
/// # fn f(bytes: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use stead::client::RedisCache;
/// use stead::{Credential, Obo, SealingKey};
/// let obo = Obo::builder()
///     .issuer("https://id.example/acme/v2.0")
///     .client_id("reports-api")
///     .credential(Credential::secret("from a file"))
///     .shared_cache(
///         RedisCache::new("rediss://cache.internal:6379/")?,
///         SealingKey::new(&bytes)?,
///         Duration::from_millis(20),
///     )
///     .build()?;
/// # Ok(()) }
/// ```
pub struct RedisCache(ConnectionManager);

impl RedisCache {
    /// At this URL: `rediss://host:6379/`, where the system trusts its certificate, `redis://host:6379/`,
    /// `redis+unix:///run/redis.sock`. Asks nothing yet, but has to be called where Tokio runs.
    pub fn new(url: &str) -> Result<Self, SharedCacheTrouble> {
        Self::of(Client::open(url).map_err(|error| trouble(&error))?)
    }

    /// The same over TLS, trusting these certificate authorities and no others: certificates in PEM.
    pub fn trusting_pem(url: &str, roots: &[u8]) -> Result<Self, SharedCacheTrouble> {
        let trusted = TlsCertificates { client_tls: None, root_cert: Some(roots.to_vec()) };
        Self::of(Client::build_with_tls(url, trusted).map_err(|error| trouble(&error))?)
    }

    fn of(client: Client) -> Result<Self, SharedCacheTrouble> {
        let config = ConnectionManagerConfig::new().set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config);
        connection.map(Self).map_err(|error| trouble(&error))
    }
}

impl SharedCache for RedisCache {
    fn get<'c>(&'c self, name: &'c str) -> Doing<'c, Option<String>> {
        let mut connection = self.0.clone();
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(format!("{PREFIX}{name}"));
            get.query_async(&mut connection).await.map_err(|error| trouble(&error))
        })
    }

    fn put<'c>(&'c self, name: &'c str, sealed: String, Seconds(keep): Seconds) -> Doing<'c, ()> {
        let mut connection = self.0.clone();
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(format!("{PREFIX}{name}")).arg(sealed).arg("EX").arg(keep.max(1));
            set.query_async(&mut connection).await.map_err(|error| trouble(&error))
        })
    }
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisCache")
    }
}

/// The kind alone: what went wrong may hold what was sent.
fn trouble(error: &RedisError) -> SharedCacheTrouble {
    SharedCacheTrouble(format!("Redis: {:?}", error.kind()))
}
