//! A database filled from a backup: in one transaction, so that it is whole or not at all.
//!
//! What was there is moved aside in the same transaction, into a schema of its own.

use super::apply::{As, apply};
use super::batch::is_one_statement;
use super::config::PostgresConfig;
use super::connection::Connection;
use super::fault::{Fault, Halt};
use super::known::{Known, Revoked};
use super::migrations;
use super::open::{self, not_newer, unusable};
use super::open_error::PostgresError;
use super::presence::{self, RESTORED};
use super::records::{self, Head, Rows};
use super::scoped::Scoped;
use super::{codes, sessions};
use crate::archive::restore::{Restore, Since, Step, Steps};
use crate::archive::{ArchiveError, ChainSpan, Manifest};
use crate::master_key::MasterKey;
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::mem::{discriminant, take};
use stead_core::chain::{Chain, ChainedRecord};
use stead_core::commit::Change;
use stead_core::moment::Moment;
use stead_core::record::Record;
use stead_proto::id::TenantId;
use stead_proto::time::Timestamp;
use tokio::sync::watch;

/// How many changes are sent without waiting for each other, and how many records are one statement.
const TOGETHER: usize = 500;

/// Every fact that is restored is of a tenant's first version.
const FIRST: i64 = 1;

/// What becomes of what is in a database already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occupied {
    /// It stays, and nothing is restored.
    Refused,
    /// It goes into a schema of its own.
    MovedAside,
}

/// Where a backup goes.
#[derive(Debug)]
pub struct Destination<'a> {
    /// The database.
    pub config: &'a PostgresConfig,
    /// The key that the secrets in the backup are sealed under.
    pub key: &'a MasterKey,
    /// What becomes of what is there.
    pub occupied: Occupied,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the backup held.
    pub manifest: Manifest,
    /// The schema in which is now what was there before.
    pub aside: Option<String>,
}

impl<R: BufRead> Restore<R> {
    /// Fills a database that nobody uses with it.
    pub async fn into_postgres(
        self,
        to: Destination<'_>,
        since: Since,
        moment: &Moment,
    ) -> Result<Restored, PostgresError> {
        self.fits(to.key)?;
        let place = || to.config.server.to_string();
        let told = |fault: Fault| unusable(to.config, &fault);
        let (_, db) = open::connect(to.config).await?;
        // Nobody starts on it meanwhile.
        if !presence::have_alone(&db).await.map_err(told)? {
            return Err(PostgresError::InUse { place: place() });
        }
        let plan = migrations::plan(&db).await.map_err(told)?;
        let plan = not_newer(to.config, plan)?;
        let is_empty = plan.found == 0 || open::numbers(&db).await.map_err(told)?.is_empty();
        if !is_empty && to.occupied == Occupied::Refused {
            return Err(PostgresError::Occupied { place: place() });
        }
        let taken = self.header().taken;
        db.batch("BEGIN").await.map_err(told)?;
        let filling = Filling { db: &db, taken, present: None, changes: vec![], records: vec![] };
        let restored = async {
            let aside = if is_empty { None } else { Some(move_aside(&db, moment.now).await?) };
            make(&db, to.key, moment.now).await?;
            let manifest = filling.fill(self.steps(since, moment)).await?;
            Ok(Restored { manifest, aside })
        };
        match Box::pin(restored).await {
            Ok(restored) => {
                db.batch("COMMIT").await.map_err(told)?;
                Ok(restored)
            }
            Err(error) => {
                // Ending the connection takes it back, too.
                _ = db.batch("ROLLBACK").await;
                Err(PostgresError::Archive(error))
            }
        }
    }
}

/// Moves all tables, with everything that belongs to them, into another schema. Gives its name.
async fn move_aside(db: &Connection, now: Timestamp) -> Result<String, ArchiveError> {
    let suffix = format!("_before_restore_{}", now.secs());
    let sql = "SELECT current_schema() || $1, quote_ident(current_schema() || $1)";
    let rows = db.rows(sql, &[&suffix]).await?;
    let nowhere = || ArchiveError::Store("it has no schema to make tables in".to_owned());
    let row = rows.first().ok_or_else(nowhere)?;
    let (name, quoted): (String, String) =
        (row.try_get(0).map_err(Fault::from)?, row.try_get(1).map_err(Fault::from)?);
    db.batch(&format!("CREATE SCHEMA {quoted}")).await?;
    for table in migrations::tables() {
        db.batch(&format!("ALTER TABLE IF EXISTS {table} SET SCHEMA {quoted}")).await?;
    }
    Ok(name)
}

/// An empty database of this version, which fits the key.
async fn make(db: &Connection, key: &MasterKey, now: Timestamp) -> Result<(), Fault> {
    migrations::in_transaction(db, false).await?;
    open::put_check(db, key).await?;
    open::put_meta(db, RESTORED, now.to_string().as_bytes()).await?;
    db.prepare(codes::WRITES.into_iter().chain([sessions::PUT])).await
}

/// A database that is being filled.
struct Filling<'a> {
    db: &'a Connection,
    taken: Timestamp,
    present: Option<Present>,
    /// What waits to be written, the changes before the records.
    changes: Vec<Change>,
    records: Vec<(Chain, String, Record)>,
}

/// The tenant whose things come at present.
struct Present {
    number: i64,
    known: Known,
    heads: BTreeMap<Chain, Head>,
}

impl Filling<'_> {
    async fn fill<R: BufRead>(mut self, mut steps: Steps<R>) -> Result<Manifest, ArchiveError> {
        while let Some(step) = steps.next()? {
            match step {
                Step::Tenant(id, chains) => self.tenant(&id, &chains).await?,
                Step::Change(change) => self.change(change).await?,
                Step::Record(record) => self.record(record).await?,
                Step::Note(record) => self.note(*record).await?,
            }
        }
        steps.manifest()
    }

    async fn tenant(&mut self, id: &TenantId, chains: &[ChainSpan]) -> Result<(), ArchiveError> {
        let sql = "INSERT INTO tenants (number, id, version)
                   SELECT coalesce(max(number), 0) + 1, $1, $2 FROM tenants RETURNING number";
        let rows = self.db.rows(sql, &[&id.as_str(), &FIRST]).await?;
        let number = rows.first().map_or(Ok(1), |row| row.try_get(0)).map_err(Fault::from)?;
        let mut heads = BTreeMap::new();
        for span in chains {
            if span.base.seq > 0 {
                let db = Scoped::new(self.db, number);
                records::put_base(db, span.chain, span.base).await?;
            }
            heads.insert(span.chain, Head::at(span.chain, span.base));
        }
        let known = Known::new(id.clone(), watch::channel(0).0);
        self.present = Some(Present { number, known, heads });
        Ok(())
    }

    async fn change(&mut self, change: Change) -> Result<(), ArchiveError> {
        let goes_along = self.changes.last().is_none_or(|last| go_together(last, &change));
        if !goes_along || self.changes.len() == TOGETHER {
            self.make_changes().await?;
        }
        self.changes.push(change);
        Ok(())
    }

    /// The first alone, with which its statements become known; the others follow each other at once.
    async fn make_changes(&mut self) -> Result<(), ArchiveError> {
        let (changes, Some(present)) = (take(&mut self.changes), &self.present) else {
            return Ok(());
        };
        let db = Scoped::new(self.db, present.number);
        let revoked = Revoked { known: &present.known, said: &[] };
        let at = As { now: self.taken, version: FIRST, revoked };
        let Some((first, others)) = changes.split_first() else { return Ok(()) };
        Box::pin(apply(db, first, at)).await.map_err(refused)?;
        let others = others.iter().map(|change| Box::pin(apply(db, change, at)));
        try_join_all(others).await.map_err(refused)?;
        Ok(())
    }

    async fn record(&mut self, chained: ChainedRecord) -> Result<(), ArchiveError> {
        let unknown = || ArchiveError::Broken(format!("record {} is none", chained.seq));
        let record = chained.record().ok_or_else(unknown)?;
        self.records.push((chained.chain, chained.json, record));
        if self.records.len() == TOGETHER { self.append().await } else { Ok(()) }
    }

    /// The tenant's last record, in its first chain.
    async fn note(&mut self, record: Record) -> Result<(), ArchiveError> {
        let first = self.present.as_ref().and_then(|it| it.heads.keys().next().copied());
        let json = serde_json::to_string(&record).map_err(io::Error::from)?;
        self.records.push((first.unwrap_or(Chain::FIRST), json, record));
        self.make_changes().await?;
        self.append().await?;
        let Some(Present { number, heads, .. }) = self.present.take() else { return Ok(()) };
        for (chain, head) in heads {
            records::put_heads(self.db, chain, [(number, head)].into_iter()).await?;
        }
        Ok(())
    }

    /// One statement for those of each chain.
    async fn append(&mut self) -> Result<(), ArchiveError> {
        let (records, Some(present)) = (take(&mut self.records), &mut self.present) else {
            return Ok(());
        };
        let mut rows: BTreeMap<Chain, Rows<'_>> = BTreeMap::new();
        for (chain, json, record) in &records {
            let head = present.heads.entry(*chain).or_insert_with(|| Head::start(*chain));
            *head = head.after(json, record.at);
            rows.entry(*chain).or_default().add(present.number, head, json, record);
        }
        for (chain, rows) in rows {
            rows.append(self.db, chain).await?;
        }
        Ok(())
    }
}

/// Whether neither of two changes waits for the other. Of two devices with one user code the later has it.
fn go_together(one: &Change, next: &Change) -> bool {
    match next {
        Change::PutDevice(..) => false,
        next => {
            discriminant(one) == discriminant(next)
                || is_one_statement(one) && is_one_statement(next)
        }
    }
}

fn refused(halt: Halt) -> ArchiveError {
    match halt {
        Halt::Conflict(conflict) => ArchiveError::Store(conflict.to_string()),
        Halt::Fault(fault) => fault.into(),
    }
}
