//! Things one after the other in memory, and a table that says where each lies.

use super::segment::{HEAD, Head, LONGEST, Segment, State};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use stead_proto::digest::Sha256;
use stead_proto::secret::Zeroizing;
use stead_proto::time::Timestamp;

/// How long a segment is at most: an offset has 16 bits.
const SEGMENT: usize = 64 * 1024;
/// In how many the room is divided at least.
const SEGMENTS: usize = 16;
/// With fewer than that nothing could be moved.
const FEWEST: usize = 2;
/// How many there can be: their numbers have 16 bits, and must not meet.
const MOST: usize = 60_000;

/// Things at rest, and those in use that rest again later.
#[derive(Debug)]
pub(super) struct Log {
    bytes: usize,
    /// How long each segment is.
    segment: usize,
    segments: VecDeque<Segment>,
    /// The number of the first segment; they are counted around.
    first: u16,
    table: HashTable<Place>,
    /// How many bytes belong to things that are at rest, and how many things these are.
    resting: (usize, usize),
}

/// Where a thing lies: in which segment, by its number, and where there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    segment: u16,
    at: u16,
}

impl Log {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            segment: (bytes / SEGMENTS).min(SEGMENT),
            segments: VecDeque::new(),
            first: 0,
            table: HashTable::new(),
            resting: (0, 0),
        }
    }

    /// How many things rest.
    pub(super) fn at_rest(&self) -> usize {
        self.resting.1
    }

    /// Lays a thing at the end, in the place of one with the same name. Returns how many were given up for it.
    pub(super) fn lay(
        &mut self,
        name: &Sha256,
        thing: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> usize {
        self.forget(name);
        if until <= now {
            return 0;
        }
        if thing.len() > LONGEST || HEAD + thing.len() > self.segment {
            return 1;
        }
        let mut given_up = 0;
        loop {
            if self.append(name, thing, until).is_some() {
                break;
            }
            // Each round takes one segment away or adds one, and what stays of the oldest fits into the newest.
            if self.has_room() {
                self.segments.push_back(Segment::new(self.segment));
            } else {
                given_up += self.give_up_the_oldest(now);
            }
        }
        // The table may have grown.
        while self.segments.len() > FEWEST && self.taken() > self.bytes {
            given_up += self.give_up_the_oldest(now);
        }
        given_up
    }

    pub(super) fn holds(&self, name: &Sha256) -> bool {
        self.find(name).is_some()
    }

    /// Looks at a thing that has not ended, and leaves it there, in use.
    pub(super) fn wake<T>(
        &mut self,
        name: &Sha256,
        now: Timestamp,
        look: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let place = self.find(name)?;
        let head = self.head(place).filter(|head| now < head.until)?;
        let seen = look(self.at(place)?.thing(place.at.into())?)?;
        if head.state == State::AtRest {
            self.uncount(head);
            self.mark(place, State::Awake);
        }
        Some(seen)
    }

    /// A thing that was in use rests again, if it is there: at the end, if it would be given up before long where it
    /// lies. Returns how many were given up for it.
    pub(super) fn rest_again(&mut self, name: &Sha256, now: Timestamp) -> Option<usize> {
        let place = self.find(name)?;
        let head = self.head(place).filter(|head| head.state == State::Awake)?;
        if self.stays_long(place) {
            self.mark(place, State::AtRest);
            self.count(head.length);
            return Some(0);
        }
        let thing = Zeroizing::new(self.at(place)?.thing(place.at.into())?.to_vec());
        Some(self.lay(name, &thing, head.until, now))
    }

    /// Forgets a thing, and wipes it.
    pub(super) fn forget(&mut self, name: &Sha256) {
        let Some(place) = self.find(name) else { return };
        if let Some(head) = self.head(place) {
            self.uncount(head);
        }
        self.mark(place, State::Dead);
        self.drop_place(name, place);
    }

    /// Whether there is room still, or it lies among the newer half.
    fn stays_long(&self, place: Place) -> bool {
        let behind = usize::from(place.segment.wrapping_sub(self.first));
        self.has_room() || behind * 2 >= self.segments.len()
    }

    /// Whether one more segment fits into the room.
    fn has_room(&self) -> bool {
        let segments = self.segments.len() + 1;
        segments <= FEWEST || (segments <= MOST && self.taken() + self.segment <= self.bytes)
    }

    /// How many bytes it has taken.
    fn taken(&self) -> usize {
        self.segments.len() * self.segment + self.table.allocation_size()
    }

    /// Gives the oldest segment back. What rests in it stays if there is much else that nobody needs, and is given
    /// up otherwise; what is in use has nothing to fear: it comes again.
    fn give_up_the_oldest(&mut self, now: Timestamp) -> usize {
        let stays = self.resting.0 * 4 < self.segments.len() * self.segment * 3;
        let Some(oldest) = self.segments.pop_front() else { return 0 };
        let number = self.first;
        self.first = self.first.wrapping_add(1);
        let mut given_up = 0;
        for (at, head) in oldest.heads().filter(|(_, head)| head.state != State::Dead) {
            let Ok(at) = u16::try_from(at) else { continue };
            self.uncount(head);
            self.drop_place(&head.name, Place { segment: number, at });
            let good = head.state == State::AtRest && now < head.until;
            let thing = oldest.thing(at.into()).filter(|_| good && stays);
            let kept = thing.and_then(|thing| self.move_on(&head, thing));
            given_up += usize::from(good && kept.is_none());
        }
        given_up
    }

    /// To the end, where the segment that is being given back has left room.
    fn move_on(&mut self, head: &Head, thing: &[u8]) -> Option<()> {
        self.append(&head.name, thing, head.until).or_else(|| {
            self.segments.push_back(Segment::new(self.segment));
            self.append(&head.name, thing, head.until)
        })
    }

    /// Writes a thing at the end of the last segment, if there is room.
    fn append(&mut self, name: &Sha256, thing: &[u8], until: Timestamp) -> Option<()> {
        let behind = u16::try_from(self.segments.len().checked_sub(1)?).ok()?;
        let at = u16::try_from(self.segments.back_mut()?.write(name, until, thing)?).ok()?;
        let place = Place { segment: self.first.wrapping_add(behind), at };
        let Self { table, segments, first, .. } = self;
        let hash_of = |place: &Place| hash(&name_at(segments, *first, *place));
        table.insert_unique(hash(name), place, hash_of);
        self.count(thing.len());
        Some(())
    }

    fn find(&self, name: &Sha256) -> Option<Place> {
        let same = |place: &Place| name_at(&self.segments, self.first, *place) == *name;
        self.table.find(hash(name), same).copied()
    }

    fn drop_place(&mut self, name: &Sha256, place: Place) {
        let Self { table, segments, first, .. } = self;
        let hash_of = |place: &Place| hash(&name_at(segments, *first, *place));
        if let Entry::Occupied(entry) = table.entry(hash(name), |it| *it == place, hash_of) {
            entry.remove();
        }
    }

    fn at(&self, place: Place) -> Option<&Segment> {
        self.segments.get(usize::from(place.segment.wrapping_sub(self.first)))
    }

    fn head(&self, place: Place) -> Option<Head> {
        self.at(place)?.head(place.at.into())
    }

    fn mark(&mut self, place: Place, state: State) {
        let segment = usize::from(place.segment.wrapping_sub(self.first));
        if let Some(segment) = self.segments.get_mut(segment) {
            segment.mark(place.at.into(), state);
        }
    }

    /// One more at rest, of so many bytes.
    fn count(&mut self, length: usize) {
        self.resting.0 += HEAD + length;
        self.resting.1 += 1;
    }

    /// One less at rest, if it was.
    fn uncount(&mut self, head: Head) {
        if head.state == State::AtRest {
            self.resting.0 -= HEAD + head.length;
            self.resting.1 -= 1;
        }
    }
}

/// The name of the thing there; no thing's name if there is none.
fn name_at(segments: &VecDeque<Segment>, first: u16, place: Place) -> Sha256 {
    let segment = segments.get(usize::from(place.segment.wrapping_sub(first)));
    let head = segment.and_then(|segment| segment.head(place.at.into()));
    head.map_or(Sha256::from_bytes([0; 32]), |head| head.name)
}

/// Names are digests already: their first bytes are as random as any hash.
fn hash(name: &Sha256) -> u64 {
    let (first, _) = name.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    FixedState::default().hash_one(u64::from_ne_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use stead_proto::digest::sha256;
    use stead_proto::time::Seconds;

    const START: Timestamp = Timestamp::from_secs(1000);
    const END: Timestamp = Timestamp::from_secs(2000);

    fn name(number: usize) -> Sha256 {
        sha256(&number.to_le_bytes())
    }

    fn found(log: &mut Log, number: usize, now: Timestamp) -> Option<Vec<u8>> {
        log.wake(&name(number), now, |thing| Some(thing.to_vec()))
    }

    #[test]
    fn a_thing_is_found_until_it_ends_or_is_forgotten() {
        let mut log = Log::new(10_000);
        for number in 0..3_u8 {
            assert_eq!(log.lay(&name(number.into()), &[number], END, START), 0);
        }
        assert_eq!(found(&mut log, 1, START), Some(vec![1]));
        assert_eq!(found(&mut log, 1, END), None);
        log.forget(&name(1));
        assert_eq!(found(&mut log, 1, START), None);
        assert_eq!(found(&mut log, 2, START), Some(vec![2]));
        assert_eq!(log.lay(&name(2), b"new", END, START), 0);
        assert_eq!(found(&mut log, 2, START), Some(b"new".to_vec()));
    }

    #[test]
    fn the_room_is_kept_to_and_the_oldest_go_first() {
        let mut log = Log::new(100_000);
        let given_up: usize =
            (0..5_000).map(|number| log.lay(&name(number), &[7; 60], END, START)).sum();
        assert!(log.taken() <= 100_000, "{}", log.taken());
        assert!(log.at_rest() > 800, "{}", log.at_rest());
        assert_eq!(given_up + log.at_rest(), 5_000);
        let kept = |number: &usize| log.holds(&name(*number));
        assert_eq!((0..5_000).find(kept), Some(5_000 - log.at_rest()));
        assert!((5_000 - log.at_rest()..5_000).all(|number| log.holds(&name(number))));
    }

    #[test]
    fn what_was_in_use_last_stays_longest() {
        let mut log = Log::new(100_000);
        for number in 0..5_000 {
            log.lay(&name(number), &[7; 60], END, START);
            // The first one is asked for again and again.
            assert!(found(&mut log, 0, START).is_some(), "{number}");
            assert!(log.rest_again(&name(0), START).is_some());
        }
        assert_eq!(log.rest_again(&name(0), START), None);
    }

    #[test]
    fn what_ended_or_is_forgotten_makes_room() {
        let mut log = Log::new(100_000);
        for round in 0..50 {
            let now = Timestamp::from_secs(round * 10);
            let lay = |number| log.lay(&name(number), &[7; 60], now + Seconds(10), now);
            assert_eq!((0..400).map(lay).sum::<usize>(), 0, "{round}");
            (0..100).for_each(|number| log.forget(&name(number)));
        }
        assert_eq!(log.lay(&name(0), &vec![0; 20_000], END, START), 1);
    }

    fn found_as_expected(
        log: &mut Log,
        model: &HashMap<usize, (Vec<u8>, Timestamp)>,
        number: usize,
        now: Timestamp,
    ) -> bool {
        let Some(thing) = found(log, number, now) else { return false };
        let (expected, until) = &model[&number];
        assert_eq!(&thing, expected);
        assert!(now < *until);
        true
    }

    /// A map that forgets nothing says what may be found; whatever is found is that.
    #[test]
    fn whatever_is_done_with_it_it_never_gives_anything_but_what_was_laid_there_last() {
        let mut random = fastrand::Rng::with_seed(11);
        let (mut log, mut model) = (Log::new(30_000), HashMap::new());
        let (mut now, mut hits) = (START, 0);
        for step in 0..200_000_u32 {
            let number = random.usize(..400);
            match random.u8(..10) {
                0..=2 => {
                    let thing = [&step.to_le_bytes()[..], &vec![1; random.usize(..150)]].concat();
                    let until = now + Seconds(random.u32(1..400));
                    log.lay(&name(number), &thing, until, now);
                    model.insert(number, (thing, until));
                }
                3 => {
                    log.forget(&name(number));
                    model.remove(&number);
                }
                4..=5 => _ = log.rest_again(&name(number), now),
                6 => now = now + Seconds(random.u32(..2)),
                _ => hits += u32::from(found_as_expected(&mut log, &model, number, now)),
            }
            assert!(log.taken() <= 30_000);
        }
        assert!(hits > 10_000, "{hits}");
        let (bytes, things) = log.resting;
        let at_rest = log.segments.iter().flat_map(Segment::heads);
        let at_rest: Vec<_> = at_rest.filter(|(_, head)| head.state == State::AtRest).collect();
        assert_eq!(things, at_rest.len());
        assert_eq!(bytes, at_rest.iter().map(|(_, head)| HEAD + head.length).sum::<usize>());
    }
}
