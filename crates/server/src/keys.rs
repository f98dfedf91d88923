//! A tenant's signing keys: read from the store, opened under the master key, parsed once.
//!
//! Who signs, what is published and what is to be done is computed from what is on file
//! ([`KeySchedule`]); here it is read, and done. Many nodes on one store do it side by side: each commit
//! expects the keys it was computed from, and whoever comes second looks again.

use crate::moment::random;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use stead_core::admin::keys::schedule;
use stead_core::admin::{AdminError, By};
use stead_core::commit::{Change, Commit, CommitError, Conflict, Expected};
use stead_core::keys::{ALGORITHMS, Haste, KeyLife, KeyRing, KeySchedule, Stage, Step};
use stead_core::model::key::StoredKey;
use stead_core::moment::Moment;
use stead_core::ports::{Keys, Store, StoreError};
use stead_core::record::{Event, Outcome, Record};
use stead_core::settings::KeyRules;
use stead_proto::id::KeyId;
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey};
use stead_proto::time::{Seconds, Timestamp};
use stead_store::MasterKey;
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;

/// How often it is looked again when others change the keys at the same time. Each time one of them is done.
const ATTEMPTS: usize = 16;

/// One tenant's signing keys.
#[derive(Debug)]
pub struct TenantKeys {
    store: Arc<dyn Store>,
    master: Arc<MasterKey>,
    rules: KeyRules,
    ring: ArcSwap<KeyRing>,
    /// What is parsed already. Held while keys are read or changed: one at a time.
    parsed: Mutex<Parsed>,
    /// Whether keys are in the making that the ring lacks.
    making: watch::Sender<bool>,
}

type Parsed = HashMap<KeyId, Arc<SigningKey>>;

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

impl From<KeysError> for AdminError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Sealed => Self::Failed(StoreError::Broken(error.to_string())),
            KeysError::Failed(error) => Self::Failed(error),
        }
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

#[async_trait]
impl Keys for TenantKeys {
    fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    async fn complete(&self) -> Arc<KeyRing> {
        if !self.ring.load().is_complete() {
            // It cannot fail: the other end is ours.
            self.making.subscribe().wait_for(|making| !making).await.ok();
        }
        self.ring()
    }
}

impl TenantKeys {
    /// Reads a tenant's keys, making those that are missing. The kinds that take long to make are made
    /// behind the scenes: [`Keys::complete`] waits for them.
    pub async fn open(
        store: Arc<dyn Store>,
        master: Arc<MasterKey>,
        rules: KeyRules,
        moment: &Moment,
    ) -> Result<Arc<Self>, KeysError> {
        let keys = Arc::new(Self {
            store,
            master,
            rules,
            ring: ArcSwap::from_pointee(KeyRing::new(vec![], JwkSet::default())),
            parsed: Mutex::default(),
            making: watch::Sender::new(false),
        });
        let soon = |schedule: &KeySchedule| {
            let due = schedule.due(&rules).into_iter();
            due.filter(|step| !takes_long(step)).collect()
        };
        if keys.change(soon, &By::Server, moment).await?.due(&rules).iter().any(takes_long) {
            keys.making.send_replace(true);
            tokio::spawn(Arc::clone(&keys).make_the_rest(moment.clone()));
        }
        Ok(keys)
    }

    async fn make_the_rest(self: Arc<Self>, moment: Moment) {
        if let Err(error) = self.renew(&moment).await {
            tracing::error!(%error, "a signing key could not be made; it is tried again soon");
        }
        self.making.send_replace(false);
    }

    /// Reads the keys again, now: another node may have changed them, one's turn may have come. What is due
    /// then is done.
    pub async fn renew(&self, moment: &Moment) -> Result<(), KeysError> {
        let due = |schedule: &KeySchedule| schedule.due(&self.rules);
        self.change(due, &By::Server, moment).await.map(drop)
    }

    /// Lets other keys sign with these algorithms, in turn or at once. Says how the keys are then.
    pub async fn rotate(
        &self,
        algorithms: &[Algorithm],
        haste: Haste,
        by: &By,
        moment: &Moment,
    ) -> Result<KeySchedule, KeysError> {
        let ahead = self.rules.publish_ahead;
        let wanted = |schedule: &KeySchedule| {
            let steps = algorithms.iter().filter_map(|it| schedule.rotation(*it, haste, ahead));
            steps.collect()
        };
        self.change(wanted, by, moment).await
    }

    /// Lets another key sign at once in the place of this one, if it signs.
    pub async fn replace(&self, kid: &KeyId, by: &By, moment: &Moment) -> Result<(), KeysError> {
        let ahead = self.rules.publish_ahead;
        let signs = |life: &&KeyLife| life.key.kid == *kid && life.stage == Stage::Signing;
        let wanted = |schedule: &KeySchedule| {
            let found = schedule.lives().iter().find(signs);
            let step =
                found.and_then(|it| schedule.rotation(it.key.algorithm, Haste::AtOnce, ahead));
            step.into_iter().collect()
        };
        self.change(wanted, by, moment).await.map(drop)
    }

    /// Of each algorithm, how long the key that signs now has been signing.
    pub async fn ages(&self, now: Timestamp) -> Result<Vec<(Algorithm, Seconds)>, KeysError> {
        let schedule = schedule(&*self.store, now).await?;
        let signing = ALGORITHMS.iter().filter_map(|algorithm| schedule.signer(*algorithm));
        Ok(signing.map(|it| (it.key.algorithm, now.left_at(it.key.signs_from))).collect())
    }

    /// Does what is wanted of the keys as they are, unless somebody else changes them at the same time: then
    /// it is asked again what is wanted. The ring is what is on file before and after. Says how that is.
    async fn change(
        &self,
        wanted: impl Fn(&KeySchedule) -> Vec<Step> + Send + Sync,
        by: &By,
        moment: &Moment,
    ) -> Result<KeySchedule, KeysError> {
        let mut parsed = self.parsed.lock().await;
        for _ in 0..ATTEMPTS {
            let found = self.read(&mut parsed, moment.now).await?;
            let steps = wanted(&found);
            if steps.is_empty() {
                return Ok(found);
            }
            match self.commit(&found, steps, by, moment).await {
                Ok(()) => return self.read(&mut parsed, moment.now).await,
                Err(CommitError::Conflict(Conflict::Changed)) => {}
                Err(CommitError::Conflict(conflict)) => {
                    return Err(StoreError::Broken(conflict.to_string()).into());
                }
                Err(CommitError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable("the keys change all the time".to_owned()).into())
    }

    /// Reads what is on file and makes it the ring.
    async fn read(&self, parsed: &mut Parsed, now: Timestamp) -> Result<KeySchedule, KeysError> {
        let schedule = schedule(&*self.store, now).await?;
        let mut published = Parsed::new();
        for life in schedule.published() {
            let kid = &life.key.kid;
            let key = match parsed.get(kid) {
                Some(key) => Arc::clone(key),
                None => Arc::new(self.opened(&life.key)?),
            };
            published.insert(kid.clone(), key);
        }
        *parsed = published;
        self.ring.store(Arc::new(ring(&schedule, parsed)));
        Ok(schedule)
    }

    fn opened(&self, stored: &StoredKey) -> Result<SigningKey, KeysError> {
        let sealed = stored.sealed.as_deref().unwrap_or_default();
        let pkcs8 =
            self.master.open(MasterKey::SIGNING_KEY, sealed).map_err(|_| KeysError::Sealed)?;
        SigningKey::from_pkcs8(stored.algorithm, &pkcs8).map_err(|error| {
            KeysError::Failed(StoreError::Broken(format!("the key {}: {error}", stored.kid)))
        })
    }

    /// Does it, if the keys on file are still those that were found.
    async fn commit(
        &self,
        found: &KeySchedule,
        steps: Vec<Step>,
        by: &By,
        moment: &Moment,
    ) -> Result<(), CommitError> {
        let as_found = found.lives().iter().map(|life| life.key.clone()).collect();
        let mut changes = vec![Change::Expect(Box::new(Expected::Keys(as_found)))];
        let mut lines = Vec::new();
        for step in steps {
            let what = said(&step);
            let key = self.done(step, moment.now).await?;
            lines.push(format!("key {} ({}) {what}", key.kid, key.algorithm));
            changes.push(Change::PutKey(key));
        }
        let event = Event::Change { by: by.to_string(), changes: lines };
        let record = Record::new(event, Outcome::Done, moment);
        self.store.commit(Commit { changes, record }).await.map(drop)
    }

    /// The key as it goes on file.
    async fn done(&self, step: Step, now: Timestamp) -> Result<StoredKey, StoreError> {
        let (algorithm, signs_from) = match step {
            Step::Advance(key) | Step::Forget(key) => return Ok(key),
            Step::Make { algorithm, signs_from } => (algorithm, signs_from),
        };
        let broken =
            |why: String| StoreError::Broken(format!("a signing key cannot be made: {why}"));
        let made = spawn_blocking(move || SigningKey::generate(algorithm)).await;
        let made = made.map_err(|_| StoreError::Unavailable("the server stops".to_owned()))?;
        let (key, pkcs8) = made.map_err(|error| broken(error.to_string()))?;
        let sealed = self.master.seal(MasterKey::SIGNING_KEY, &pkcs8, random());
        let sealed = Some(sealed.map_err(|error| broken(error.to_string()))?);
        let kid = key.kid().clone();
        Ok(StoredKey { kid, algorithm, sealed, published: now, signs_from })
    }
}

/// An RSA key is two random primes, which are looked for.
fn takes_long(step: &Step) -> bool {
    matches!(step, Step::Make { algorithm: Algorithm::Rs256 | Algorithm::Ps256, .. })
}

/// What the record says of it.
fn said(step: &Step) -> String {
    match step {
        Step::Make { signs_from, .. } => format!("published; it signs from {signs_from}"),
        Step::Advance(key) => format!("signs from {} already", key.signs_from),
        Step::Forget(_) => "destroyed: it is of no more use".to_owned(),
    }
}

/// What signs and what is published, the newest first.
fn ring(schedule: &KeySchedule, parsed: &Parsed) -> KeyRing {
    let signers = ALGORITHMS.iter().filter_map(|algorithm| schedule.signer(*algorithm));
    let signers = signers.filter_map(|life| parsed.get(&life.key.kid)).cloned().collect();
    let mut published: Vec<&KeyLife> = schedule.published().collect();
    published.sort_by_key(|life| std::cmp::Reverse(life.key.signs_from));
    let published = published.iter().filter_map(|life| parsed.get(&life.key.kid));
    KeyRing::new(signers, published.map(|key| key.public_jwk()).collect())
}

#[cfg(test)]
mod tests;
