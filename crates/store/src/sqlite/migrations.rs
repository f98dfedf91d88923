//! The file's versions, and how one becomes the next.

use super::fault::Fault;
use super::marks::Mark;
use super::records::LAST_SEQ;
use super::scoped::Scoped;
use super::segment::Segment;
use rusqlite::Connection;
use std::mem;
use stead_core::chain::End;
use stead_core::record::Record;
use stead_proto::digest::Sha256;

/// How version n-1 becomes version n, from 1: by a script, and by what a script cannot do.
const MIGRATIONS: [(&str, Option<Carry>); 6] = [
    (include_str!("../../migrations/sqlite/0001_init.sql"), None),
    (include_str!("../../migrations/sqlite/0002_factors.sql"), None),
    (include_str!("../../migrations/sqlite/0003_devices.sql"), None),
    (include_str!("../../migrations/sqlite/0004_segments.sql"), Some(carry_records)),
    (include_str!("../../migrations/sqlite/0005_bases.sql"), None),
    (include_str!("../../migrations/sqlite/0006_users_of_files.sql"), None),
];

/// Carries over what is on file.
type Carry = fn(&Connection) -> Result<(), Fault>;

/// Stands in the header of every database of ours: `Sted`.
const APPLICATION_ID: i64 = 0x5374_6564;

/// What a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Ours, of the latest version now.
    Ready,
    /// Somebody else's.
    NotOurs,
    /// Of a version that is not known here.
    Newer {
        /// Its version.
        found: i64,
        /// The latest known.
        known: i64,
    },
}

/// Brings a file to the latest version, if it is empty or ours. Each step is a transaction.
pub(super) fn migrate(db: &mut Connection) -> Result<Found, Fault> {
    if !is_ours(db)? && !is_empty(db)? {
        return Ok(Found::NotOurs);
    }
    let (version, known) = versions(db)?;
    if version > known {
        return Ok(Found::Newer { found: version, known });
    }
    for ((sql, carry), number) in MIGRATIONS.iter().zip(1..).filter(|(_, step)| *step > version) {
        let step = db.transaction()?;
        step.execute_batch(sql)?;
        carry.map_or(Ok(()), |carry| carry(&step))?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", number)?;
        step.commit()?;
    }
    Ok(Found::Ready)
}

/// Whether a file says that it is ours.
pub(super) fn is_ours(db: &Connection) -> Result<bool, Fault> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(application == APPLICATION_ID)
}

/// The version of a file, and the latest that is known.
pub(super) fn versions(db: &Connection) -> Result<(i64, i64), Fault> {
    let found = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((found, i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)))
}

fn is_empty(db: &Connection) -> Result<bool, Fault> {
    Ok(db.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?)
}

/// Puts the records, each of which had a row of its own, into segments. Hashes go along as they are, so that
/// a chain that was broken still is.
fn carry_records(db: &Connection) -> Result<(), Fault> {
    let mut tenant = 0;
    let mut segment = Segment::default();
    let mut records =
        db.prepare("SELECT place >> 40, place & ?1, hash, json FROM records ORDER BY place")?;
    let mut rows = records.query([LAST_SEQ.cast_signed()])?;
    while let Some(row) = rows.next()? {
        let owner: i64 = row.get(0)?;
        if owner != tenant || segment.is_full() {
            mem::take(&mut segment).write(Scoped::new(db, tenant))?;
            tenant = owner;
        }
        let seq = row.get::<_, i64>(1)?.cast_unsigned();
        let json: String = row.get(3)?;
        let record: Option<Record> = serde_json::from_str(&json).ok();
        let mark = record.as_ref().map_or_else(Mark::of_nothing, Mark::of);
        let at = record.map(|record| record.at).unwrap_or_default();
        segment.push(End { seq, hash: Sha256::from_bytes(row.get(2)?) }, at, mark, &json);
    }
    segment.write(Scoped::new(db, tenant))?;
    drop(rows);
    drop(records);
    Ok(db.execute_batch("DROP TABLE records")?)
}
