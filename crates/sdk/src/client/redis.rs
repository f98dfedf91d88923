//! Redis or Valkey as the place where processes share what they have acquired.

use super::elsewhere::{Doing, SharedCache, SharedCacheTrouble};
use crate::verify::{Noting, SharedProofs, SharedProofsTrouble};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, RedisError, TlsCertificates, cmd};
use std::fmt;
use stead_proto::time::Seconds;

/// What stands in front of every name, so that a Redis can be shared with others.
const PREFIX: &str = "stead:";

/// Where a Redis or Valkey is, whom it trusts, and as whom it is asked.
#[derive(Clone)]
pub struct RedisServer(ConnectionInfo);

impl RedisServer {
    /// At this URL: `rediss://host:6379/`, which is TLS, `redis://host:6379/`, `redis+unix:///run/redis.sock`.
    pub fn at(url: &str) -> Result<Self, SharedCacheTrouble> {
        url.into_connection_info().map(Self).map_err(|error| trouble(&error))
    }

    /// Over TLS, trusting these certificate authorities and no others: certificates in PEM. Unless this is said, those
    /// of the system are trusted.
    pub fn trusting_pem(self, roots: &[u8]) -> Result<Self, SharedCacheTrouble> {
        // Text without any certificate would be taken, and nobody trusted.
        if !reqwest::Certificate::from_pem_bundle(roots).is_ok_and(|all| !all.is_empty()) {
            return Err(SharedCacheTrouble("there is no certificate in PEM".to_owned()));
        }
        let trusted = TlsCertificates { client_tls: None, root_cert: Some(roots.to_vec()) };
        let client = Client::build_with_tls(self.0, trusted).map_err(|error| trouble(&error))?;
        Ok(Self(client.get_connection_info().clone()))
    }

    /// With this password (`requirepass`), of whom it calls `default` unless [`user`](Self::user) says otherwise. It is
    /// for `rediss://`, or for a network of your own.
    #[must_use]
    pub fn password(self, password: &str) -> Self {
        let settings = self.0.redis_settings().clone().set_password(password);
        Self(self.0.set_redis_settings(settings))
    }

    /// As this user of its access control list.
    #[must_use]
    pub fn user(self, name: &str) -> Self {
        let settings = self.0.redis_settings().clone().set_username(name);
        Self(self.0.set_redis_settings(settings))
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisServer({})", self.0.addr())
    }
}

/// Redis or Valkey. It connects when it is first asked, and again when the connection was lost. What goes there is
/// sealed before.
///
/// ```no_run
/// # fn f(bytes: [u8; 32], password: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use stead::client::{RedisCache, RedisServer};
/// use stead::{Credential, Obo, SealingKey};
/// let server = RedisServer::at("rediss://cache.internal:6379/")?.password(password);
/// let obo = Obo::builder()
///     .issuer("https://id.example/acme/v2.0")
///     .client_id("reports-api")
///     .credential(Credential::secret("from a file"))
///     .shared_cache(
///         RedisCache::of(server)?,
///         SealingKey::new(&bytes)?,
///         Duration::from_millis(20),
///     )
///     .build()?;
/// # Ok(()) }
/// ```
pub struct RedisCache(ConnectionManager);

impl RedisCache {
    /// At this URL, where nothing else has to be said of the server.
    pub fn new(url: &str) -> Result<Self, SharedCacheTrouble> {
        Self::of(RedisServer::at(url)?)
    }

    /// At this server. Asks nothing yet, but has to be called where Tokio runs.
    pub fn of(server: RedisServer) -> Result<Self, SharedCacheTrouble> {
        let client = Client::open(server.0).map_err(|error| trouble(&error))?;
        let config = ConnectionManagerConfig::new().set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config);
        connection.map(Self).map_err(|error| trouble(&error))
    }

    /// Whether it answers, and lets us in.
    pub async fn answers(&self) -> Result<(), SharedCacheTrouble> {
        let mut connection = self.0.clone();
        let pong: Result<String, _> = cmd("PING").query_async(&mut connection).await;
        pong.map(drop).map_err(|error| trouble(&error))
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

impl SharedProofs for RedisCache {
    fn first<'s>(&'s self, name: &'s str, Seconds(keep): Seconds) -> Noting<'s> {
        let mut connection = self.0.clone();
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(format!("{PREFIX}proof:{name}")).arg(1).arg("NX").arg("EX").arg(keep.max(1));
            let noted: Result<Option<String>, _> = set.query_async(&mut connection).await;
            noted
                .map(|noted| noted.is_some())
                .map_err(|error| SharedProofsTrouble(trouble(&error).0))
        })
    }
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisCache")
    }
}

/// The server's own word for it, like `NOAUTH`, or else the kind alone: what went wrong may hold what was sent.
fn trouble(error: &RedisError) -> SharedCacheTrouble {
    let kind = error.code().map_or_else(|| format!("{:?}", error.kind()), str::to_owned);
    SharedCacheTrouble(format!("Redis: {kind}"))
}
