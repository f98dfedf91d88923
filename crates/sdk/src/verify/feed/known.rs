//! What is known of one issuer's revocations, and since when.

use super::{FeedState, WhenBroken};
use crate::verify::{TokenProblem, VerifyError};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use stead_proto::id::Issuer;
use stead_proto::liveness::{Ancestor, Descent, Fact as _, ToldFact};
use stead_proto::time::{Seconds, Timestamp};
use tokio::sync::watch;

/// What is known, and what is done when it is no longer all there is.
#[derive(Debug)]
pub(super) struct Known {
    state: RwLock<State>,
    /// Whether everything that was revoked has been heard of once.
    caught_up: watch::Sender<bool>,
    terms: Terms,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) broken_after: Seconds,
    pub(super) when_broken: WhenBroken,
    pub(super) max_facts: usize,
}

#[derive(Debug, Default)]
struct State {
    facts: HashMap<Ancestor, ToldFact>,
    /// When it was last said that this is all.
    current: Option<Timestamp>,
    /// The name of the last event, to go on from.
    last: Option<String>,
}

/// More facts than there is room for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Known {
    pub(super) fn new(terms: Terms) -> Self {
        Self { state: RwLock::default(), caught_up: watch::Sender::new(false), terms }
    }

    /// Takes over a fact, unless one that says as much is known.
    pub(super) fn learn(&self, fact: ToldFact, now: Timestamp) -> Result<(), Full> {
        let mut state = self.write();
        let known = state.facts.get(&fact.about);
        if known.is_some_and(|known| !fact.supersedes(known)) {
            return Ok(());
        }
        if known.is_none() && state.facts.len() >= self.terms.max_facts {
            state.facts.retain(|_, fact| now < fact.until);
        }
        if state.facts.len() >= self.terms.max_facts && !state.facts.contains_key(&fact.about) {
            // What is missing now has to be told again, once there is room.
            state.last = None;
            return Err(Full);
        }
        state.facts.insert(fact.about.clone(), fact);
        Ok(())
    }

    /// That is all there is, now. What no token can descend from any more is forgotten.
    pub(super) fn is_all(&self, now: Timestamp) {
        let mut state = self.write();
        state.facts.retain(|_, fact| now < fact.until);
        state.current = Some(now);
        drop(state);
        self.caught_up.send_replace(true);
    }

    /// Everything up to the event of this name was taken over.
    pub(super) fn heard(&self, id: String) {
        self.write().last = Some(id);
    }

    pub(super) fn last(&self) -> Option<String> {
        self.read().last.clone()
    }

    pub(super) async fn caught_up(&self) {
        // The sender is here, so there is no other end than this.
        self.caught_up.subscribe().wait_for(|caught_up| *caught_up).await.ok();
    }

    /// Whether something of this descent lives, as far as it is known.
    pub(super) fn check(&self, descent: &Descent, now: Timestamp) -> Result<(), VerifyError> {
        let state = self.read();
        let told = descent.ancestors.iter().filter_map(|ancestor| state.facts.get(ancestor));
        if !state.facts.is_empty() && told.into_iter().any(|fact| descent.is_ended_by(fact)) {
            return Err(TokenProblem::Revoked.into());
        }
        if self.terms.when_broken == WhenBroken::Refuse && self.is_broken(&state, now) {
            return Err(VerifyError::Unavailable { retry_after: Some(Seconds(1)) });
        }
        Ok(())
    }

    pub(super) fn state(&self, issuer: &Issuer, now: Timestamp) -> FeedState {
        let state = self.read();
        FeedState {
            issuer: issuer.clone(),
            facts: state.facts.len(),
            current: state.current,
            broken: self.is_broken(&state, now),
        }
    }

    fn is_broken(&self, state: &State, now: Timestamp) -> bool {
        state.current.is_none_or(|at| now > at + self.terms.broken_after)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::id::TokenId;

    const START: Timestamp = Timestamp::from_secs(0);

    fn known(max_facts: usize) -> Known {
        let when_broken = WhenBroken::GoOn;
        Known::new(Terms { broken_after: Seconds(10), when_broken, max_facts })
    }

    fn token(name: &str) -> Ancestor {
        Ancestor::Token(TokenId::parse(name).unwrap())
    }

    fn fact(name: &str, until: i64) -> ToldFact {
        ToldFact { about: token(name), at: START, until: Timestamp::from_secs(until) }
    }

    #[test]
    fn what_can_end_no_token_any_more_is_forgotten() {
        let (known, issuer) = (known(9), Issuer::parse("https://id.example").unwrap());
        known.learn(fact("a", 100), START).unwrap();
        known.learn(fact("b", 200), START).unwrap();
        let facts = |now| {
            let now = Timestamp::from_secs(now);
            known.is_all(now);
            known.state(&issuer, now).facts
        };
        assert_eq!([facts(99), facts(100), facts(200)], [2, 1, 0]);
    }

    #[test]
    fn there_is_room_for_so_many_and_then_everything_has_to_be_told_again() {
        let known = known(2);
        known.learn(fact("a", 100), START).unwrap();
        known.learn(fact("b", 100), START).unwrap();
        known.heard("r.2".into());
        assert_eq!(known.learn(fact("a", 100), START), Ok(()));
        assert_eq!(known.last().as_deref(), Some("r.2"));
        assert_eq!(known.learn(fact("c", 200), START), Err(Full));
        assert_eq!(known.last(), None);
        assert_eq!(known.learn(fact("c", 200), Timestamp::from_secs(100)), Ok(()));
    }
}
