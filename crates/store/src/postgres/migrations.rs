//! The schema's versions, and how one becomes the next.

use super::connection::Connection;
use super::fault::Fault;
use tokio_postgres::error::SqlState;

/// A step from one version to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The version it makes, from 1.
    pub number: i64,
    /// What it is called.
    pub name: &'static str,
    /// What is executed.
    pub sql: &'static str,
}

/// How version n-1 becomes version n, from 1.
const MIGRATIONS: [Migration; 5] = [
    Migration {
        number: 1,
        name: "init",
        sql: include_str!("../../migrations/postgres/0001_init.sql"),
    },
    Migration {
        number: 2,
        name: "factors",
        sql: include_str!("../../migrations/postgres/0002_factors.sql"),
    },
    Migration {
        number: 3,
        name: "devices",
        sql: include_str!("../../migrations/postgres/0003_devices.sql"),
    },
    Migration {
        number: 4,
        name: "bases",
        sql: include_str!("../../migrations/postgres/0004_bases.sql"),
    },
    Migration {
        number: 5,
        name: "users_of_files",
        sql: include_str!("../../migrations/postgres/0005_users_of_files.sql"),
    },
];

/// Which version is there, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The version that is there; 0 of an empty database.
    pub found: i64,
    /// The latest known here.
    pub known: i64,
    /// What leads there, in order.
    pub steps: Vec<Migration>,
}

impl Plan {
    /// Whether what is there was written by a later program.
    pub(super) fn is_newer(&self) -> bool {
        self.found > self.known
    }
}

/// Reads which version is there.
pub(super) async fn plan(db: &Connection) -> Result<Plan, Fault> {
    let rows = db.rows("SELECT max(number) FROM migrations", &[]).await;
    let found: i64 = match rows {
        Ok(rows) => match rows.first() {
            Some(row) => row.try_get::<_, Option<i64>>(0)?.unwrap_or(0),
            None => 0,
        },
        Err(fault) if fault.code() == Some(&SqlState::UNDEFINED_TABLE) => 0,
        Err(fault) => return Err(fault),
    };
    let known = MIGRATIONS.iter().map(|it| it.number).max().unwrap_or(0);
    let steps = MIGRATIONS.into_iter().filter(|it| it.number > found).collect();
    Ok(Plan { found, known, steps })
}

/// Brings the database to the latest version, in one transaction. Of several nodes that try, one does. Gives
/// what was found and done.
pub(super) async fn migrate(db: &Connection) -> Result<Plan, Fault> {
    let before = plan(db).await?;
    if before.steps.is_empty() || before.is_newer() {
        return Ok(before);
    }
    let exclusively = has_advisory_locks(db).await;
    db.batch("BEGIN").await?;
    let done = in_transaction(db, exclusively).await;
    match done {
        Ok(plan) => db.batch("COMMIT").await.map(|()| plan),
        Err(fault) => {
            db.batch("ROLLBACK").await?;
            Err(fault)
        }
    }
}

/// Whether this server knows advisory locks. Some relatives of PostgreSQL do not: there, whoever is second
/// fails to make the first table, and tries again.
async fn has_advisory_locks(db: &Connection) -> bool {
    let tried = db.rows("SELECT pg_try_advisory_xact_lock(hashtext('stead'), 0)", &[]).await;
    tried.is_ok()
}

/// The tables that are ours.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    let lines = MIGRATIONS.iter().flat_map(|step| step.sql.lines());
    let made = lines.filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
    made.chain(["migrations"])
}

/// What [`migrate`] does, within a transaction that is under way.
pub(super) async fn in_transaction(db: &Connection, exclusively: bool) -> Result<Plan, Fault> {
    if exclusively {
        let lock = "SELECT pg_advisory_xact_lock(hashtext('stead'), hashtext(current_schema()))";
        db.rows(lock, &[]).await?;
    }
    db.batch(
        "CREATE TABLE IF NOT EXISTS migrations (
           number  BIGINT PRIMARY KEY,
           name    TEXT NOT NULL,
           applied TIMESTAMPTZ NOT NULL DEFAULT now()
         )",
    )
    .await?;
    let plan = plan(db).await?;
    for step in &plan.steps {
        db.batch(step.sql).await?;
        let noted = "INSERT INTO migrations (number, name) VALUES ($1, $2)";
        db.run(noted, &[&step.number, &step.name]).await?;
    }
    Ok(plan)
}
