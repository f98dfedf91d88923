//! Chains of records: each record's hash covers the one before it, so that none can be edited or taken away.
//!
//! Whoever writes has a chain of their own, and nobody else appends to it: the nodes of a cluster need not
//! wait for each other to know what came before. A store of one node has one chain.

use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::digest::{Sha256, sha256};
use stead_proto::id::{ClientId, Subject, TraceId};

/// Which chain, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chain(pub u32);

impl Chain {
    /// The chain of a store with one writer, and of the first node of a cluster.
    pub const FIRST: Self = Self(1);

    /// The hash before its first record. It differs from chain to chain, so that no record can be moved.
    #[must_use]
    pub fn genesis(self) -> Sha256 {
        match self {
            Self::FIRST => sha256(b"stead record chain"),
            Self(number) => sha256(format!("stead record chain {number}").as_bytes()),
        }
    }

    /// Where it is before its first record.
    #[must_use]
    pub fn start(self) -> End {
        End { seq: 0, hash: self.genesis() }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// In which chain.
    pub chain: Chain,
    /// Its number there, from 1.
    pub seq: u64,
}

impl Place {
    /// Before the first record of a chain.
    #[must_use]
    pub fn before_all(chain: Chain) -> Self {
        Self { chain, seq: 0 }
    }
}

/// Where a record came to stand in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// In which chain.
    pub chain: Chain,
    /// Its number there, from 1.
    pub seq: u64,
    /// Its hash, over the hash before it.
    pub hash: Sha256,
}

/// As far as a chain goes, or from where on it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The number of the record there; 0 is before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: Sha256,
}

impl End {
    /// The end after one more record.
    #[must_use]
    pub fn after(&self, json: &str) -> Self {
        let seq = self.seq + 1;
        Self { seq, hash: link(&self.hash, seq, json) }
    }
}

/// Both ends of a chain as they are kept beside it, so that a missing part is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEnds {
    /// Which chain.
    pub chain: Chain,
    /// The last record that is no longer kept; its start, as long as all are.
    pub base: End,
    /// The last record.
    pub head: End,
}

/// A record at its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainedRecord {
    /// In which chain.
    pub chain: Chain,
    /// Its number there, from 1.
    pub seq: u64,
    /// Its hash.
    pub hash: Sha256,
    /// The record exactly as it was hashed.
    pub json: String,
}

impl ChainedRecord {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { chain: self.chain, seq: self.seq }
    }
}

/// The hash of a record: over the hash before it, its number and its text.
#[must_use]
pub fn link(before: &Sha256, seq: u64, json: &str) -> Sha256 {
    sha256(&[before.as_bytes().as_slice(), &seq.to_be_bytes(), json.as_bytes()].concat())
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The record of this place is gone.
    Missing(Place),
    /// The record of this place is not what was written.
    Edited(Place),
}

impl Break {
    /// Where.
    #[must_use]
    pub fn place(&self) -> Place {
        let (Self::Missing(place) | Self::Edited(place)) = self;
        *place
    }
}

/// Walks a part of a chain that begins after `end`; records in ascending order. Says how far it goes.
pub fn verify(chain: Chain, mut end: End, records: &[ChainedRecord]) -> Result<End, Break> {
    for record in records {
        let next = end.after(&record.json);
        let place = Place { chain, seq: next.seq };
        if record.place() != place {
            return Err(Break::Missing(place));
        }
        if record.hash != next.hash {
            return Err(Break::Edited(place));
        }
        end = next;
    }
    Ok(end)
}

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordQuery {
    /// Of this request only.
    pub trace_id: Option<TraceId>,
    /// About this user only.
    pub subject: Option<Subject>,
    /// Of this client only.
    pub client: Option<ClientId>,
    /// Refusals only.
    pub denied_only: bool,
    /// After this place, ascending in its chain; without it, of all chains, newest first.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

impl RecordQuery {
    /// Everything in a chain from its beginning, at most so many.
    #[must_use]
    pub fn all_of(chain: Chain, limit: usize) -> Self {
        Self { after: Some(Place::before_all(chain)), limit, ..Self::default() }
    }

    /// A chain from this number on, which is looked for too; as many as there are.
    #[must_use]
    pub fn from(chain: Chain, seq: u64) -> Self {
        let after = Some(Place { chain, seq: seq.saturating_sub(1) });
        Self { after, limit: usize::MAX, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(of: Chain, texts: &[&str]) -> Vec<ChainedRecord> {
        let mut end = of.start();
        let mut all = Vec::new();
        for text in texts {
            end = end.after(text);
            let json = (*text).to_owned();
            all.push(ChainedRecord { chain: of, seq: end.seq, hash: end.hash, json });
        }
        all
    }

    #[test]
    fn an_untouched_chain_verifies_and_an_edited_or_missing_record_is_found() {
        let (first, start) = (Chain::FIRST, Chain::FIRST.start());
        let place = Place { chain: first, seq: 2 };
        let whole = chain(first, &["a", "b", "c"]);
        assert_eq!(verify(first, start, &whole), Ok(End { seq: 3, hash: whole[2].hash }));

        let mut edited = whole.clone();
        edited[1].json = "B".into();
        assert_eq!(verify(first, start, &edited), Err(Break::Edited(place)));

        let mut shorter = whole;
        shorter.remove(1);
        assert_eq!(verify(first, start, &shorter), Err(Break::Missing(place)));
    }

    #[test]
    fn the_records_of_one_chain_do_not_pass_for_those_of_another() {
        let second = Chain(2);
        let mut moved = chain(Chain::FIRST, &["a"]);
        moved[0].chain = second;
        let place = Place { chain: second, seq: 1 };
        assert_eq!(verify(second, second.start(), &moved), Err(Break::Edited(place)));
        assert!(verify(second, second.start(), &chain(second, &["a"])).is_ok());
    }
}
