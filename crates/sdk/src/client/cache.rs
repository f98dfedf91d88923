//! What was acquired, kept: one exchange at a time for the same question, and never one user's answer
//! for another.

use super::{AccessToken, AcquireError};
use crate::clock::Clock;
use moka::Expiry;
use moka::future::Cache as Kept;
use std::time::{Duration, Instant};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::grants::OnBehalfOf;
use stead_proto::id::{ClientId, Issuer};
use stead_proto::time::{Seconds, Timestamp};

/// A token is renewed when this little is left, or half of a life that is short.
const MARGIN: Seconds = Seconds(30);

/// How long a refusal stands, and how long the old token serves while the provider is away.
const MOMENT: Seconds = Seconds(5);

/// What an entry weighs besides its token, roughly.
const OVERHEAD: usize = 256;

/// A question, whole: whatever could change the answer is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(Sha256);

impl Key {
    /// Each part with its length in front, so that no two questions read alike.
    pub(super) fn of(issuer: &Issuer, client: &ClientId, request: &OnBehalfOf) -> Self {
        let mut whole = Vec::new();
        let mut part = |text: &str| {
            whole.extend_from_slice(&(text.len() as u64).to_be_bytes());
            whole.extend_from_slice(text.as_bytes());
        };
        part(issuer.as_str());
        part(client.as_str());
        // The form says the rest: dialect, subject and actor token, target, sorted scopes, claims.
        for (name, value) in request.to_form() {
            part(name);
            part(&value);
        }
        Self(sha256(&whole))
    }
}

/// An answer, and how long it stands.
#[derive(Debug, Clone)]
struct Entry {
    answer: Result<AccessToken, AcquireError>,
    stands_until: Timestamp,
    /// How long it is worth remembering at all.
    keep: Duration,
}

pub(super) struct Cache {
    entries: Kept<Key, Entry>,
}

impl Cache {
    pub(super) fn new(bytes: u64) -> Self {
        let entries = Kept::builder()
            .max_capacity(bytes)
            .weigher(|_, entry: &Entry| entry.weight())
            .expire_after(AsLongAsWorth)
            .build();
        Self { entries }
    }

    /// An answer that stands.
    pub(super) async fn find(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Option<Result<AccessToken, AcquireError>> {
        self.entries.get(key).await.filter(|entry| entry.stands(now)).map(|entry| entry.answer)
    }

    /// The same, or else the outcome of `exchange`. Of those who ask the same at once, one exchanges and
    /// all get its outcome.
    pub(super) async fn find_or(
        &self,
        key: &Key,
        clock: &Clock,
        exchange: impl Future<Output = Result<AccessToken, AcquireError>>,
    ) -> Result<AccessToken, AcquireError> {
        let renew = async {
            let old = self.entries.get(key).await;
            let answer = exchange.await;
            Entry::new(answer, old, clock.now())
        };
        let now = clock.now();
        let entry = self.entries.entry_by_ref(key);
        entry.or_insert_with_if(renew, |entry| !entry.stands(now)).await.into_value().answer
    }
}

impl Entry {
    fn new(answer: Result<AccessToken, AcquireError>, old: Option<Entry>, now: Timestamp) -> Self {
        match answer {
            Ok(token) => Self::token(token, now),
            Err(AcquireError::Denied(denied)) => Self {
                answer: Err(AcquireError::Denied(denied)),
                stands_until: now + MOMENT,
                keep: seconds(MOMENT),
            },
            Err(error) => match old.and_then(|entry| entry.answer.ok()) {
                // Better the old one, while it lasts, than none.
                Some(token)
                    if matches!(error, AcquireError::Unavailable { .. }) && token.expires > now =>
                {
                    let keep = seconds(token.expires.left_at(now));
                    Self { stands_until: token.expires.min(now + MOMENT), keep, answer: Ok(token) }
                }
                // Stands for those who wait for it, and for nobody after them.
                _ => Self { answer: Err(error), stands_until: now, keep: Duration::ZERO },
            },
        }
    }

    fn token(token: AccessToken, now: Timestamp) -> Self {
        let life = token.expires.left_at(now);
        let margin = MARGIN.min(Seconds(life.0 / 2));
        Self { stands_until: token.expires - margin, keep: seconds(life), answer: Ok(token) }
    }

    fn stands(&self, now: Timestamp) -> bool {
        now < self.stands_until
    }

    fn weight(&self) -> u32 {
        let token = self.answer.as_ref().map_or(0, |token| token.expose().len());
        u32::try_from(OVERHEAD + token).unwrap_or(u32::MAX)
    }
}

fn seconds(length: Seconds) -> Duration {
    Duration::from_secs(length.0.into())
}

/// Forgets what is of no more use. Whether an answer still stands is for [`Entry::stands`] to say.
struct AsLongAsWorth;

impl Expiry<Key, Entry> for AsLongAsWorth {
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.keep)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.keep)
    }
}
