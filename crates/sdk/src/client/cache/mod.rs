//! The cache of acquired tokens: one exchange at a time for the same question, and never one user's answer for another's
//! question.
//!
//! | file | what it does |
//! |---|---|
//! | this one | answers by question; of those who ask the same at once, one exchanges |
//! | `entry` | how long an answer stands |
//! | `renewing` | the next token, fetched in the background while the one before is still given |
//! | `resting` | tokens that nobody has asked for lately, packed |
//! | `watch` | what happens here, told to whoever counts it |

mod entry;
mod renewing;
mod resting;
mod watch;

pub use watch::CacheEvent;
pub(super) use watch::Watch;

use super::question::Key;
use super::token::Margins;
use super::{AccessToken, AcquireError, Target};
use crate::at_hand::{CacheNumber, Place};
use crate::clock::Clock;
use crate::verify::Caller;
use entry::Entry;
use quick_cache::sync::{Cache as Kept, EntryAction, EntryResult, GuardResult};
use quick_cache::{DefaultHashBuilder, Weighter};
use renewing::Renewing;
use resting::{Leaving, Resting};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stead_proto::secret::Jwt;
use stead_proto::time::Timestamp;

/// What an entry takes besides its token, roughly, in bytes: key, times, links.
const OVERHEAD: usize = 400;

/// What an entry with a usual token takes, in bytes.
const USUAL: u64 = 1_600;

/// Answers by question; those that nobody asks for are laid to rest when room is needed.
pub(super) struct Cache {
    number: CacheNumber,
    resting: Arc<Resting>,
    entries: Kept<Key, Entry, Weight, DefaultHashBuilder, Leaving>,
    watch: Watch,
    /// How many exchanges have ended.
    ended: AtomicU64,
    renewing: Renewing,
    margins: Margins,
}

/// How many bytes there are, and how many of them for answers that are ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) bytes: u64,
    pub(super) ready: u64,
}

/// What is asked: the question's key, and the subject token it speaks of, if it speaks of a user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'q> {
    pub(super) key: &'q Key,
    pub(super) subject: Option<&'q Jwt>,
}

/// Which kept answers will do.
#[derive(Debug, Clone, Copy)]
pub(super) enum WillDo<'t> {
    /// Any that stands.
    Any,
    /// Any but this one, which a resource refused.
    AnyBut(&'t AccessToken),
    /// Any but this one, which is good, but somebody wants another.
    NewerThan(&'t AccessToken),
    /// None: the provider itself has to answer.
    None,
}

/// What was found.
pub(super) enum Found {
    /// An answer that stands.
    Answer(Result<AccessToken, AcquireError>),
    /// One that stands a little longer: time to fetch the next.
    Due(AccessToken),
}

impl Cache {
    pub(super) fn new(room: Room, margins: Margins, clock: Clock, watch: Watch) -> Self {
        let ready = room.ready.min(room.bytes);
        // Room grows with what comes; the estimate only says how finely to divide it.
        let expected = usize::try_from(ready / USUAL).unwrap_or(usize::MAX);
        let resting = Arc::new(Resting::new(room.bytes - ready, clock, watch.clone()));
        let (hashes, leaving) = (DefaultHashBuilder::default(), Leaving(Arc::clone(&resting)));
        Self {
            number: CacheNumber::next(),
            resting,
            entries: Kept::with(expected, ready, Weight, hashes, leaving),
            watch,
            ended: AtomicU64::new(0),
            renewing: Renewing::default(),
            margins,
        }
    }

    /// The token that a plain question was answered with before, if it is still beside the caller.
    pub(super) fn at_hand(
        &self,
        caller: &Caller,
        target: &Target,
        now: Timestamp,
    ) -> Option<AccessToken> {
        AccessToken::at_hand(caller.at_hand(), self.place(target), now)
    }

    /// Puts the answer to a plain question beside the caller.
    pub(super) fn put_at_hand(&self, caller: &Caller, target: &Target, token: &AccessToken) {
        token.put_at_hand(caller.at_hand(), self.place(target), self.margins);
    }

    fn place(&self, target: &Target) -> Place {
        Place { cache: self.number, name: *target.digest() }
    }

    pub(super) fn find(&self, asked: Asked<'_>, now: Timestamp) -> Option<Found> {
        let entry = self.entries.get(asked.key).or_else(|| self.awoken(asked, now));
        let entry = entry.filter(|entry| entry.stands(now))?;
        Some(match entry.into_due(now) {
            Ok(token) => Found::Due(token),
            Err(answer) => Found::Answer(answer),
        })
    }

    /// A token that was at rest, back among those that are ready; nothing while somebody exchanges it for another.
    fn awoken(&self, asked: Asked<'_>, now: Timestamp) -> Option<Entry> {
        if !self.resting.holds(asked.key) {
            return None;
        }
        match self.entries.get_value_or_guard(asked.key, Some(Duration::ZERO)) {
            GuardResult::Value(entry) => Some(entry),
            GuardResult::Guard(place) => {
                let entry = self.resting.wake(asked, now, self.margins)?;
                let _ = place.insert(entry.clone());
                Some(entry)
            }
            GuardResult::Timeout => None,
        }
    }

    /// An answer that stands and will do, or else the outcome of `exchange`. Of those who ask the same at once,
    /// one exchanges and all get its outcome, whether it is worth keeping or not.
    pub(super) async fn find_or(
        &self,
        asked: Asked<'_>,
        will_do: WillDo<'_>,
        clock: &Clock,
        exchange: impl Future<Output = Result<AccessToken, AcquireError>>,
    ) -> Result<AccessToken, AcquireError> {
        let (now, ended) = (clock.now(), self.ended.load(Ordering::Acquire));
        self.awoken(asked, now);
        let entry = self.entries.entry_async(asked.key, |_, entry| {
            if will_do.allows(entry, now) || entry.number > ended {
                EntryAction::Retain(entry.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        let (place, old) = match entry.await {
            EntryResult::Retained(entry) => return entry.into_answer(),
            EntryResult::Replaced(place, old) => (place, Some(old)),
            EntryResult::Vacant(place) => (place, None),
            // Nothing is removed above, and no time is set.
            EntryResult::Removed(..) | EntryResult::Timeout => return exchange.await,
        };
        let answer = exchange.await;
        if let (Some(old), Err(error)) = (&old, &answer)
            && will_do.leaves_the_old_one(error)
            && !old.is_refused()
        {
            // For later, or for others: the failure says nothing about this token.
            let _ = place.insert(old.clone());
            return answer;
        }
        if let (WillDo::AnyBut(_), Ok(token)) = (will_do, &answer) {
            token.comes_instead();
        }
        let old = old.and_then(Entry::into_token).filter(|old| will_do.allows_after_all(old));
        let entry = self.entry(answer, old, clock.now());
        self.resting.replace(asked, &entry);
        // Refused if it was pushed out meanwhile; it answers all the same.
        let _ = place.insert(entry.clone());
        entry.into_answer()
    }

    /// How long before their end tokens are replaced.
    pub(super) fn margins(&self) -> Margins {
        self.margins
    }

    /// Tells whoever watches.
    pub(super) fn tell(&self, event: CacheEvent) {
        self.watch.tell(event);
    }

    /// How many answers it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.resting.len()
    }

    fn entry(
        &self,
        answer: Result<AccessToken, AcquireError>,
        old: Option<AccessToken>,
        now: Timestamp,
    ) -> Entry {
        let number = self.ended.fetch_add(1, Ordering::AcqRel) + 1;
        Entry::new(answer, old, now, self.margins).numbered(number)
    }
}

impl WillDo<'_> {
    fn allows(self, entry: &Entry, now: Timestamp) -> bool {
        entry.stands(now)
            && match self {
                Self::Any => true,
                Self::AnyBut(unwanted) | Self::NewerThan(unwanted) => !entry.is(unwanted),
                Self::None => false,
            }
    }

    /// Whether what is kept stays as it is, where no new token was to be had.
    fn leaves_the_old_one(self, error: &AcquireError) -> bool {
        match self {
            Self::Any | Self::AnyBut(_) => false,
            Self::NewerThan(_) => {
                matches!(error, AcquireError::Unavailable { .. } | AcquireError::Config(_))
            }
            Self::None => matches!(error, AcquireError::Unavailable { .. }),
        }
    }

    /// Whether the old token may still be given, where no new one could be had. One that a resource refused may not, and is
    /// marked, so that it is not given where it is at hand either.
    fn allows_after_all(self, old: &AccessToken) -> bool {
        match self {
            Self::AnyBut(refused) if refused.is(old) => {
                old.refuse();
                false
            }
            Self::Any | Self::AnyBut(_) | Self::NewerThan(_) => true,
            Self::None => false,
        }
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Entry> for Weight {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        (OVERHEAD + entry.len()) as u64
    }
}
