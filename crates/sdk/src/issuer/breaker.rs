//! The circuit breaker: a provider that fails again and again is left alone for a while, so that nobody waits for it and it
//! can recover.

use crate::clock::Clock;
use std::sync::{Mutex, MutexGuard, PoisonError};
use stead_proto::time::{Seconds, Timestamp};

/// The longest a provider's `Retry-After` is followed.
const LONGEST: Seconds = Seconds(60);

/// When to come again, for those who ask while one question finds out whether it works again.
const SOON: Seconds = Seconds(1);

/// When a provider is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) failures: u32,
    pub(super) open_for: Seconds,
}

/// Counts the failures in a row at a provider's token endpoint.
#[derive(Debug)]
pub(crate) struct Breaker {
    terms: Terms,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    Probing,
}

/// Whether a provider is asked at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// It is asked.
    Closed,
    /// It is left alone.
    Open,
    /// One question is under way, to see whether it works again.
    HalfOpen,
}

/// Leave to ask once. Dropped without [`end`](Self::end), it counts as a failure.
#[must_use]
pub(crate) struct Leave<'b> {
    breaker: &'b Breaker,
    clock: &'b Clock,
    is_probe: bool,
    outcome: Outcome,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered, with a token or a refusal.
    Answered,
    /// It was not, or by something that is no token endpoint.
    Failed,
    /// It was told to come back later.
    Later(Seconds),
}

impl Breaker {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Leave to ask, or how long not to.
    pub(crate) fn leave<'b>(&'b self, clock: &'b Clock) -> Result<Leave<'b>, Seconds> {
        let now = clock.now();
        let mut state = self.lock();
        let is_probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if now < until => return Err(until.left_at(now).max(SOON)),
            State::Open { .. } => true,
            State::Probing => return Err(SOON),
        };
        if is_probe {
            *state = State::Probing;
        }
        Ok(Leave { breaker: self, clock, is_probe, outcome: Outcome::Failed })
    }

    pub(super) fn state(&self, now: Timestamp) -> BreakerState {
        match *self.lock() {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until } if now < until => BreakerState::Open,
            State::Open { .. } | State::Probing => BreakerState::HalfOpen,
        }
    }

    /// Those who asked before it opened, and are answered afterwards, change nothing.
    fn note(&self, outcome: Outcome, is_probe: bool, now: Timestamp) {
        let mut state = self.lock();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::Probing if is_probe => self.terms.failures,
            State::Open { .. } | State::Probing => return,
        };
        *state = match outcome {
            Outcome::Answered => State::Closed { failures: 0 },
            Outcome::Later(wait) => State::Open { until: now + wait.min(LONGEST) },
            Outcome::Failed if failures >= self.terms.failures => {
                tracing::warn!(failures, "a provider is left alone for a while");
                State::Open { until: now + self.terms.open_for }
            }
            Outcome::Failed => State::Closed { failures },
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// Says what became of it.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.breaker.note(self.outcome, self.is_probe, self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct World {
        breaker: Breaker,
        clock: Clock,
        now: Arc<AtomicI64>,
    }

    impl World {
        fn new() -> Self {
            let now = Arc::new(AtomicI64::new(1000));
            let shown = Arc::clone(&now);
            Self {
                breaker: Breaker::new(Terms { failures: 3, open_for: Seconds(5) }),
                clock: Clock::new(move || Timestamp::from_secs(shown.load(Ordering::SeqCst))),
                now,
            }
        }

        fn ask(&self, outcome: Outcome) -> Result<(), Seconds> {
            self.breaker.leave(&self.clock).map(|leave| leave.end(outcome))
        }

        fn pass(&self, seconds: i64) {
            self.now.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_try_when_time_has_passed() {
        let world = World::new();
        for outcome in [Outcome::Failed, Outcome::Failed, Outcome::Answered, Outcome::Failed] {
            assert_eq!(world.ask(outcome), Ok(()));
        }
        world.ask(Outcome::Failed).unwrap();
        assert_eq!(world.breaker.state(world.clock.now()), BreakerState::Closed);
        world.ask(Outcome::Failed).unwrap();
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(5)));
        world.pass(4);
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(1)));
        world.pass(1);
        let probe = world.breaker.leave(&world.clock).ok().unwrap();
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(1)));
        assert_eq!(world.breaker.state(world.clock.now()), BreakerState::HalfOpen);
        probe.end(Outcome::Answered);
        assert_eq!(world.ask(Outcome::Answered), Ok(()));
    }

    #[test]
    fn a_try_that_fails_or_is_given_up_opens_it_again() {
        let world = World::new();
        for _ in 0..3 {
            world.ask(Outcome::Failed).unwrap();
        }
        world.pass(5);
        world.ask(Outcome::Failed).unwrap();
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(5)));
        world.pass(5);
        drop(world.breaker.leave(&world.clock));
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(5)));
    }

    #[test]
    fn whoever_asked_before_it_opened_does_not_close_it_afterwards() {
        let world = World::new();
        let early = world.breaker.leave(&world.clock).ok().unwrap();
        for _ in 0..3 {
            world.ask(Outcome::Failed).unwrap();
        }
        early.end(Outcome::Answered);
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(5)));
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_up_to_a_minute() {
        let world = World::new();
        world.ask(Outcome::Later(Seconds(7))).unwrap();
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(7)));
        world.pass(7);
        world.ask(Outcome::Later(Seconds(86_400))).unwrap();
        assert_eq!(world.ask(Outcome::Answered), Err(Seconds(60)));
    }
}
