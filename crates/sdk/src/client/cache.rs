//! What was acquired, kept: one exchange at a time for the same question, and never one user's answer
//! for another.

use super::question::{Asked, Question};
use super::{AccessToken, AcquireError};
use crate::clock::Clock;
use quick_cache::Weighter;
use quick_cache::sync::{Cache as Kept, EntryAction, EntryResult};
use std::sync::atomic::{AtomicU64, Ordering};
use stead_proto::time::{Seconds, Timestamp};

/// A token is renewed when this little is left, or half of a life that is short.
const MARGIN: Seconds = Seconds(30);

/// How long a refusal stands, and how long the old token serves while the provider is away.
const MOMENT: Seconds = Seconds(5);

/// What an entry weighs besides its two tokens, roughly.
const OVERHEAD: usize = 384;

/// Answers by question, the whole of it; those that nobody asks for give way when room is needed.
pub(super) struct Cache {
    entries: Kept<Question, Entry, Weight>,
    /// How many exchanges have ended.
    ended: AtomicU64,
}

/// An answer, and how long it stands.
#[derive(Debug, Clone)]
struct Entry {
    answer: Result<AccessToken, Box<AcquireError>>,
    stands_until: Timestamp,
    /// Which exchange this was, counted as they ended.
    number: u64,
}

impl Cache {
    pub(super) fn new(bytes: u64) -> Self {
        let expected = usize::try_from(bytes / 2048).unwrap_or(usize::MAX);
        Self { entries: Kept::with_weighter(expected, bytes, Weight), ended: AtomicU64::new(0) }
    }

    /// An answer that stands.
    pub(super) fn find(
        &self,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Option<Result<AccessToken, AcquireError>> {
        self.entries.get(asked).filter(|entry| entry.stands(now)).map(Entry::into_answer)
    }

    /// The same, or else the outcome of `exchange`. Of those who ask the same at once, one exchanges and
    /// all get its outcome, whether it is worth keeping or not.
    pub(super) async fn find_or(
        &self,
        question: &Question,
        clock: &Clock,
        exchange: impl Future<Output = Result<AccessToken, AcquireError>>,
    ) -> Result<AccessToken, AcquireError> {
        let (now, ended) = (clock.now(), self.ended.load(Ordering::Acquire));
        let entry = self.entries.entry_async(question, |_, entry| {
            if entry.stands(now) || entry.number > ended {
                EntryAction::Retain(entry.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        let (place, old) = match entry.await {
            EntryResult::Retained(entry) => return entry.into_answer(),
            EntryResult::Replaced(place, old) => (place, old.answer.ok()),
            EntryResult::Vacant(place) => (place, None),
            // Nothing is removed above, and no time is set.
            EntryResult::Removed(..) | EntryResult::Timeout => return exchange.await,
        };
        let answer = exchange.await;
        let number = self.ended.fetch_add(1, Ordering::AcqRel) + 1;
        let entry = Entry::new(answer, old, clock.now(), number);
        // Refused if it was pushed out meanwhile; it answers all the same.
        let _ = place.insert(entry.clone());
        entry.into_answer()
    }
}

impl Entry {
    fn new(
        answer: Result<AccessToken, AcquireError>,
        old: Option<AccessToken>,
        now: Timestamp,
        number: u64,
    ) -> Self {
        let until = |answer, stands_until| Self { answer, stands_until, number };
        match (answer, old) {
            (Ok(token), _) => {
                let life = token.expires().left_at(now);
                let margin = MARGIN.min(Seconds(life.0 / 2));
                let stands_until = token.expires() - margin;
                until(Ok(token), stands_until)
            }
            (Err(denied @ AcquireError::Denied(_)), _) => until(Err(denied.into()), now + MOMENT),
            // Better the old one, while it lasts, than none.
            (Err(AcquireError::Unavailable { .. }), Some(old)) if old.expires() > now => {
                let stands_until = old.expires().min(now + MOMENT);
                until(Ok(old), stands_until)
            }
            // For those who wait for it, and for nobody after them.
            (Err(error), _) => until(Err(error.into()), now),
        }
    }

    fn stands(&self, now: Timestamp) -> bool {
        now < self.stands_until
    }

    fn into_answer(self) -> Result<AccessToken, AcquireError> {
        self.answer.map_err(|error| *error)
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Question, Entry> for Weight {
    fn weight(&self, question: &Question, entry: &Entry) -> u64 {
        let token = entry.answer.as_ref().map_or(0, |token| token.expose().len());
        (OVERHEAD + question.len() + token) as u64
    }
}
