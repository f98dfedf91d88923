//! A database filled from a backup: made beside its place, and moved there once all of it is on the disk.

use super::apply::apply;
use super::fault::Halt;
use super::known::{Known, Revoked};
use super::marks::Mark;
use super::open;
use super::open_error::OpenError;
use super::records::{self, Head, Tail};
use super::scoped::Scoped;
use crate::archive::restore::{Restore, Since, Step, Steps};
use crate::archive::{ArchiveError, ChainSpan, Manifest};
use crate::master_key::MasterKey;
use crate::private_file;
use rusqlite::Connection;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use stead_core::chain::{Chain, ChainedRecord};
use stead_core::commit::Change;
use stead_core::moment::Moment;
use stead_core::record::Record;
use stead_proto::id::TenantId;
use stead_proto::time::Timestamp;

/// How many things share a transaction. All of them are lost together if one fails, so only its size matters.
const AT_ONCE: u64 = 10_000;

/// Why a database was not filled.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is one already.
    #[error("there is a database {} already; name another place, or say --force to move it aside", .0.display())]
    Exists(PathBuf),
    /// The place cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be restored.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl From<io::Error> for RestoreError {
    fn from(error: io::Error) -> Self {
        Self::Archive(error.into())
    }
}

impl<R: BufRead> Restore<R> {
    /// Makes a database of it at a place where there is none.
    pub fn into_sqlite(
        self,
        path: &Path,
        key: &MasterKey,
        since: Since,
        moment: &Moment,
    ) -> Result<Manifest, RestoreError> {
        self.fits(key)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        private_file::directory(directory)?;
        // Nobody starts on it meanwhile.
        let _lock = open::lock(path)?;
        if path.exists() {
            return Err(RestoreError::Exists(path.to_owned()));
        }
        let fresh = beside(path, ".restoring");
        remove(&fresh)?;
        drop(private_file::create_new(&fresh)?);
        let filling = Filling::begin(&fresh, key, self.header().taken)?;
        let manifest = filling.fill(self.steps(since, moment));
        if manifest.is_err() {
            remove(&fresh)?;
        }
        let manifest = manifest?;
        File::open(&fresh)?.sync_all()?;
        fs::rename(&fresh, path)?;
        private_file::sync_directory_of(path)?;
        Ok(manifest)
    }
}

/// Moves a database that nobody uses out of the way, and says where to.
pub fn move_aside(path: &Path, now: Timestamp) -> Result<PathBuf, RestoreError> {
    let _lock = open::lock(path)?;
    let aside = beside(path, &format!(".before-restore-{}", now.secs()));
    // The log goes along: what is not carried over yet is in it alone.
    for file in ["", "-wal"] {
        let (from, to) = (beside(path, file), beside(&aside, file));
        if from.exists() {
            fs::rename(from, to)?;
        }
    }
    fs::remove_file(beside(path, "-shm")).or_else(absent)?;
    private_file::sync_directory_of(path)?;
    Ok(aside)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(what);
    name.into()
}

fn remove(database: &Path) -> io::Result<()> {
    for file in ["", "-wal", "-shm"] {
        fs::remove_file(beside(database, file)).or_else(absent)?;
    }
    Ok(())
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// A database that is being filled.
struct Filling {
    db: Connection,
    taken: Timestamp,
    present: Option<Present>,
    waiting: u64,
}

/// The tenant whose things come at present.
struct Present {
    number: i64,
    known: Known,
    tail: Tail,
}

impl Filling {
    fn begin(path: &Path, key: &MasterKey, taken: Timestamp) -> Result<Self, RestoreError> {
        let db = open::prepare(path, key)?;
        // Should the power fail, it is begun again from the backup.
        db.execute_batch("PRAGMA synchronous = OFF; BEGIN").map_err(ArchiveError::from)?;
        Ok(Self { db, taken, present: None, waiting: 0 })
    }

    fn fill<R: BufRead>(mut self, mut steps: Steps<R>) -> Result<Manifest, ArchiveError> {
        while let Some(step) = steps.next()? {
            match step {
                Step::Tenant(id, chains) => self.tenant(&id, &chains)?,
                Step::Change(change) => self.change(&change)?,
                Step::Record(record) => self.record(&record)?,
                Step::Note(record) => self.note(&record)?,
            }
        }
        self.end()?;
        steps.manifest()
    }

    fn present(&self) -> Result<(Scoped<'_>, &Present), ArchiveError> {
        let nobody = || ArchiveError::Store("a backup begins with a tenant".to_owned());
        let present = self.present.as_ref().ok_or_else(nobody)?;
        Ok((Scoped::new(&self.db, present.number), present))
    }

    fn append(&mut self, json: &str, record: &Record) -> Result<(), ArchiveError> {
        if let Some(present) = &mut self.present {
            let db = Scoped::new(&self.db, present.number);
            present.tail.append(db, (json, Mark::of(record)), record.at)?;
        }
        self.made()
    }

    /// The present tenant is complete.
    fn settle(&mut self) -> Result<(), ArchiveError> {
        if let Some(Present { number, tail, .. }) = self.present.take() {
            tail.write(Scoped::new(&self.db, number))?;
        }
        Ok(())
    }

    fn made(&mut self) -> Result<(), ArchiveError> {
        self.waiting += 1;
        if self.waiting == AT_ONCE {
            self.waiting = 0;
            self.db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    /// All of it into one file.
    fn end(mut self) -> Result<(), ArchiveError> {
        self.settle()?;
        self.db.execute_batch("COMMIT")?;
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.db.close().map_err(|(_, error)| error.into())
    }

    fn tenant(&mut self, tenant: &TenantId, chains: &[ChainSpan]) -> Result<(), ArchiveError> {
        if chains.iter().any(|span| span.chain != Chain::FIRST) {
            return Err(ArchiveError::SeveralChains(tenant.clone()));
        }
        self.settle()?;
        self.db.execute("INSERT INTO tenants (id) VALUES (?1)", [tenant.as_str()])?;
        let (number, known) = (self.db.last_insert_rowid(), Known::new(tenant.clone()));
        let base = chains.first().map_or_else(|| Chain::FIRST.start(), |span| span.base);
        if base.seq > 0 {
            records::put_base(Scoped::new(&self.db, number), base)?;
        }
        self.present = Some(Present { number, known, tail: Tail::new(Head::at(base)) });
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), ArchiveError> {
        let (db, Present { known, .. }) = self.present()?;
        let made = apply(db, Revoked { known, said: &[] }, change, self.taken);
        made.map_err(|halt| match halt {
            Halt::Conflict(conflict) => ArchiveError::Store(conflict.to_string()),
            Halt::Fault(fault) => fault.into(),
        })?;
        self.made()
    }

    fn record(&mut self, chained: &ChainedRecord) -> Result<(), ArchiveError> {
        let unknown = || ArchiveError::Broken(format!("record {} is none", chained.seq));
        let record = chained.record().ok_or_else(unknown)?;
        self.append(&chained.json, &record)
    }

    fn note(&mut self, record: &Record) -> Result<(), ArchiveError> {
        let json = serde_json::to_string(record).map_err(io::Error::from)?;
        self.append(&json, record)
    }
}
