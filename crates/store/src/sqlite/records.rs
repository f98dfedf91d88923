//! The chain of records: its head, what a transaction appends to it, and how records are found.
//!
//! There is no index but the order of the chain: every further one is paid for by every token. A search
//! walks the marks of all segments, on a connection of its own, and reads the texts of those that may fit.

use super::fault::{Fault, Halt};
use super::marks::{Mark, Wanted};
use super::scoped::Scoped;
use super::segment::{Segment, Text, Texts};
use crate::facets::Facets;
use std::ops::ControlFlow;
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, Place, RecordQuery};
use stead_core::commit::{Conflict, Receipt};
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;

/// How many bits of a place are the record's number; the rest is the tenant's.
const SEQ_BITS: u32 = 40;
pub(super) const LAST_SEQ: u64 = (1 << SEQ_BITS) - 1;

/// The end of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    end: End,
    latest: Timestamp,
}

impl Head {
    /// Before the first record.
    pub(super) fn genesis() -> Self {
        Self { end: Chain::FIRST.start(), latest: Timestamp::default() }
    }

    fn after(&self, json: &str, at: Timestamp) -> Self {
        Self { end: self.end.after(json), latest: self.latest.max(at) }
    }

    /// The latest instant on the chain.
    pub(super) fn latest(&self) -> Timestamp {
        self.latest
    }

    fn receipt(&self) -> Receipt {
        let End { seq, hash } = self.end;
        Receipt { chain: Chain::FIRST, seq, hash }
    }

    /// At the beginning of what is kept of a chain.
    pub(super) fn at(base: End) -> Self {
        Self { end: base, latest: Timestamp::default() }
    }
}

/// A chain while a transaction appends to it.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) head: Head,
    segment: Segment,
}

impl Tail {
    pub(super) fn new(head: Head) -> Self {
        Self { head, segment: Segment::default() }
    }

    /// Appends a record.
    pub(super) fn append(
        &mut self,
        db: Scoped<'_>,
        (json, mark): (&str, Mark),
        at: Timestamp,
    ) -> Result<Receipt, Fault> {
        self.head = self.head.after(json, at);
        self.segment.push(self.head.end, at, mark, json);
        if self.segment.is_full() {
            std::mem::take(&mut self.segment).write(db)?;
        }
        Ok(self.head.receipt())
    }

    /// Puts on file what was appended, and the head beside it.
    pub(super) fn write(&self, db: Scoped<'_>) -> Result<(), Fault> {
        self.segment.write(db)?;
        let Head { end, latest } = &self.head;
        db.run(
            "INSERT OR REPLACE INTO chain_heads (tenant, seq, hash, at) VALUES (?1, ?2, ?3, ?4)",
            &[&end.seq.cast_signed(), end.hash.as_bytes(), &latest.millis()],
        )?;
        Ok(())
    }
}

pub(super) fn head(db: Scoped<'_>) -> Result<Option<Head>, Fault> {
    db.row("SELECT seq, hash, at FROM chain_heads WHERE tenant = ?1", &[], |row| {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        let end = End { seq, hash: Sha256::from_bytes(row.get(1)?) };
        Ok(Head { end, latest: Timestamp::from_millis(row.get(2)?) })
    })
}

/// Both ends of the chain.
pub(super) fn ends(db: Scoped<'_>) -> Result<Option<ChainEnds>, Fault> {
    let Some(Head { end: head, .. }) = head(db)? else { return Ok(None) };
    Ok(Some(ChainEnds { chain: Chain::FIRST, base: base(db)?, head }))
}

fn base(db: Scoped<'_>) -> Result<End, Fault> {
    let sql = "SELECT seq, hash FROM chain_bases WHERE tenant = ?1";
    let kept = db.row(sql, &[], |row| {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        Ok(End { seq, hash: Sha256::from_bytes(row.get(1)?) })
    })?;
    Ok(kept.unwrap_or_else(|| Chain::FIRST.start()))
}

pub(super) fn put_base(db: Scoped<'_>, base: End) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO chain_bases (tenant, seq, hash) VALUES (?1, ?2, ?3)";
    db.run(sql, &[&base.seq.cast_signed(), base.hash.as_bytes()])?;
    Ok(())
}

/// Takes away the records up to this one. A segment stays until all of it may go; what of it is not kept is
/// no longer found.
pub(super) fn cut(db: Scoped<'_>, chain: Chain, through: End) -> Result<(), Halt> {
    let before = Place { chain, seq: through.seq.saturating_sub(1) };
    let query = RecordQuery { after: Some(before), limit: 1, ..RecordQuery::default() };
    let last = find(db, &query)?.pop().filter(|last| last.seq == through.seq);
    if last.is_none_or(|last| last.hash != through.hash) {
        return Err(Conflict::Changed.into());
    }
    put_base(db, through)?;
    let sql = "DELETE FROM segments WHERE place > ?1 << 40 AND place <= (?1 << 40) + ?2";
    db.run(sql, &[&through.seq.cast_signed()])?;
    Ok(())
}

pub(super) fn find(db: Scoped<'_>, query: &RecordQuery) -> Result<Vec<ChainedRecord>, Fault> {
    let mut found = Vec::new();
    if query.limit == 0 || query.after.is_some_and(|after| after.chain != Chain::FIRST) {
        return Ok(found);
    }
    let search = Search { query, base: base(db)?.seq, wanted: Wanted::by(query) };
    let after = search.after().min(LAST_SEQ).cast_signed();
    db.walk(search.sql(), &[&after], |row| {
        let marks = row.get_ref(1)?.as_blob().unwrap_or_default();
        let may_have = || Mark::all_in(marks).any(|mark| search.wanted.may_be(mark));
        if search.wanted.is_everything() || may_have() {
            found.extend(search.in_segment(db, row.get(0)?, marks)?);
        }
        found.truncate(query.limit);
        Ok(if found.len() < query.limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(found)
}

/// What is looked for.
struct Search<'a> {
    query: &'a RecordQuery,
    /// The last record that is no longer kept.
    base: u64,
    wanted: Wanted,
}

impl Search<'_> {
    fn after(&self) -> u64 {
        self.query.after.map_or(0, |after| after.seq).max(self.base)
    }

    /// Segments are walked in the order of the answer.
    fn sql(&self) -> &'static str {
        if self.query.after.is_some() {
            "SELECT place, marks FROM segments
             WHERE place > (?1 << 40) + ?2 AND place < (?1 + 1) << 40 ORDER BY place ASC"
        } else {
            "SELECT place, marks FROM segments
             WHERE place > (?1 << 40) + ?2 AND place < (?1 + 1) << 40 ORDER BY place DESC"
        }
    }

    /// What of a segment is wanted, in the order of the answer.
    fn in_segment(
        &self,
        db: Scoped<'_>,
        place: i64,
        marks: &[u8],
    ) -> Result<Vec<ChainedRecord>, Fault> {
        let sql = "SELECT texts FROM segments WHERE place = ?2 AND place >> 40 = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            let texts = Texts(row.get_ref(0)?.as_blob().unwrap_or_default());
            let marked = texts.zip(Mark::all_in(marks));
            Ok(marked.filter_map(|(text, mark)| self.wants(text, mark)).collect())
        };
        let mut found: Vec<ChainedRecord> = db.row(sql, &[&place], read)?.unwrap_or_default();
        if self.query.after.is_none() {
            found.reverse();
        }
        Ok(found)
    }

    fn wants(&self, text: Text<'_>, mark: Mark) -> Option<ChainedRecord> {
        if text.end.seq <= self.after() || !self.wanted.may_be(mark) {
            return None;
        }
        let record = text.record();
        if self.wanted.is_everything() {
            return Some(record);
        }
        let fits = record.record().is_some_and(|record| Facets::of(&record).fit(self.query));
        fits.then_some(record)
    }
}
