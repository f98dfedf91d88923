//! Tokens kept outside of the process, for others of its kind: sealed, and under names that tell nothing.

use super::question::Key;
use super::seal::SealingKey;
use super::token::{EndsWith, Margins, Received};
use super::{AccessToken, Obo};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use stead_proto::json;
use stead_proto::secret::Jwt;
use stead_proto::secret::Zeroizing;
use stead_proto::time::{Seconds, Timestamp};

/// What a [`SharedCache`] does, when it has done it.
pub type Doing<'c, T> = Pin<Box<dyn Future<Output = Result<T, SharedCacheTrouble>> + Send + 'c>>;

/// A place outside of the process where acquired tokens are kept: Redis, Valkey, memcached, a table. What it is
/// given is sealed with a key that it does not have, under names that are no part of any token; what it gives
/// back is opened before it is believed, and under another name it does not open.
///
/// Only tokens are kept there; refusals stay in the process. If it is in trouble, or slow, it is as if it
/// kept nothing.
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

    /// Keeps it so long, and no longer.
    fn put<'c>(&'c self, name: &'c str, sealed: String, keep: Seconds) -> Doing<'c, ()>;
}

/// A shared cache that does not do as it should, in a sentence for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SharedCacheTrouble(pub String);

/// A shared cache as one [`Obo`] uses it.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    pub(super) cache: Arc<dyn SharedCache>,
    pub(super) key: SealingKey,
    pub(super) patience: Duration,
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
    /// A token that somebody has put there and that is not near its end.
    pub(super) async fn find(
        &self,
        obo: &Obo,
        key: &Key,
        (now, margins): (Timestamp, Margins),
    ) -> Option<AccessToken> {
        let name = self.name(obo, key);
        let asked = tokio::time::timeout(self.patience, self.cache.get(&name)).await;
        let sealed = match asked {
            Ok(Ok(sealed)) => sealed?,
            Ok(Err(trouble)) => return note(&trouble),
            Err(_) => return note(&SharedCacheTrouble("it does not answer in time".to_owned())),
        };
        let Ok(text) = self.key.open(name.as_bytes(), &sealed) else {
            return note(&SharedCacheTrouble("it holds what was not sealed by us".to_owned()));
        };
        let token = AccessToken::new(json::from_slice::<Written>(&text).ok()?.into());
        let (_, due) = token.served_until(margins);
        (now < due).then_some(token)
    }

    /// Puts a token there. Nobody waits for it.
    pub(super) fn keep(&self, obo: &Obo, key: &Key, token: &AccessToken, now: Timestamp) {
        let name = self.name(obo, key);
        let text = serde_json::to_vec(&Written::from(token.received())).map(Zeroizing::new);
        let Some(sealed) = text.ok().and_then(|text| self.key.seal(name.as_bytes(), &text).ok())
        else {
            return;
        };
        let (this, keep) = (self.clone(), token.expires().left_at(now));
        tokio::spawn(async move {
            let putting = this.cache.put(&name, sealed, keep);
            if let Ok(Err(trouble)) = tokio::time::timeout(this.patience, putting).await {
                note::<()>(&trouble);
            }
        });
    }

    /// The same question of another application, or to another provider, has another name.
    fn name(&self, obo: &Obo, key: &Key) -> String {
        let [subject, rest] = key.parts();
        self.key.name(&[&obo.purpose("stead acquired 1"), subject, rest])
    }
}

fn note<T>(trouble: &SharedCacheTrouble) -> Option<T> {
    tracing::warn!(%trouble, "the shared cache of tokens is in trouble");
    None
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
        }
    }
}
