//! A tenant's signing keys: read from the store, opened under the master key, parsed once.

use crate::moment::random;
use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;
use stead_core::commit::{Change, Commit, CommitError};
use stead_core::keys::KeyRing;
use stead_core::model::key::StoredKey;
use stead_core::model::revocation::Ancestor;
use stead_core::moment::Moment;
use stead_core::ports::{Keys, Store, StoreError};
use stead_core::record::{Event, Outcome, Record};
use stead_core::settings::LONGEST_TOKEN;
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey};
use stead_proto::time::{Seconds, Timestamp};
use stead_store::MasterKey;

const PURPOSE: &str = "signing-key";

/// What tokens are signed with; the resource's setting picks one.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa];

/// How long a new key is published before it signs, so that verifiers know it by then.
const AHEAD: Seconds = Seconds(30);

/// How long a retired key stays published: longer than any token it may have signed.
const KEPT: Seconds = Seconds(LONGEST_TOKEN.0 + 3600);

/// One tenant's signing keys.
#[derive(Debug)]
pub struct TenantKeys {
    store: Arc<dyn Store>,
    master: Arc<MasterKey>,
    ring: ArcSwap<KeyRing>,
}

/// Why a tenant has no keys.
#[derive(Debug)]
pub enum KeysError {
    /// A key on file does not open under this master key.
    Sealed,
    /// The store could not answer, or the key could not be made.
    Failed(StoreError),
}

impl From<StoreError> for KeysError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed => f.write_str("a signing key does not open under this master key"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeysError {}

impl Keys for TenantKeys {
    fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }
}

impl TenantKeys {
    /// Reads a tenant's keys, making those that are missing.
    pub async fn open(
        store: Arc<dyn Store>,
        master: Arc<MasterKey>,
        moment: &Moment,
    ) -> Result<Self, KeysError> {
        let ring = ArcSwap::from_pointee(KeyRing::new(vec![], JwkSet::default()));
        let keys = Self { store, master, ring };
        keys.renew(moment).await?;
        Ok(keys)
    }

    /// Reads the keys again: another node may have published one, one's time to sign has come, or one was
    /// revoked. Of what is missing then, a new one is made.
    pub async fn renew(&self, moment: &Moment) -> Result<(), KeysError> {
        self.make_missing(moment).await?;
        self.refresh(moment.now).await
    }

    async fn refresh(&self, now: Timestamp) -> Result<(), KeysError> {
        let mut on_file = self.trusted().await?;
        on_file.retain(|key| key.retired.is_none_or(|retired| now < retired + KEPT));
        // The newest that may sign comes first.
        on_file.sort_by_key(|key| std::cmp::Reverse(key.signs_from));

        let mut signers = Vec::new();
        let mut published = Vec::new();
        for stored in &on_file {
            let key = self.opened(stored)?;
            published.push(key.public_jwk());
            signers.extend(signs(stored, now).then(|| Arc::new(key)));
        }
        self.ring.store(Arc::new(KeyRing::new(signers, published.into_iter().collect())));
        Ok(())
    }

    /// Publishes a new key, which takes over from the present one in half a minute.
    pub async fn rotate(&self, algorithm: Algorithm, moment: &Moment) -> Result<(), KeysError> {
        let takes_over = moment.now + AHEAD;
        let mut changes = vec![self.made(algorithm, moment.now, takes_over)?];
        for key in self.store.keys().await? {
            if key.algorithm == algorithm && key.retired.is_none() {
                changes.push(StoredKey { retired: Some(takes_over), ..key });
            }
        }
        self.keep(changes, moment).await?;
        self.refresh(moment.now).await
    }

    /// Replaces every key at once: the old ones stay published, the new ones sign from now on.
    pub async fn rotate_all_now(&self, moment: &Moment) -> Result<(), KeysError> {
        let on_file = self.trusted().await?;
        let retired = on_file.into_iter().filter(|key| key.retired.is_none());
        let mut changes: Vec<StoredKey> =
            retired.map(|key| StoredKey { retired: Some(moment.now), ..key }).collect();
        for algorithm in ALGORITHMS {
            changes.push(self.made(algorithm, moment.now, moment.now)?);
        }
        self.keep(changes, moment).await?;
        self.refresh(moment.now).await
    }

    /// Of each algorithm, how long the key that signs now has been signing.
    pub async fn ages(&self, now: Timestamp) -> Result<Vec<(Algorithm, Seconds)>, KeysError> {
        let on_file = self.trusted().await?;
        let signing = ALGORITHMS.into_iter().filter_map(|algorithm| {
            let of_it = on_file.iter().filter(|key| key.algorithm == algorithm && signs(key, now));
            let since = of_it.map(|key| key.signs_from).max()?;
            Some((algorithm, now.left_at(since)))
        });
        Ok(signing.collect())
    }

    /// The keys on file that nobody revoked: a revoked one neither signs nor is published any more.
    async fn trusted(&self) -> Result<Vec<StoredKey>, KeysError> {
        let mut on_file = self.store.keys().await?;
        let about: Vec<Ancestor> =
            on_file.iter().map(|key| Ancestor::Key(key.kid.clone())).collect();
        let revoked = self.store.revocations(&about).await?;
        let is_revoked = |key: &StoredKey| {
            revoked.iter().any(|fact| matches!(&fact.about, Ancestor::Key(kid) if *kid == key.kid))
        };
        on_file.retain(|key| !is_revoked(key));
        Ok(on_file)
    }

    async fn make_missing(&self, moment: &Moment) -> Result<(), KeysError> {
        let on_file = self.trusted().await?;
        let missing = ALGORITHMS.into_iter().filter(|algorithm| {
            !on_file.iter().any(|key| key.algorithm == *algorithm && signs(key, moment.now))
        });
        let made: Vec<StoredKey> = missing
            .map(|algorithm| self.made(algorithm, moment.now, moment.now))
            .collect::<Result<_, _>>()?;
        if made.is_empty() { Ok(()) } else { self.keep(made, moment).await }
    }

    fn made(
        &self,
        algorithm: Algorithm,
        published: Timestamp,
        signs_from: Timestamp,
    ) -> Result<StoredKey, KeysError> {
        let broken =
            |why: String| StoreError::Broken(format!("a signing key cannot be made: {why}"));
        let (key, pkcs8) = SigningKey::generate(algorithm).map_err(|e| broken(e.to_string()))?;
        let sealed =
            self.master.seal(PURPOSE, &pkcs8, random()).map_err(|e| broken(e.to_string()))?;
        let kid = key.kid().clone();
        Ok(StoredKey { kid, algorithm, sealed, published, signs_from, retired: None })
    }

    fn opened(&self, stored: &StoredKey) -> Result<SigningKey, KeysError> {
        let pkcs8 = self.master.open(PURPOSE, &stored.sealed).map_err(|_| KeysError::Sealed)?;
        SigningKey::from_pkcs8(stored.algorithm, &pkcs8).map_err(|error| {
            KeysError::Failed(StoreError::Broken(format!("the key {}: {error}", stored.kid)))
        })
    }

    async fn keep(&self, keys: Vec<StoredKey>, moment: &Moment) -> Result<(), KeysError> {
        let lines = keys.iter().map(|key| match key.retired {
            None => format!("key {} ({}) published", key.kid, key.algorithm),
            Some(at) => format!("key {} ({}) retires at {at}", key.kid, key.algorithm),
        });
        let record = Record {
            at: moment.now,
            trace_id: moment.trace_id(),
            correlation_id: moment.correlation_id.clone(),
            event: Event::Change { by: "server".to_owned(), changes: lines.collect() },
            outcome: Outcome::Done,
        };
        let changes = keys.into_iter().map(Change::PutKey).collect();
        match self.store.commit(Commit { changes, record }).await {
            Ok(_) => Ok(()),
            Err(CommitError::Failed(error)) => Err(KeysError::Failed(error)),
            Err(CommitError::Conflict(conflict)) => {
                Err(KeysError::Failed(StoreError::Broken(conflict.to_string())))
            }
        }
    }
}

/// Whether a key signs at some instant.
fn signs(key: &StoredKey, now: Timestamp) -> bool {
    key.signs_from <= now && key.retired.is_none_or(|retired| now < retired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_core::model::revocation::Revocation;
    use stead_core::moment::Dice;
    use stead_proto::id::TenantId;
    use stead_store::Memory;

    const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);

    fn at(now: Timestamp) -> Moment {
        Moment::new(now, Dice::default())
    }

    fn store() -> Arc<dyn Store> {
        Memory::new().tenant(&TenantId::parse("t1").unwrap())
    }

    async fn open(store: &Arc<dyn Store>, master: u8) -> Result<TenantKeys, KeysError> {
        let master = Arc::new(MasterKey::ephemeral([master; 32]));
        TenantKeys::open(Arc::clone(store), master, &at(NOON)).await
    }

    #[tokio::test]
    async fn keys_are_made_once_and_found_again() {
        let store = store();
        let first = open(&store, 7).await.unwrap().ring();
        let again = open(&store, 7).await.unwrap().ring();
        assert_eq!(first.published(), again.published());
        assert!(ALGORITHMS.iter().all(|algorithm| first.signer(*algorithm).is_some()));
        assert!(matches!(open(&store, 8).await, Err(KeysError::Sealed)));
    }

    #[tokio::test]
    async fn a_new_key_is_published_first_then_signs_and_the_old_one_stays_for_its_tokens() {
        let keys = open(&store(), 7).await.unwrap();
        let kid = |keys: &TenantKeys| keys.ring().signer(Algorithm::Es256).unwrap().kid().clone();
        let old = kid(&keys);
        keys.rotate(Algorithm::Es256, &at(NOON)).await.unwrap();
        assert_eq!(kid(&keys), old);
        assert_eq!(keys.ring().published().iter().count(), 4);

        keys.refresh(NOON + AHEAD).await.unwrap();
        assert_ne!(kid(&keys), old);
        let ages = keys.ages(NOON + AHEAD).await.unwrap();
        let of_the_others = Seconds(30);
        assert_eq!(
            ages.iter().map(|(_, age)| *age).collect::<Vec<_>>(),
            [Seconds(0), of_the_others, of_the_others]
        );
        assert!(keys.ring().knows(&old));

        keys.refresh(NOON + AHEAD + KEPT).await.unwrap();
        assert!(!keys.ring().knows(&old));
    }

    #[tokio::test]
    async fn a_revoked_key_is_gone_at_once_and_another_signs() {
        let store = store();
        let keys = open(&store, 7).await.unwrap();
        let before = keys.ring();
        let revoked = before.signer(Algorithm::Es256).unwrap().kid();
        let record = Record {
            at: NOON,
            trace_id: at(NOON).trace_id(),
            correlation_id: None,
            event: Event::Change { by: "test".to_owned(), changes: Vec::new() },
            outcome: Outcome::Done,
        };
        let about = Ancestor::Key(revoked.clone());
        let fact = Change::Revoke(Revocation { about, at: NOON, why: "it leaked".to_owned() });
        store.commit(Commit { changes: vec![fact], record }).await.unwrap();

        keys.renew(&at(NOON)).await.unwrap();

        assert!(!keys.ring().knows(revoked));
        assert_ne!(keys.ring().signer(Algorithm::Es256).unwrap().kid(), revoked);
        assert_eq!(keys.ring().published().iter().count(), 3);
    }
}
