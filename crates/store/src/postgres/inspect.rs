//! A look at a database from beside: reading only, also while servers use it.

use super::config::PostgresConfig;
use super::connection::Connection;
use super::fault::Fault;
use super::migrations::{self, Plan};
use super::open::{self, not_newer, unusable};
use super::open_error::PostgresError;
use super::scoped::Scoped;
use super::{applications, keys, presence, records};
use crate::chain_end::ChainEnd;
use crate::master_key::MasterKey;
use std::collections::BTreeSet;
use std::time::Duration;
use stead_core::chain::{Break, ChainEnds, ChainedRecord, End, Place, RecordQuery, verify};
use stead_core::model::application::Application;
use stead_core::model::federated::KeysFrom;
use stead_proto::id::{Issuer, TenantId};
use stead_proto::time::Timestamp;
use tokio::time::Instant;

/// How many records are read at once.
const PAGE: u64 = 500;

/// How many commits are timed.
const COMMITS: usize = 50;

/// A database that is looked at and never changed.
#[derive(Debug)]
pub struct PostgresInspection {
    db: Connection,
    config: PostgresConfig,
    plan: Plan,
}

/// How a PostgreSQL is set up, as far as it tells. What a relative of it does not know is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its version, as it says it.
    pub version: String,
    /// What its clock says.
    pub clock: Timestamp,
    /// How the connection is encrypted; empty, if it is not.
    pub encryption: Option<String>,
    /// Whether what is committed is brought to the disk.
    pub fsync: Option<bool>,
    /// How many servers hold a chain of records.
    pub servers: i64,
}

/// How long commits took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commits {
    /// Half of them at most.
    pub half: Duration,
    /// All but one in fifty at most.
    pub most: Duration,
}

impl PostgresInspection {
    /// Connects for reading; `None` if there is nothing of Stead.
    pub async fn open(config: &PostgresConfig) -> Result<Option<Self>, PostgresError> {
        let (_, db) = open::connect(config).await?;
        let plan = db.in_time(migrations::plan(&db)).await;
        let plan = not_newer(config, plan.map_err(|fault| unusable(config, &fault))?)?;
        let config = config.clone();
        Ok((plan.found > 0).then_some(Self { db, config, plan }))
    }

    /// Whether servers use it.
    pub async fn is_in_use(&self) -> Result<bool, PostgresError> {
        self.ask(presence::is_in_use(&self.db)).await
    }

    /// How many steps of its layout are still to be made.
    #[must_use]
    pub fn steps_behind(&self) -> usize {
        self.plan.steps.len()
    }

    /// Whether this is the master key that its secrets are sealed under, or the one beside it is: a rotation
    /// was interrupted before its last step, which the next start makes.
    pub async fn fits(&self, key: &MasterKey) -> Result<bool, PostgresError> {
        let check = self.ask(open::check(&self.db)).await?;
        Ok(check.is_none_or(|check| key.would_settle(&check)))
    }

    /// How it is set up.
    pub async fn condition(&self) -> Result<Condition, PostgresError> {
        self.ask(condition(&self.db)).await
    }

    /// Times what every commit waits for, without changing anything: a message in the log of the database,
    /// which nobody reads. `None` where that is not to be had.
    pub async fn commits(&self) -> Option<Commits> {
        let sql = "SELECT pg_logical_emit_message(true, 'stead', 'doctor')::text";
        let mut times = Vec::with_capacity(COMMITS);
        // The first is prepared, too.
        for _ in 0..=COMMITS {
            let begun = Instant::now();
            self.ask(self.db.rows(sql, &[])).await.ok()?;
            times.push(begun.elapsed());
        }
        times.remove(0);
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied();
        Some(Commits { half: at(50)?, most: at(98)? })
    }

    /// The latest instant on record, over all tenants.
    pub async fn latest(&self) -> Result<Option<Timestamp>, PostgresError> {
        let asked = async {
            let rows = self.db.rows("SELECT max(at) FROM chain_heads", &[]).await?;
            let latest = rows.first().map_or(Ok(None), |row| row.try_get::<_, Option<i64>>(0))?;
            Ok(latest.map(Timestamp::from_millis))
        };
        self.ask(asked).await
    }

    /// Everybody else whose tokens are taken here, or whose keys are asked for.
    pub async fn issuers(&self) -> Result<BTreeSet<Issuer>, PostgresError> {
        self.ask(issuers(&self.db)).await
    }

    /// Walks the last records of every chain, at most so many of each, in a database of the latest version.
    pub async fn chain_ends(&self, most: u64) -> Result<Vec<ChainEnd>, PostgresError> {
        let told = |fault: Fault| unusable(&self.config, &fault);
        // One view of it all: servers may be writing.
        let view = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.db.batch(view).await.map_err(told)?;
        let ends = chain_ends(&self.db, most).await;
        self.db.batch("ROLLBACK").await.map_err(told)?;
        ends.map_err(told)
    }

    pub(super) fn db(&self) -> &Connection {
        &self.db
    }

    async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, PostgresError> {
        self.db.in_time(answer).await.map_err(|fault| unusable(&self.config, &fault))
    }
}

async fn condition(db: &Connection) -> Result<Condition, Fault> {
    let now = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let encryption = "SELECT CASE WHEN ssl THEN version || ' ' || cipher ELSE '' END
                      FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let version = text(db, "SELECT current_setting('server_version')").await?;
    let clock = db.rows(now, &[]).await?;
    let clock = clock.first().map_or(Ok(0), |row| row.try_get(0))?;
    let fsync = text(db, "SELECT current_setting('fsync')").await?;
    Ok(Condition {
        version: version.unwrap_or_else(|| "of unknown version".to_owned()),
        clock: Timestamp::from_millis(clock),
        encryption: text(db, encryption).await?,
        fsync: fsync.map(|said| said == "on"),
        servers: presence::leases(db).await?,
    })
}

/// A text, where the question is understood.
async fn text(db: &Connection, sql: &'static str) -> Result<Option<String>, Fault> {
    match db.rows(sql, &[]).await {
        Ok(rows) => Ok(rows.first().map(|row| row.try_get(0)).transpose()?),
        Err(fault) if fault.ends_the_connection() => Err(fault),
        Err(_) => Ok(None),
    }
}

async fn issuers(db: &Connection) -> Result<BTreeSet<Issuer>, Fault> {
    let mut all = BTreeSet::new();
    for (number, _) in open::numbers(db).await? {
        let db = Scoped::new(db, number);
        all.extend(keys::all_trusted(db).await?.into_iter().map(|it| it.issuer));
        let applications = applications::all(db).await?;
        let agreed = applications.iter().flat_map(Application::federated);
        let asked = agreed.filter(|agreed| agreed.keys == KeysFrom::Discovery);
        all.extend(asked.map(|agreed| agreed.issuer.clone()));
    }
    Ok(all)
}

async fn chain_ends(db: &Connection, most: u64) -> Result<Vec<ChainEnd>, Fault> {
    let mut all = Vec::new();
    for (number, tenant) in open::numbers(db).await? {
        let db = Scoped::new(db, number);
        for ends in records::ends(db).await? {
            all.push(chain_end(db, &tenant, ends, most).await?);
        }
    }
    Ok(all)
}

async fn chain_end(
    db: Scoped<'_>,
    tenant: &TenantId,
    ends: ChainEnds,
    most: u64,
) -> Result<ChainEnd, Fault> {
    let ChainEnds { chain, base, head } = ends;
    let start = head.seq.saturating_sub(most).max(base.seq);
    let (walked, records) = (head.seq - start, head.seq - base.seq);
    let end = |broken| Ok(ChainEnd { tenant: tenant.clone(), chain, records, walked, broken });
    let place = |seq| Place { chain, seq };
    let mut reached = base;
    if start > base.seq {
        match page(db, place(start - 1), 1).await?.first().filter(|record| record.seq == start) {
            Some(before) => reached = End { seq: start, hash: before.hash },
            None => return end(Some(Break::Missing(place(start)))),
        }
    }
    while reached.seq < head.seq {
        let records = page(db, place(reached.seq), PAGE.min(head.seq - reached.seq)).await?;
        if records.is_empty() {
            return end(Some(Break::Missing(place(reached.seq + 1))));
        }
        match verify(chain, reached, &records) {
            Ok(further) => reached = further,
            Err(found) => return end(Some(found)),
        }
    }
    end((reached != head).then(|| Break::Edited(place(head.seq))))
}

async fn page(db: Scoped<'_>, after: Place, limit: u64) -> Result<Vec<ChainedRecord>, Fault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let query = RecordQuery { after: Some(after), limit, ..RecordQuery::default() };
    records::find(db, &query).await
}
