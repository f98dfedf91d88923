//! A look at a database from beside: reading only, also while a server uses it.

use super::fault::Fault;
use super::open::{self, connect, failed};
use super::open_error::OpenError;
use super::records;
use super::scoped::Scoped;
use super::{applications, keys, migrations};
use crate::chain_end::ChainEnd;
use crate::master_key::MasterKey;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use stead_core::chain::{Break, Chain, ChainedRecord, End, Place, RecordQuery, verify};
use stead_core::model::application::Application;
use stead_core::model::federated::KeysFrom;
use stead_proto::id::{Issuer, TenantId};
use stead_proto::time::Timestamp;

/// How many records are read at once.
const PAGE: u64 = 500;

/// A database that is looked at and never changed.
#[derive(Debug)]
pub struct Inspection {
    db: Connection,
    path: PathBuf,
}

/// How thoroughly a file is looked through for damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Its pages and rows.
    Quick,
    /// Also each index against its table.
    Thorough,
}

impl Inspection {
    /// Opens a database for reading; `None` if there is none.
    pub fn open(path: &Path) -> Result<Option<Self>, OpenError> {
        if !path.exists() {
            return Ok(None);
        }
        let told = |fault: Fault| failed(path, &fault);
        let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(told)?;
        if !migrations::is_ours(&db).map_err(told)? {
            return Err(OpenError::NotOurs { path: path.to_owned() });
        }
        let (found, known) = migrations::versions(&db).map_err(told)?;
        if found > known {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        Ok(Some(Self { db, path: path.to_owned() }))
    }

    /// Whether a server has it open.
    pub fn is_in_use(&self) -> Result<bool, OpenError> {
        let path = open::lock_file(&self.path);
        let unreachable = |error| OpenError::Unreachable { path: path.clone(), error };
        if !path.exists() {
            return Ok(false);
        }
        // Let go of at the end of this function: a server that starts meanwhile would be turned away.
        match File::open(&path).map_err(unreachable)?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(unreachable(error)),
        }
    }

    /// How many steps of its layout are still to be made by the next server that opens it.
    pub fn steps_behind(&self) -> Result<i64, OpenError> {
        let (found, known) = migrations::versions(&self.db).map_err(|fault| self.told(&fault))?;
        Ok(known - found)
    }

    /// Whether this is the master key that its secrets are sealed under, or the one beside it is: a rotation
    /// was interrupted before its last step, which the next start makes.
    pub fn fits(&self, key: &MasterKey) -> Result<bool, OpenError> {
        let check = open::check(&self.db).map_err(|fault| self.told(&fault))?;
        Ok(check.is_none_or(|check| key.would_settle(&check)))
    }

    /// What SQLite finds wrong with the file, at most a handful of sentences. Reads all of it.
    pub fn damage(&self, depth: Depth) -> Result<Vec<String>, OpenError> {
        let pragma = match depth {
            Depth::Quick => "quick_check",
            Depth::Thorough => "integrity_check",
        };
        let mut found = Vec::new();
        let each = |row: &rusqlite::Row<'_>| row.get(0).map(|line: String| found.push(line));
        self.db.pragma(None, pragma, 5, each).map_err(|error| self.told(&error.into()))?;
        found.retain(|line| line != "ok");
        Ok(found)
    }

    /// The latest instant on record, over all tenants.
    pub fn latest(&self) -> Result<Option<Timestamp>, OpenError> {
        let ask = || -> Result<_, Fault> {
            let tenants = open::numbers(&self.db)?;
            let heads = tenants.iter().map(|(number, _)| records::head(self.of(*number)));
            let heads: Vec<_> = heads.collect::<Result<_, _>>()?;
            Ok(heads.into_iter().flatten().map(|head| head.latest()).max())
        };
        ask().map_err(|fault| self.told(&fault))
    }

    /// Everybody else whose tokens are taken here, or whose keys are asked for.
    pub fn issuers(&self) -> Result<BTreeSet<Issuer>, OpenError> {
        let ask = || -> Result<_, Fault> {
            let mut all = BTreeSet::new();
            for (number, _) in open::numbers(&self.db)? {
                all.extend(keys::all_trusted(self.of(number))?.into_iter().map(|it| it.issuer));
                let applications = applications::all(self.of(number))?;
                let agreed = applications.iter().flat_map(Application::federated);
                let asked = agreed.filter(|agreed| agreed.keys == KeysFrom::Discovery);
                all.extend(asked.map(|agreed| agreed.issuer.clone()));
            }
            Ok(all)
        };
        ask().map_err(|fault| self.told(&fault))
    }

    /// Walks the last records of every tenant, at most so many of each, in a database of the latest version.
    pub fn chain_ends(&self, most: u64) -> Result<Vec<ChainEnd>, OpenError> {
        let ask = || -> Result<_, Fault> {
            // One view of it all: a server may be writing.
            let view = self.db.unchecked_transaction()?;
            let tenants = open::numbers(&view)?;
            tenants.into_iter().map(|(number, id)| self.chain_end(number, &id, most)).collect()
        };
        ask().map_err(|fault| self.told(&fault))
    }

    fn chain_end(&self, number: i64, tenant: &TenantId, most: u64) -> Result<ChainEnd, Fault> {
        let db = self.of(number);
        let ends = records::ends(db)?;
        let nowhere = Chain::FIRST.start();
        let (base, head) = ends.map_or((nowhere, nowhere), |ends| (ends.base, ends.head));
        let start = head.seq.saturating_sub(most).max(base.seq);
        let (walked, records) = (head.seq - start, head.seq - base.seq);
        let end = |broken| {
            let (tenant, chain) = (tenant.clone(), Chain::FIRST);
            Ok(ChainEnd { tenant, chain, records, walked, broken })
        };
        let place = |seq| Place { chain: Chain::FIRST, seq };
        let mut reached = base;
        if start > base.seq {
            match page(db, place(start - 1), 1)?.first().filter(|record| record.seq == start) {
                Some(before) => reached = End { seq: start, hash: before.hash },
                None => return end(Some(Break::Missing(place(start)))),
            }
        }
        while reached.seq < head.seq {
            let records = page(db, place(reached.seq), PAGE.min(head.seq - reached.seq))?;
            if records.is_empty() {
                return end(Some(Break::Missing(place(reached.seq + 1))));
            }
            match verify(Chain::FIRST, reached, &records) {
                Ok(further) => reached = further,
                Err(found) => return end(Some(found)),
            }
        }
        end((reached != head).then(|| Break::Edited(place(head.seq))))
    }

    pub(super) fn db(&self) -> &Connection {
        &self.db
    }

    fn of(&self, tenant: i64) -> Scoped<'_> {
        Scoped::new(&self.db, tenant)
    }

    fn told(&self, fault: &Fault) -> OpenError {
        failed(&self.path, fault)
    }
}

fn page(db: Scoped<'_>, after: Place, limit: u64) -> Result<Vec<ChainedRecord>, Fault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    records::find(db, &RecordQuery { after: Some(after), limit, ..RecordQuery::default() })
}
