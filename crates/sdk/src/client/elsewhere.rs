//! The shared cache: acquired tokens kept outside of the process for other processes of the same application, sealed, and
//! under names that reveal nothing.

use super::cache::CacheEvent;
use super::question::Key;
use super::seal::SealingKey;
use super::token::{EndsWith, Margins, Origin, Received};
use super::{AccessToken, Obo};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stead_proto::json;
use stead_proto::secret::Jwt;
use stead_proto::secret::Zeroizing;
use stead_proto::time::{Seconds, Timestamp};

/// The outcome of a question to a [`SharedCache`], when it is there.
pub type Doing<'c, T> = Pin<Box<dyn Future<Output = Result<T, SharedCacheTrouble>> + Send + 'c>>;

/// A place outside of the process where acquired tokens are kept: Redis, Valkey, memcached, a table. It need not be
/// trusted: every value is sealed with a key that it does not have, and bound to its name, so that a value that was
/// changed or moved to another name is not accepted. No name is derived from a token without that key.
///
/// Only tokens are kept there; refusals stay in the process. A cache that fails or is slow counts as empty.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use stead::Seconds;
/// use stead::client::{Doing, SharedCache};
///
/// /// In memory, for ever: to see what one looks like.
/// #[derive(Debug, Default)]
/// struct Shelf(Mutex<HashMap<String, String>>);
///
/// impl SharedCache for Shelf {
///     fn get<'c>(&'c self, name: &'c str) -> Doing<'c, Option<String>> {
///         Box::pin(async move { Ok(self.0.lock().unwrap().get(name).cloned()) })
///     }
///     fn put<'c>(&'c self, name: &'c str, sealed: String, _keep: Seconds) -> Doing<'c, ()> {
///         Box::pin(async move {
///             self.0.lock().unwrap().insert(name.to_owned(), sealed);
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait SharedCache: fmt::Debug + Send + Sync + 'static {
    /// What was put there under this name, if it is still there.
    fn get<'c>(&'c self, name: &'c str) -> Doing<'c, Option<String>>;

    /// Keeps it under this name, for at most so long.
    fn put<'c>(&'c self, name: &'c str, sealed: String, keep: Seconds) -> Doing<'c, ()>;
}

/// What is wrong with a shared cache, in a sentence for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SharedCacheTrouble(pub String);

/// A shared cache as one [`Obo`] uses it.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    cache: Arc<dyn SharedCache>,
    key: SealingKey,
    patience: Duration,
    /// Whether it was in trouble when it was last asked.
    troubled: Arc<AtomicBool>,
}

/// A token as it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    token: String,
    id_token: Option<String>,
    scope: Option<String>,
    acquired: Timestamp,
    expires: Timestamp,
    last: bool,
}

impl Elsewhere {
    pub(super) fn new(cache: Arc<dyn SharedCache>, key: SealingKey, patience: Duration) -> Self {
        Self { cache, key, patience, troubled: Arc::default() }
    }

    /// A token that somebody has put there and that is not near its end.
    pub(super) async fn find(
        &self,
        obo: &Obo,
        key: &Key,
        (now, margins): (Timestamp, Margins),
    ) -> Option<AccessToken> {
        let name = self.name(obo, key);
        let sealed = self.answered(obo, self.cache.get(&name)).await??;
        let Ok(text) = self.key.open(name.as_bytes(), &sealed) else {
            tracing::warn!("the shared cache of tokens holds what was not sealed by us");
            obo.tell(CacheEvent::Trouble);
            return None;
        };
        let token = AccessToken::new(json::from_slice::<Written>(&text).ok()?.into());
        let (_, due) = token.served_until(margins);
        if now >= due {
            return None;
        }
        obo.tell(CacheEvent::Shared);
        Some(token)
    }

    /// Puts a token there. Nobody waits for it.
    pub(super) fn keep(&self, obo: &Obo, key: &Key, token: &AccessToken, now: Timestamp) {
        let name = self.name(obo, key);
        let text = serde_json::to_vec(&Written::from(token.received())).map(Zeroizing::new);
        let Some(sealed) = text.ok().and_then(|text| self.key.seal(name.as_bytes(), &text).ok())
        else {
            return;
        };
        let (this, obo, keep) = (self.clone(), obo.clone(), token.expires().left_at(now));
        tokio::spawn(async move { this.answered(&obo, this.cache.put(&name, sealed, keep)).await });
    }

    /// Its answer, if that comes in time. The log says when trouble begins and when it has ended, and nothing between.
    async fn answered<T>(&self, obo: &Obo, doing: Doing<'_, T>) -> Option<T> {
        let late = |_| Err(SharedCacheTrouble("it does not answer in time".to_owned()));
        let answer = tokio::time::timeout(self.patience, doing).await.unwrap_or_else(late);
        let troubled = self.troubled.swap(answer.is_err(), Ordering::Relaxed);
        match &answer {
            Ok(_) if troubled => tracing::info!("the shared cache of tokens answers again"),
            Ok(_) => {}
            Err(trouble) => {
                obo.tell(CacheEvent::Trouble);
                if !troubled {
                    tracing::warn!(%trouble, "the shared cache of tokens is in trouble");
                }
            }
        }
        answer.ok()
    }

    /// The name of a question's answer. The application and the provider are part of it.
    fn name(&self, obo: &Obo, key: &Key) -> String {
        let [subject, rest] = key.parts();
        self.key.name(&[&obo.purpose("stead acquired 1"), subject, rest])
    }
}

impl From<&Received> for Written {
    fn from(received: &Received) -> Self {
        Self {
            token: received.token.expose().to_owned(),
            id_token: received.id_token.as_ref().map(|token| token.expose().to_owned()),
            scope: received.scope.clone(),
            acquired: received.acquired,
            expires: received.expires,
            last: received.ends_with == EndsWith::TheSubjectToken,
        }
    }
}

impl From<Written> for Received {
    fn from(written: Written) -> Self {
        let last = written.last;
        Self {
            token: Jwt::new(written.token),
            id_token: written.id_token.map(Jwt::new),
            scope: written.scope,
            acquired: written.acquired,
            expires: written.expires,
            ends_with: if last { EndsWith::TheSubjectToken } else { EndsWith::ItsLife },
            origin: Origin::SharedCache,
        }
    }
}
