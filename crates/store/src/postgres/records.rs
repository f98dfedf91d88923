//! The chains of records and their heads.
//!
//! Only the trace has an index beside the chain itself: every further one is paid for by every token. A
//! question about a subject or a client walks each chain from its end until it has enough, on a connection of
//! its own.

use super::connection::Connection;
use super::fault::{Fault, Halt};
use super::scoped::{Scoped, Value, count};
use crate::facets::Facets;
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, RecordQuery};
use stead_core::commit::{Conflict, Receipt};
use stead_core::record::Record;
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;
use tokio_postgres::Row;

/// The end of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    chain: Chain,
    end: End,
    latest: Timestamp,
}

impl Head {
    /// Before the first record of a chain.
    pub(super) fn start(chain: Chain) -> Self {
        Self { chain, end: chain.start(), latest: Timestamp::default() }
    }

    /// After the last record that is no longer kept.
    pub(super) fn at(chain: Chain, base: End) -> Self {
        Self { chain, end: base, latest: Timestamp::default() }
    }

    /// The head after one more record.
    pub(super) fn after(&self, json: &str, at: Timestamp) -> Self {
        Self { end: self.end.after(json), latest: self.latest.max(at), ..*self }
    }

    /// What whoever wrote the last record is given.
    pub(super) fn receipt(&self) -> Receipt {
        let End { seq, hash } = self.end;
        Receipt { chain: self.chain, seq, hash }
    }
}

/// Records to be appended together: a column each, as the statement takes them.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    tenants: Vec<i64>,
    seqs: Vec<i64>,
    instants: Vec<i64>,
    traces: Vec<&'a str>,
    subjects: Vec<Option<&'a str>>,
    clients: Vec<Option<&'a str>>,
    denials: Vec<bool>,
    hashes: Vec<Vec<u8>>,
    texts: Vec<&'a str>,
}

/// Appends all of them to one chain a tenant. A place that is taken refuses them.
pub(super) const APPEND: &str = "
    INSERT INTO records (tenant, chain, seq, at, trace, subject, client, denied, hash, json)
    SELECT tenant, $1::bigint, seq, at, trace, subject, client, denied, hash, json
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                $8::boolean[], $9::bytea[], $10::text[])
    AS record (tenant, seq, at, trace, subject, client, denied, hash, json)";

pub(super) const PUT_HEADS: &str = "
    INSERT INTO chain_heads (tenant, chain, seq, hash, at)
    SELECT tenant, $1::bigint, seq, hash, at
    FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[])
    AS head (tenant, seq, hash, at)
    ON CONFLICT (tenant, chain) DO UPDATE
    SET seq = excluded.seq, hash = excluded.hash, at = excluded.at";

/// The rule that no place is taken twice.
pub(super) const ONE_A_PLACE: &str = "records_pkey";

impl<'a> Rows<'a> {
    /// Adds the record that made `head` the head.
    pub(super) fn add(&mut self, tenant: i64, head: &Head, json: &'a str, record: &'a Record) {
        self.tenants.push(tenant);
        self.seqs.push(head.end.seq.cast_signed());
        self.instants.push(head.latest.millis());
        let about = Facets::of(record);
        self.traces.push(about.trace.as_str());
        self.subjects.push(about.subject.map(AsRef::as_ref));
        self.clients.push(about.client.map(AsRef::as_ref));
        self.denials.push(about.denied);
        self.hashes.push(head.end.hash.as_bytes().to_vec());
        self.texts.push(json);
    }

    /// Appends them.
    pub(super) async fn append(&self, db: &Connection, chain: Chain) -> Result<(), Fault> {
        if self.tenants.is_empty() {
            return Ok(());
        }
        db.run(
            APPEND,
            &[
                &i64::from(chain.0),
                &self.tenants,
                &self.seqs,
                &self.instants,
                &self.traces,
                &self.subjects,
                &self.clients,
                &self.denials,
                &self.hashes,
                &self.texts,
            ],
        )
        .await?;
        Ok(())
    }
}

/// Keeps the ends of one chain in several tenants.
pub(super) async fn put_heads(
    db: &Connection,
    chain: Chain,
    heads: impl Iterator<Item = (i64, Head)>,
) -> Result<(), Fault> {
    let (mut tenants, mut seqs, mut hashes, mut instants) = (vec![], vec![], vec![], vec![]);
    for (tenant, head) in heads {
        tenants.push(tenant);
        seqs.push(head.end.seq.cast_signed());
        hashes.push(head.end.hash.as_bytes().to_vec());
        instants.push(head.latest.millis());
    }
    if tenants.is_empty() {
        return Ok(());
    }
    db.run(PUT_HEADS, &[&i64::from(chain.0), &tenants, &seqs, &hashes, &instants]).await?;
    Ok(())
}

/// The end of one chain.
pub(super) async fn head(db: Scoped<'_>, chain: Chain) -> Result<Option<Head>, Fault> {
    let sql = "SELECT chain, seq, hash, at FROM chain_heads WHERE tenant = $1 AND chain = $2";
    db.row(sql, &[&i64::from(chain.0)], read_head).await
}

/// The ends of all chains.
pub(super) async fn ends(db: Scoped<'_>) -> Result<Vec<ChainEnds>, Fault> {
    let sql = "SELECT head.chain, head.seq, head.hash, base.seq, base.hash FROM chain_heads AS head
               LEFT JOIN chain_bases AS base
               ON base.tenant = head.tenant AND base.chain = head.chain
               WHERE head.tenant = $1 ORDER BY head.chain";
    db.rows(sql, &[], |row| {
        let chain = chain_in(row, 0)?;
        let is_whole = row.try_get::<_, Option<i64>>(3)?.is_none();
        let base = if is_whole { chain.start() } else { end_in(row, 3)? };
        Ok(ChainEnds { chain, base, head: end_in(row, 1)? })
    })
    .await
}

/// Says that a chain begins after a record that is not kept.
pub(super) async fn put_base(db: Scoped<'_>, chain: Chain, base: End) -> Result<(), Fault> {
    let sql = "INSERT INTO chain_bases (tenant, chain, seq, hash) VALUES ($1, $2, $3, $4)";
    let (chain, seq) = (i64::from(chain.0), base.seq.cast_signed());
    db.run(sql, &[&chain, &seq, &base.hash.as_bytes().as_slice()]).await?;
    Ok(())
}

/// Takes away the records of a chain up to this one. Another node may be about to do the same.
pub(super) async fn cut(db: Scoped<'_>, chain: Chain, through: End) -> Result<(), Halt> {
    let (chain, seq) = (i64::from(chain.0), through.seq.cast_signed());
    let hash = through.hash.as_bytes().as_slice();
    let moved = db
        .run(
            "INSERT INTO chain_bases (tenant, chain, seq, hash)
             SELECT tenant, chain, seq, hash FROM records
             WHERE tenant = $1 AND chain = $2 AND seq = $3 AND hash = $4
             ON CONFLICT (tenant, chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
             WHERE chain_bases.seq < excluded.seq",
            &[&chain, &seq, &hash],
        )
        .await?;
    if moved == 0 {
        return Err(Conflict::Changed.into());
    }
    let sql = "DELETE FROM records WHERE tenant = $1 AND chain = $2 AND seq <= $3";
    db.run(sql, &[&chain, &seq]).await?;
    Ok(())
}

fn read_head(row: &Row) -> Result<Head, Fault> {
    let latest = Timestamp::from_millis(row.try_get(3)?);
    Ok(Head { chain: chain_in(row, 0)?, end: end_in(row, 1)?, latest })
}

/// The chain whose number is in a column.
pub(super) fn chain_in(row: &Row, column: usize) -> Result<Chain, Fault> {
    let number: i64 = row.try_get(column)?;
    Ok(Chain(u32::try_from(number).map_err(|_| Fault::NotWhatItShouldBe("a chain"))?))
}

/// The number and the hash in a column and the next.
fn end_in(row: &Row, column: usize) -> Result<End, Fault> {
    let seq: i64 = row.try_get(column)?;
    Ok(End { seq: seq.cast_unsigned(), hash: hash_in(row, column + 1)? })
}

/// The hash in a column.
pub(super) fn hash_in(row: &Row, column: usize) -> Result<Sha256, Fault> {
    let bytes: &[u8] = row.try_get(column)?;
    Ok(Sha256::from_bytes(bytes.try_into().map_err(|_| Fault::NotWhatItShouldBe("a hash"))?))
}

/// Ascending in one chain.
const ASCENDING: &str = "
    SELECT chain, seq, hash, json FROM records
    WHERE tenant = $1 AND chain = $2 AND seq > $3 AND ($4::text IS NULL OR subject = $4)
    AND ($5::text IS NULL OR client = $5) AND (denied OR NOT $6) ORDER BY seq LIMIT $7";

/// The same of one request.
const ASCENDING_OF_ONE: &str = "
    SELECT chain, seq, hash, json FROM records
    WHERE tenant = $1 AND chain = $2 AND seq > $3 AND ($4::text IS NULL OR subject = $4)
    AND ($5::text IS NULL OR client = $5) AND (denied OR NOT $6) AND trace = $8
    ORDER BY seq LIMIT $7";

/// Newest first over all chains: of each as many as are wanted, and of those the newest.
const NEWEST: &str = "
    SELECT record.chain, seq, hash, json FROM
    (SELECT tenant, chain FROM chain_heads WHERE tenant = $1) AS head
    CROSS JOIN LATERAL
    (SELECT chain, seq, at, hash, json FROM records
     WHERE tenant = head.tenant AND chain = head.chain AND ($2::text IS NULL OR subject = $2)
     AND ($3::text IS NULL OR client = $3) AND (denied OR NOT $4) ORDER BY seq DESC LIMIT $5) AS record
    ORDER BY at DESC, chain, seq DESC LIMIT $5";

/// The same of one request.
const NEWEST_OF_ONE: &str = "
    SELECT chain, seq, hash, json FROM records
    WHERE tenant = $1 AND ($2::text IS NULL OR subject = $2) AND ($3::text IS NULL OR client = $3)
    AND (denied OR NOT $4) AND trace = $6 ORDER BY at DESC, chain, seq DESC LIMIT $5";

pub(super) async fn find(db: Scoped<'_>, query: &RecordQuery) -> Result<Vec<ChainedRecord>, Fault> {
    let subject = query.subject.as_ref().map(AsRef::<str>::as_ref);
    let client = query.client.as_ref().map(AsRef::<str>::as_ref);
    let (denied, limit) = (query.denied_only, count(query.limit));
    let trace = query.trace_id.as_ref().map(AsRef::<str>::as_ref);
    let Some(after) = query.after else {
        let values: [Value<'_>; 5] = [&subject, &client, &denied, &limit, &trace];
        return match trace {
            Some(_) => db.rows(NEWEST_OF_ONE, &values, read).await,
            None => db.rows(NEWEST, values.get(..4).unwrap_or_default(), read).await,
        };
    };
    let (chain, seq) = (i64::from(after.chain.0), i64::try_from(after.seq).unwrap_or(i64::MAX));
    let values: [Value<'_>; 7] = [&chain, &seq, &subject, &client, &denied, &limit, &trace];
    match trace {
        Some(_) => db.rows(ASCENDING_OF_ONE, &values, read).await,
        None => db.rows(ASCENDING, values.get(..6).unwrap_or_default(), read).await,
    }
}

fn read(row: &Row) -> Result<ChainedRecord, Fault> {
    let End { seq, hash } = end_in(row, 1)?;
    Ok(ChainedRecord { chain: chain_in(row, 0)?, seq, hash, json: row.try_get(3)? })
}
