//! Signing keys, as far as anybody may see them.

use super::{Admin, AdminError};
use crate::keys::{KeyLife, KeySchedule};
use crate::model::revocation::Ancestor;
use crate::ports::{Store, StoreError};
use stead_proto::time::Timestamp;

/// The keys on file and where each is in its life.
pub async fn schedule(store: &dyn Store, now: Timestamp) -> Result<KeySchedule, StoreError> {
    let on_file = store.keys().await?;
    let about: Vec<Ancestor> = on_file.iter().map(|key| Ancestor::Key(key.kid.clone())).collect();
    let facts = store.revocations(&about).await?;
    Ok(KeySchedule::new(on_file, &facts, now))
}

impl Admin<'_> {
    /// The signing keys, oldest first.
    pub async fn keys(&self, now: Timestamp) -> Result<Vec<KeyLife>, AdminError> {
        Ok(schedule(&*self.sts.store, now).await?.lives().to_vec())
    }
}
