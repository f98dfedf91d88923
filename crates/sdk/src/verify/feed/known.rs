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
    /// Whether there is a connection.
    connected: bool,
    connections: u64,
    events: u64,
    last_event: Option<Timestamp>,
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

    /// An event was taken over, and everything before the one of this name, if it has one.
    pub(super) fn heard(&self, id: Option<String>, now: Timestamp) {
        let mut state = self.write();
        state.events += 1;
        state.last_event = Some(now);
        state.last = id.or(state.last.take());
    }

    /// There is a connection, until what is returned is dropped.
    pub(super) fn connected(&self) -> Connected<'_> {
        let mut state = self.write();
        state.connected = true;
        state.connections += 1;
        Connected(self)
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
            behind: state.current.map(|at| now.left_at(at)),
            broken: self.is_broken(&state, now),
            connected: state.connected,
            connections: state.connections,
            events: state.events,
            last_event: state.last_event,
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

/// A connection to the feed.
pub(super) struct Connected<'k>(&'k Known);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.write().connected = false;
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
    fn a_feed_says_how_it_stands() {
        let (known, issuer) = (known(9), Issuer::parse("https://id.example").unwrap());
        let state = |now| known.state(&issuer, Timestamp::from_secs(now));
        let before = FeedState {
            issuer: issuer.clone(),
            facts: 0,
            current: None,
            behind: None,
            broken: true,
            connected: false,
            connections: 0,
            events: 0,
            last_event: None,
        };
        assert_eq!(state(0), before);
        let connection = known.connected();
        known.is_all(START);
        known.heard(None, START);
        let heard = FeedState {
            current: Some(START),
            behind: Some(Seconds(4)),
            broken: false,
            connected: true,
            connections: 1,
            events: 1,
            last_event: Some(START),
            ..before
        };
        assert_eq!(state(4), heard);
        drop(connection);
        let lost = FeedState { behind: Some(Seconds(11)), broken: true, connected: false, ..heard };
        assert_eq!(state(11), lost);
    }

    #[test]
    fn there_is_room_for_so_many_and_then_everything_has_to_be_told_again() {
        let known = known(2);
        known.learn(fact("a", 100), START).unwrap();
        known.learn(fact("b", 100), START).unwrap();
        known.heard(Some("r.2".into()), START);
        assert_eq!(known.learn(fact("a", 100), START), Ok(()));
        assert_eq!(known.last().as_deref(), Some("r.2"));
        assert_eq!(known.learn(fact("c", 200), START), Err(Full));
        assert_eq!(known.last(), None);
        assert_eq!(known.learn(fact("c", 200), Timestamp::from_secs(100)), Ok(()));
    }
}
