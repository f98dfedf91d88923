//! The file's versions, and how one becomes the next.

use super::fault::Fault;
use rusqlite::Connection;

/// How version n-1 becomes version n, from 1.
const MIGRATIONS: [&str; 3] = [
    include_str!("../../migrations/sqlite/0001_init.sql"),
    include_str!("../../migrations/sqlite/0002_factors.sql"),
    include_str!("../../migrations/sqlite/0003_devices.sql"),
];

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
    for (sql, number) in MIGRATIONS.iter().zip(1..).filter(|(_, number)| *number > version) {
        let step = db.transaction()?;
        step.execute_batch(sql)?;
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
