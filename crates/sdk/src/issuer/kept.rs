//! A fetched document, kept fresh: one fetch at a time, and the old document while there is no new one.

use crate::clock::Clock;
use crate::error::ProviderError;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use stead_proto::time::{Seconds, Timestamp};
use tokio::sync::Mutex;

/// How long a document is used before it is fetched again.
const FRESH: Seconds = Seconds(600);

/// The least time between two fetches in the background, and between two for unknown keys.
const PAUSE: Seconds = Seconds(30);

#[derive(Debug)]
pub(super) struct Kept<T> {
    state: RwLock<State<T>>,
    turn: Mutex<()>,
}

#[derive(Debug)]
struct State<T> {
    value: Option<(Arc<T>, Timestamp)>,
    failure: Option<ProviderError>,
    attempts: u64,
    renewed: Option<Timestamp>,
    asked_again: Option<Timestamp>,
}

/// What there is now.
pub(super) enum Look<T> {
    /// New enough.
    Fresh(Arc<T>),
    /// Usable, but due to be renewed.
    Stale(Arc<T>),
    /// Nothing yet.
    Nothing,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        let state =
            State { value: None, failure: None, attempts: 0, renewed: None, asked_again: None };
        Self { state: RwLock::new(state), turn: Mutex::new(()) }
    }
}

impl<T> Kept<T> {
    pub(super) fn look(&self, now: Timestamp) -> Look<T> {
        match &self.read().value {
            Some((value, at)) if is_within(now, *at, FRESH) => Look::Fresh(Arc::clone(value)),
            Some((value, _)) => Look::Stale(Arc::clone(value)),
            None => Look::Nothing,
        }
    }

    pub(super) fn peek(&self) -> Option<Arc<T>> {
        self.read().value.as_ref().map(|(value, _)| Arc::clone(value))
    }

    /// Whether the last attempt to fetch it succeeded; `None` if there was none yet.
    pub(super) fn was_got(&self) -> Option<bool> {
        let state = self.read();
        (state.attempts > 0).then_some(state.failure.is_none())
    }

    /// When what is at hand was fetched.
    pub(super) fn fetched(&self) -> Option<Timestamp> {
        self.read().value.as_ref().map(|(_, at)| *at)
    }

    /// Whether the caller is the one who renews it now.
    pub(super) fn may_renew(&self, now: Timestamp) -> bool {
        let mut state = self.write();
        let due = state.renewed.is_none_or(|at| !is_within(now, at, PAUSE));
        if due {
            state.renewed = Some(now);
        }
        due
    }

    /// Fetches it for the first time. Those who wait meanwhile share the outcome, good or bad.
    pub(super) async fn first(
        &self,
        fetch: impl Future<Output = Result<T, ProviderError>>,
        clock: &Clock,
    ) -> Result<Arc<T>, ProviderError> {
        let seen = self.read().attempts;
        let _turn = self.turn.lock().await;
        if self.read().attempts != seen {
            return self.outcome();
        }
        let fetched = fetch.await;
        self.note(fetched, clock.now());
        self.outcome()
    }

    /// Fetches it again because something is missing in `seen`, unless that was done a moment ago.
    pub(super) async fn again(
        &self,
        seen: &Arc<T>,
        fetch: impl Future<Output = Result<T, ProviderError>>,
        clock: &Clock,
    ) -> Arc<T> {
        let _turn = self.turn.lock().await;
        let now = clock.now();
        let replaced = self.peek().filter(|value| !Arc::ptr_eq(value, seen));
        if let Some(newer) = replaced {
            return newer;
        }
        if self.read().asked_again.is_some_and(|at| is_within(now, at, PAUSE)) {
            return Arc::clone(seen);
        }
        self.write().asked_again = Some(now);
        let fetched = fetch.await;
        self.note(fetched, clock.now());
        self.peek().unwrap_or_else(|| Arc::clone(seen))
    }

    /// Keeps what came. A failure leaves what is there.
    pub(super) fn note(&self, fetched: Result<T, ProviderError>, now: Timestamp) {
        let mut state = self.write();
        state.attempts += 1;
        match fetched {
            Ok(value) => {
                state.value = Some((Arc::new(value), now));
                state.failure = None;
            }
            Err(error) => {
                tracing::warn!(%error, "a document of the issuer cannot be fetched");
                state.failure = Some(error);
            }
        }
    }

    fn outcome(&self) -> Result<Arc<T>, ProviderError> {
        let state = self.read();
        match (&state.value, &state.failure) {
            (Some((value, _)), _) => Ok(Arc::clone(value)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(ProviderError::Unreachable { retry_after: None }),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether less than `length` has passed since `at`. A clock that was set back does not count.
fn is_within(now: Timestamp, at: Timestamp, length: Seconds) -> bool {
    at <= now && now < at + length
}
