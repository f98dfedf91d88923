//! The chain of records and its head.
//!
//! Only `trace` has an index: every further one is paid for by every token (PERF: an index costs more than
//! the row). A question about a subject or a client walks the chain from its end until it has enough, on a
//! connection of its own; should that become too slow, an index is built behind the hot path, not on it.

use super::fault::Fault;
use super::scoped::Scoped;
use crate::facets::Facets;
use rusqlite::{Row, ToSql};
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, RecordQuery};
use stead_core::commit::Receipt;
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;

/// How many bits of a record's place are its number; the rest is the tenant's.
const SEQ_BITS: u32 = 40;
const LAST_SEQ: i64 = (1 << SEQ_BITS) - 1;

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

    /// The head after one more record.
    pub(super) fn after(&self, json: &str, at: Timestamp) -> Self {
        Self { end: self.end.after(json), latest: self.latest.max(at) }
    }

    /// The latest instant on the chain.
    pub(super) fn latest(&self) -> Timestamp {
        self.latest
    }

    /// What whoever wrote the last record is given.
    pub(super) fn receipt(&self) -> Receipt {
        let End { seq, hash } = self.end;
        Receipt { chain: Chain::FIRST, seq, hash }
    }

    /// The chain up to here.
    pub(super) fn ends(&self) -> ChainEnds {
        ChainEnds { chain: Chain::FIRST, base: Chain::FIRST.start(), head: self.end }
    }
}

/// Appends the record that made `head` the head.
pub(super) fn append(
    db: Scoped<'_>,
    head: &Head,
    facets: &Facets,
    json: &str,
) -> Result<(), Fault> {
    db.run(
        "INSERT INTO records (place, trace, subject, client, denied, hash, json)
         VALUES ((?1 << 40) + ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            &head.end.seq.cast_signed(),
            &facets.trace.as_str(),
            &facets.subject.as_ref().map(AsRef::<str>::as_ref),
            &facets.client.as_ref().map(AsRef::<str>::as_ref),
            &facets.denied,
            head.end.hash.as_bytes(),
            &json,
        ],
    )?;
    Ok(())
}

pub(super) fn put_head(db: Scoped<'_>, head: &Head) -> Result<(), Fault> {
    db.run(
        "INSERT OR REPLACE INTO chain_heads (tenant, seq, hash, at) VALUES (?1, ?2, ?3, ?4)",
        &[&head.end.seq.cast_signed(), head.end.hash.as_bytes(), &head.latest.millis()],
    )?;
    Ok(())
}

pub(super) fn head(db: Scoped<'_>) -> Result<Option<Head>, Fault> {
    db.row("SELECT seq, hash, at FROM chain_heads WHERE tenant = ?1", &[], |row| {
        Ok(Head {
            end: End {
                seq: row.get::<_, i64>(0)?.cast_unsigned(),
                hash: Sha256::from_bytes(row.get(1)?),
            },
            latest: Timestamp::from_millis(row.get(2)?),
        })
    })
}

pub(super) fn find(db: Scoped<'_>, query: &RecordQuery) -> Result<Vec<ChainedRecord>, Fault> {
    if query.after.is_some_and(|after| after.chain != Chain::FIRST) {
        return Ok(Vec::new());
    }
    let after = query.after.map_or(0, |after| i64::try_from(after.seq).unwrap_or(LAST_SEQ));
    let after = after.min(LAST_SEQ);
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let (trace, subject, client) = (
        query.trace_id.as_ref().map(AsRef::<str>::as_ref),
        query.subject.as_ref().map(AsRef::<str>::as_ref),
        query.client.as_ref().map(AsRef::<str>::as_ref),
    );
    let values: [&dyn ToSql; 6] = [&after, &limit, &trace, &subject, &client, &query.denied_only];
    db.rows(&sql(query), &values, read)
}

/// The statement differs in its order, and in whether it starts from the index.
fn sql(query: &RecordQuery) -> String {
    let by_trace = if query.trace_id.is_some() { "INDEXED BY records_by_trace" } else { "" };
    let one_trace = if query.trace_id.is_some() { "trace = ?4" } else { "?4 IS NULL" };
    let order = if query.after.is_some() { "ASC" } else { "DESC" };
    format!(
        "SELECT place, hash, json FROM records {by_trace}
         WHERE place > (?1 << 40) + ?2 AND place < (?1 + 1) << 40
         AND {one_trace} AND (?5 IS NULL OR subject = ?5) AND (?6 IS NULL OR client = ?6)
         AND (denied OR NOT ?7)
         ORDER BY place {order} LIMIT ?3"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<ChainedRecord> {
    let place: i64 = row.get(0)?;
    Ok(ChainedRecord {
        chain: Chain::FIRST,
        seq: (place & LAST_SEQ).cast_unsigned(),
        hash: Sha256::from_bytes(row.get(1)?),
        json: row.get(2)?,
    })
}
