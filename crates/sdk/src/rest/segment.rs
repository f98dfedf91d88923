//! A stretch of memory with records, one behind the other.

use std::ops::Range;
use stead_proto::digest::Sha256;
use stead_proto::secret::Zeroizing;
use stead_proto::time::Timestamp;

/// Name, end, length and state, in front of each thing.
pub(super) const HEAD: usize = NAME + 4 + 2;
const NAME: usize = 32;

/// The highest two bits of a length say how it stands with the record.
const LENGTH: u16 = 0x3fff;
const AWAKE: u16 = 0x8000;
const DEAD: u16 = 0x4000;

/// How long a thing may be.
pub(super) const LONGEST: usize = LENGTH as usize;

/// A stretch of memory. It is wiped when it is given back.
#[derive(Debug)]
pub(super) struct Segment(Zeroizing<Vec<u8>>);

/// What is said of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) name: Sha256,
    pub(super) until: Timestamp,
    pub(super) state: State,
    pub(super) length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It rests.
    AtRest,
    /// Somebody has it in use.
    Awake,
    /// It is forgotten.
    Dead,
}

impl Segment {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    /// Writes a thing behind the others, and says where; nothing if there is no room.
    pub(super) fn write(&mut self, name: &Sha256, until: Timestamp, thing: &[u8]) -> Option<usize> {
        let at = self.0.len();
        if self.0.capacity() - at < HEAD + thing.len() {
            return None;
        }
        let length = u16::try_from(thing.len()).ok().filter(|length| *length <= LENGTH)?;
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(&seconds(until).to_ne_bytes());
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(thing);
        Some(at)
    }

    /// What is said of the thing there.
    pub(super) fn head(&self, at: usize) -> Option<Head> {
        let (name, rest) = self.0.get(at..)?.split_first_chunk::<NAME>()?;
        let (until, rest) = rest.split_first_chunk()?;
        let (length, _) = rest.split_first_chunk()?;
        let (until, length) = (u32::from_ne_bytes(*until), u16::from_ne_bytes(*length));
        Some(Head {
            name: Sha256::from_bytes(*name),
            until: Timestamp::from_secs(i64::from(until)),
            state: match length {
                length if length & DEAD != 0 => State::Dead,
                length if length & AWAKE != 0 => State::Awake,
                _ => State::AtRest,
            },
            length: usize::from(length & LENGTH),
        })
    }

    /// The thing there.
    pub(super) fn thing(&self, at: usize) -> Option<&[u8]> {
        self.0.get(Self::range(at, self.head(at)?.length))
    }

    /// Marks the thing there; of a dead one nothing is left.
    pub(super) fn mark(&mut self, at: usize, state: State) -> Option<()> {
        let length = self.head(at)?.length;
        let bit = match state {
            State::AtRest => 0,
            State::Awake => AWAKE,
            State::Dead => DEAD,
        };
        let written = u16::try_from(length).ok()? | bit;
        self.0.get_mut(at + NAME + 4..at + HEAD)?.copy_from_slice(&written.to_ne_bytes());
        if state == State::Dead {
            self.0.get_mut(Self::range(at, length))?.fill(0);
        }
        Some(())
    }

    /// Where each thing is, with what is said of it.
    pub(super) fn heads(&self) -> impl Iterator<Item = (usize, Head)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let head = self.head(at)?;
            let here = at;
            at += HEAD + head.length;
            Some((here, head))
        })
    }

    fn range(at: usize, length: usize) -> Range<usize> {
        at + HEAD..at + HEAD + length
    }
}

/// Until 2106.
fn seconds(until: Timestamp) -> u32 {
    u32::try_from(until.secs().max(0)).unwrap_or(u32::MAX)
}
