//! Signing keys, as far as anybody may see them.

use super::{Admin, AdminError};
use crate::model::key::StoredKey;
use stead_proto::id::KeyId;
use stead_proto::jwt::Algorithm;
use stead_proto::time::Timestamp;

/// A signing key without its private part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// Its name.
    pub kid: KeyId,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// When it was published.
    pub published: Timestamp,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// When it stopped signing.
    pub retired: Option<Timestamp>,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Published, not yet signing.
    Next,
    /// Signing.
    Now,
    /// Signing no more; published while tokens it signed are alive.
    Retired,
}

impl PublishedKey {
    /// Where it is in its life at some instant.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        match self.retired {
            Some(retired) if retired <= now => Stage::Retired,
            _ if self.signs_from > now => Stage::Next,
            _ => Stage::Now,
        }
    }
}

impl From<StoredKey> for PublishedKey {
    fn from(key: StoredKey) -> Self {
        let StoredKey { kid, algorithm, published, signs_from, retired, sealed: _ } = key;
        Self { kid, algorithm, published, signs_from, retired }
    }
}

impl Admin<'_> {
    /// The signing keys, oldest first.
    pub async fn keys(&self) -> Result<Vec<PublishedKey>, AdminError> {
        Ok(self.sts.store.keys().await?.into_iter().map(PublishedKey::from).collect())
    }
}
