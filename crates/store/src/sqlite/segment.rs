//! Records in a row of one: those of a transaction, or of several that were merged.
//!
//! Their texts are one blob, each with its number and hash before it, so that a record that is edited or
//! taken out is noticed by its number. What a search looks at first, their marks, comes before it.

use super::fault::Fault;
use super::marks::Mark;
use super::records::LAST_SEQ;
use super::scoped::Scoped;
use rusqlite::Row;
use stead_core::chain::{Chain, ChainedRecord, End};
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;

/// How many records a segment has at most.
pub(super) const FULL: usize = 256;

/// A segment while it grows.
#[derive(Debug, Default)]
pub(super) struct Segment {
    last: Option<End>,
    latest: Timestamp,
    records: usize,
    marks: Vec<u8>,
    texts: Vec<u8>,
}

impl Segment {
    /// Adds the record that ends the chain now.
    pub(super) fn push(&mut self, end: End, at: Timestamp, mark: Mark, json: &str) {
        self.last = Some(end);
        self.latest = self.latest.max(at);
        self.records += 1;
        self.marks.extend_from_slice(mark.bytes());
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
        self.texts.extend_from_slice(&end.seq.to_be_bytes());
        self.texts.extend_from_slice(end.hash.as_bytes());
        self.texts.extend_from_slice(&length.to_be_bytes());
        self.texts.extend_from_slice(json.as_bytes());
    }

    /// Adds all records of one on file, which comes next: a row of its place, hash, instant, marks and texts.
    /// Adds nothing, and says no, if it is not as it was written.
    pub(super) fn absorb(&mut self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let seq = row.get::<_, i64>(0)?.cast_unsigned() & LAST_SEQ;
        let last = End { seq, hash: Sha256::from_bytes(row.get(1)?) };
        let (marks, texts): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
        let mut records = Texts(&texts);
        let ends: Vec<End> = records.by_ref().map(|text| text.end).collect();
        if !records.0.is_empty() || ends.last() != Some(&last) || !Mark::are(ends.len(), &marks) {
            return Ok(false);
        }
        self.last = Some(last);
        self.latest = self.latest.max(Timestamp::from_millis(row.get(2)?));
        self.records += ends.len();
        self.marks.extend(marks);
        self.texts.extend(texts);
        Ok(true)
    }

    pub(super) fn len(&self) -> usize {
        self.records
    }

    pub(super) fn is_full(&self) -> bool {
        self.records >= FULL
    }

    /// Puts it on file, if there is anything in it.
    pub(super) fn write(&self, db: Scoped<'_>) -> Result<(), Fault> {
        let Some(last) = self.last else { return Ok(()) };
        db.run(
            "INSERT INTO segments (place, hash, at, marks, texts)
             VALUES ((?1 << 40) + ?2, ?3, ?4, ?5, ?6)",
            &[
                &last.seq.cast_signed(),
                last.hash.as_bytes(),
                &self.latest.millis(),
                &self.marks,
                &self.texts,
            ],
        )?;
        Ok(())
    }
}

/// The records of a segment on file, as far as they can be made out.
#[derive(Debug)]
pub(super) struct Texts<'a>(pub(super) &'a [u8]);

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) end: End,
    json: &'a [u8],
}

impl<'a> Iterator for Texts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let (seq, rest) = self.0.split_first_chunk()?;
        let (hash, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (json, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        let end = End { seq: u64::from_be_bytes(*seq), hash: Sha256::from_bytes(*hash) };
        Some(Text { end, json })
    }
}

impl Text<'_> {
    /// The record. What somebody made of its text that is no text any more, does not fit its hash.
    pub(super) fn record(&self) -> ChainedRecord {
        ChainedRecord {
            chain: Chain::FIRST,
            seq: self.end.seq,
            hash: self.end.hash,
            json: String::from_utf8_lossy(self.json).into_owned(),
        }
    }
}
