//! The next token, fetched in the background while the one before is still given.

use super::{Asked, Cache};
use crate::client::question::Key;
use crate::client::{AccessToken, AcquireError};
use crate::clock::Clock;
use quick_cache::sync::{EntryAction, EntryResult, GuardResult};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stead_proto::time::Timestamp;

/// What is being renewed.
#[derive(Debug, Default)]
pub(super) struct Renewing(Mutex<HashSet<Key>>);

impl Cache {
    /// Puts the outcome of `exchange` in the place of the old token, which is given until then. Does nothing if a renewal
    /// is under way already, or done. If another answer takes that place meanwhile, because a resource refused the old
    /// token or somebody wanted a newer one, it stays.
    pub(in crate::client) async fn renew(
        &self,
        asked: Asked<'_>,
        old: AccessToken,
        clock: &Clock,
        exchange: impl Future<Output = Result<AccessToken, AcquireError>>,
    ) {
        let Some(_turn) = self.renewing.take_turn(asked.key) else { return };
        if !self.is_still(asked, &old, clock.now()) {
            return;
        }
        let answer = exchange.await;
        let now = clock.now();
        self.awoken(asked, now);
        let entry = self.entries.entry_async(asked.key, |_, entry| {
            if entry.is(&old) || !entry.stands(now) {
                EntryAction::ReplaceWithGuard
            } else {
                EntryAction::Retain(())
            }
        });
        let (EntryResult::Vacant(place) | EntryResult::Replaced(place, _)) = entry.await else {
            return;
        };
        let still_good = Some(old).filter(|old| !old.is_refused());
        let entry = self.entry(answer, still_good, now);
        self.resting.replace(asked, &entry);
        let _ = place.insert(entry);
    }

    /// Whether it is this token that stands there, or nothing, and nobody is about to put another there.
    fn is_still(&self, asked: Asked<'_>, old: &AccessToken, now: Timestamp) -> bool {
        self.awoken(asked, now);
        match self.entries.get_value_or_guard(asked.key, Some(Duration::ZERO)) {
            GuardResult::Value(entry) => entry.is(old),
            GuardResult::Guard(_) => true,
            GuardResult::Timeout => false,
        }
    }

    /// Whether the next token is being fetched.
    pub(in crate::client) fn is_renewing(&self, key: &Key) -> bool {
        self.renewing.all().contains(key)
    }
}

impl Renewing {
    fn take_turn(&self, key: &Key) -> Option<Turn<'_>> {
        self.all().insert(*key).then(|| Turn { renewing: self, key: *key })
    }

    fn all(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to renew one entry, given back however the renewal ends.
struct Turn<'r> {
    renewing: &'r Renewing,
    key: Key,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.renewing.all().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Found, Room, Watch, WillDo};
    use super::*;
    use crate::client::Target;
    use crate::client::token::{EndsWith, Margins, Origin, Received};
    use std::cell::Cell;
    use stead_proto::secret::Jwt;
    use stead_proto::time::Seconds;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    /// A cache with one question and the token that answers it, which is due.
    struct Kept {
        cache: Cache,
        clock: Clock,
        key: Key,
        old: AccessToken,
    }

    impl Kept {
        async fn new() -> Self {
            let (clock, room) = (Clock::new(|| NOW), Room { bytes: 100_000, ready: 100_000 });
            let margins = Margins { margin: Seconds(30), ahead: Seconds(60) };
            let cache = Cache::new(room, margins, clock.clone(), Watch::default());
            let key = Key::own(&Target::new("api://data").unwrap());
            let kept = Self { cache, clock, key, old: token("old", 40) };
            kept.instead(WillDo::Any, Ok(kept.old.clone())).await.unwrap();
            kept
        }

        fn asked(&self) -> Asked<'_> {
            Asked { key: &self.key, subject: None }
        }

        async fn instead(
            &self,
            will_do: WillDo<'_>,
            answer: Result<AccessToken, AcquireError>,
        ) -> Result<AccessToken, AcquireError> {
            let exchange = async { answer };
            self.cache.find_or(self.asked(), will_do, &self.clock, exchange).await
        }

        async fn renew(&self, exchange: impl Future<Output = Result<AccessToken, AcquireError>>) {
            self.cache.renew(self.asked(), self.old.clone(), &self.clock, exchange).await;
        }

        /// An answer, before which a newer token has come in the place of the one that was refused.
        async fn replaced_before(
            &self,
            answer: Result<AccessToken, AcquireError>,
        ) -> Result<AccessToken, AcquireError> {
            let newer = Ok(token("newer", 100));
            self.instead(WillDo::AnyBut(&self.old), newer).await.unwrap();
            answer
        }

        /// What whoever asks next is given without an exchange.
        fn found(&self) -> Option<String> {
            match self.cache.find(self.asked(), NOW)? {
                Found::Answer(answer) => Some(answer.unwrap().expose().to_owned()),
                Found::Due(token) => Some(token.expose().to_owned()),
            }
        }
    }

    /// One of a hundred seconds, of which so many are left.
    fn token(name: &str, left: u32) -> AccessToken {
        let expires = NOW + Seconds(left);
        AccessToken::new(Received {
            token: Jwt::new(name),
            id_token: None,
            scope: None,
            acquired: expires - Seconds(100),
            expires,
            ends_with: EndsWith::ItsLife,
            origin: Origin::Provider,
        })
    }

    fn away() -> AcquireError {
        AcquireError::Unavailable { retry_after: None }
    }

    #[tokio::test]
    async fn a_token_that_is_due_is_renewed_once_however_late_somebody_sees_that_it_was() {
        let kept = Kept::new().await;
        let exchanges = Cell::new(0);
        let exchange = async || {
            exchanges.set(exchanges.get() + 1);
            Ok(token("next", 100))
        };
        kept.renew(async {
            // While it is under way.
            kept.renew(exchange()).await;
            exchange().await
        })
        .await;
        // They found the old one before the next was there, and come after that.
        kept.renew(exchange()).await;
        assert_eq!((exchanges.get(), kept.found().as_deref()), (1, Some("next")));
    }

    #[tokio::test]
    async fn what_came_in_the_old_tokens_place_meanwhile_stays_whatever_the_renewal_brings() {
        for brings in [Ok(token("asked for before", 100)), Err(away())] {
            let kept = Kept::new().await;
            kept.renew(kept.replaced_before(brings)).await;
            assert_eq!(kept.found().as_deref(), Some("newer"));
        }
    }

    #[tokio::test]
    async fn a_token_that_a_resource_refused_meanwhile_is_not_put_back() {
        let kept = Kept::new().await;
        kept.renew(async {
            kept.instead(WillDo::AnyBut(&kept.old), Err(away())).await.unwrap_err();
            Err(away())
        })
        .await;
        assert_eq!(kept.found(), None);
        // Where nobody refused it, it serves on.
        let kept = Kept::new().await;
        kept.renew(async { Err(away()) }).await;
        assert_eq!(kept.found().as_deref(), Some("old"));
    }
}
