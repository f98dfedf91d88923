//! Who is at work on a database: servers share it; whoever restores it, or rotates its master key, has it alone.
//!
//! The connection by which a server writes holds a lock together with all others', and looks, before its first
//! transaction, whether the database is still the one that was opened: a server that was away while it was
//! replaced remembers what is no longer so. Relatives of PostgreSQL without such locks go by the leases on
//! chains alone.

use super::connection::Connection;
use super::fault::Fault;
use tokio_postgres::error::SqlState;

/// The name under which it is kept when the database was restored, if it was.
pub(super) const RESTORED: &str = "restored";

const SHARE: &str = "
    SELECT pg_try_advisory_lock_shared(hashtext('stead at work'), hashtext(current_schema()))";

const HAVE_ALONE: &str = "
    SELECT pg_try_advisory_lock(hashtext('stead at work'), hashtext(current_schema()))";

/// Whoever takes a lock to see whether it is free is in the way of who starts at that instant; who only looks
/// is not.
const HELD: &str = "
    SELECT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid::bigint = hashtext('stead at work')::bigint & 4294967295
          AND objid::bigint = hashtext(current_schema())::bigint & 4294967295)";

const LEASES: &str = "SELECT count(*) FROM nodes WHERE until > now()";

/// What a database says of itself: which master key fits, and when it was restored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin(Vec<(String, Vec<u8>)>);

impl Origin {
    /// What it says now.
    pub(super) async fn read(db: &Connection) -> Result<Self, Fault> {
        let rows = db.rows("SELECT name, value FROM meta ORDER BY name", &[]).await?;
        let said = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        said.collect::<Result<_, Fault>>().map(Self)
    }

    /// Goes to work, beside other servers, if it is still what it was.
    pub(super) async fn share(&self, db: &Connection) -> Result<(), Fault> {
        if !locked(db, SHARE).await? {
            let why = "it is being restored, or gets another master key";
            return Err(Fault::Unreachable(why.to_owned()));
        }
        if Self::read(db).await? == *self { Ok(()) } else { Err(Fault::Replaced) }
    }
}

/// Whether nobody else is at work; nobody is from then on, as long as the connection lasts.
pub(super) async fn have_alone(db: &Connection) -> Result<bool, Fault> {
    Ok(locked(db, HAVE_ALONE).await? && leases(db).await? == 0)
}

/// How many servers hold a chain of records.
pub(super) async fn leases(db: &Connection) -> Result<i64, Fault> {
    match db.rows(LEASES, &[]).await {
        Ok(rows) => Ok(rows.first().map_or(Ok(0), |row| row.try_get(0))?),
        Err(fault) if fault.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
        Err(fault) => Err(fault),
    }
}

/// Whether anybody is at work.
pub(super) async fn is_in_use(db: &Connection) -> Result<bool, Fault> {
    let held = match db.rows(HELD, &[]).await {
        Ok(rows) => rows.first().map_or(Ok(false), |row| row.try_get(0))?,
        Err(fault) if fault.ends_the_connection() => return Err(fault),
        Err(_) => false,
    };
    Ok(held || leases(db).await? > 0)
}

/// Where nobody knows such locks, everybody has them.
async fn locked(db: &Connection, sql: &'static str) -> Result<bool, Fault> {
    match db.rows(sql, &[]).await {
        Ok(rows) => Ok(rows.first().map_or(Ok(true), |row| row.try_get(0))?),
        Err(fault) if fault.ends_the_connection() => Err(fault),
        Err(_) => Ok(true),
    }
}
