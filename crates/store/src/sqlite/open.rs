//! From a path to a running store.

use super::checkpointer::Bell;
use super::fault::Fault;
use super::known::Known;
use super::migrations::{self, Found};
use super::open_error::OpenError;
use super::queue::Queue;
use super::readers::{Errand, Readers};
use super::scoped::Scoped;
use super::writer::Writer;
use super::{Shared, Threads, revocations};
use crate::master_key::MasterKey;
use crate::private_file;
use crate::stats::Counters;
use rusqlite::config::DbConfig;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use stead_proto::id::TenantId;

/// The name under which a sealed constant tells whether the master key fits.
const CHECK: &str = "master_key_check";

/// How many statements a connection keeps prepared: more than there are.
const STATEMENTS: usize = 128;

/// How long a connection waits for another one, of another program or at the log.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How much of the log's file is kept once the log starts over.
const LOG_KEPT: i64 = 64 << 20;

/// Opens the database, making it if there is none, and starts its threads.
pub(super) fn open(path: &Path, key: &MasterKey) -> Result<Shared, OpenError> {
    let unreachable = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Unreachable { path, error }
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    private_file::directory(directory).map_err(unreachable(directory))?;
    let lock = lock(path)?;
    // SQLite gives the files beside it the permissions of this one.
    drop(private_file::open_or_create(path).map_err(unreachable(path))?);
    private_file::sync_directory_of(path).map_err(unreachable(path))?;
    let writer = prepare(path, key)?;
    start(path, writer, lock).map_err(|fault| failed(path, &fault))
}

/// Two processes on one file would each believe that they know all of it.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let name = lock_file(path);
    let unreachable = |error: io::Error| OpenError::Unreachable { path: name.clone(), error };
    let file = private_file::open_or_create(&name).map_err(unreachable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unreachable(error)),
    }
}

/// What is locked while a database is open: a file beside it.
pub(super) fn lock_file(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    name.into()
}

/// The write connection of a file that is ours, of the latest version, and fits the key.
pub(super) fn prepare(path: &Path, key: &MasterKey) -> Result<Connection, OpenError> {
    let told = |fault: Fault| failed(path, &fault);
    let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(told)?;
    match migrations::migrate(&mut db).map_err(told)? {
        Found::NotOurs => return Err(OpenError::NotOurs { path: path.to_owned() }),
        Found::Newer { found, known } => {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        Found::Ready => {}
    }
    if !fits(path, &db, key)? {
        let (path, master) = (path.to_owned(), key.path().to_owned());
        if key.unmake() {
            return Err(OpenError::NoMasterKey { path, key: master });
        }
        return Err(OpenError::WrongMasterKey { path, key: master });
    }
    log_ahead(&db).map_err(told)?;
    Ok(db)
}

pub(super) fn failed(path: &Path, fault: &Fault) -> OpenError {
    match fault {
        Fault::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            OpenError::NotOurs { path: path.to_owned() }
        }
        Fault::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
            OpenError::NoRoom { path: path.to_owned() }
        }
        fault => OpenError::Failed { path: path.to_owned(), why: fault.to_string() },
    }
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Fault> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "foreign_keys", true)?;
    // Otherwise a statement whose plan could depend on the values that are asked for is prepared again for each.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// Whether the key fits. The first key ever used is the one that does from then on.
fn fits(path: &Path, db: &Connection, key: &MasterKey) -> Result<bool, OpenError> {
    let told = |fault: Fault| failed(path, &fault);
    if let Some(check) = check(db).map_err(told)? {
        return Ok(key.settle(&check)?);
    }
    put_check(db, key).map_err(told)?;
    Ok(true)
}

/// Says that this key fits.
pub(super) fn put_check(db: &Connection, key: &MasterKey) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
    db.execute(sql, (CHECK, key.check()?))?;
    Ok(())
}

/// Carries all of the log into the file, and empties it.
pub(super) fn carry_over(db: &Connection) -> Result<(), Fault> {
    db.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE)?;
    Ok(())
}

/// What tells whether a key fits.
pub(super) fn check(db: &Connection) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    Ok(db.query_row(sql, [CHECK], |row| row.get(0)).optional()?)
}

/// Write-ahead log, synced at each commit; carried over by the checkpointer alone.
fn log_ahead(db: &Connection) -> Result<(), Fault> {
    db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_size_limit", LOG_KEPT, |_| Ok(()))?;
    Ok(())
}

fn start(path: &Path, mut db: Connection, lock: File) -> Result<Shared, Fault> {
    let tenants = tenants(&db)?;
    let (queue, bell) = (Arc::new(Queue::default()), Arc::new(Bell::default()));
    let counters = Arc::new(Counters::default());
    let told = Arc::clone(&bell);
    db.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        told.log_is(u32::try_from(pages).unwrap_or(0));
        Ok(())
    }))?;

    let checkpoints = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    log_ahead(&checkpoints)?;
    let read_only = || connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let quick = thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
    let quick = (0..quick).map(|_| read_only()).collect::<Result<_, _>>()?;
    let (readers, errands) = Readers::new(quick);

    let threads = Threads {
        writer: write_on(Writer::new(db, Arc::clone(&counters), Arc::clone(&bell)), &queue)?,
        reader: read_on(read_only()?, errands)?,
        checkpointer: checkpoint_on(checkpoints, &bell)?,
    };
    let threads = Mutex::new(Some(threads));
    let tenants = Mutex::new(tenants);
    Ok(Shared { tenants, queue, readers, bell, counters, lock, threads })
}

/// The tenants on file, each with its number.
pub(super) fn numbers(db: &Connection) -> Result<Vec<(i64, TenantId)>, Fault> {
    let mut statement = db.prepare("SELECT number, id FROM tenants ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parsed = |row: rusqlite::Result<(i64, String)>| {
        let (number, id) = row?;
        Ok((number, serde_json::from_value(id.into())?))
    };
    rows.map(parsed).collect()
}

fn tenants(db: &Connection) -> Result<HashMap<TenantId, Arc<Known>>, Fault> {
    let mut tenants = HashMap::new();
    for (number, id) in numbers(db)? {
        let facts = revocations::load(Scoped::new(db, number))?;
        tenants.insert(id.clone(), Arc::new(Known::on_file(id, number, facts)));
    }
    Ok(tenants)
}

/// Closes the queue when the writer ends, however it ends: nobody waits for one that is gone.
struct Until(Arc<Queue>);

impl Drop for Until {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

fn write_on(writer: Writer, queue: &Arc<Queue>) -> io::Result<JoinHandle<()>> {
    let until = Until(Arc::clone(queue));
    thread::Builder::new().name("stead-writer".into()).spawn(move || writer.run(&until.0))
}

fn read_on(db: Connection, errands: Receiver<Errand>) -> io::Result<JoinHandle<()>> {
    let name = "stead-reader".into();
    thread::Builder::new().name(name).spawn(move || errands.iter().for_each(|errand| errand(&db)))
}

fn checkpoint_on(db: Connection, bell: &Arc<Bell>) -> io::Result<JoinHandle<()>> {
    let bell = Arc::clone(bell);
    thread::Builder::new().name("stead-checkpoint".into()).spawn(move || bell.serve(&db))
}

#[cfg(test)]
mod tests {
    use super::{OpenFlags, connect};
    use rusqlite::StatementStatus;
    use rusqlite::config::DbConfig;

    #[test]
    fn a_question_asked_about_another_user_is_not_prepared_again() {
        let folder = tempfile::tempdir().unwrap();
        let db = connect(&folder.path().join("db"), OpenFlags::default()).unwrap();
        db.execute_batch(include_str!("../../migrations/sqlite/0001_init.sql")).unwrap();
        let prepared_again = || {
            let mut asked = db
                .prepare(
                    "SELECT json FROM consents
                     WHERE tenant = ?1 AND client = ?2 AND resource = ?3 AND user IN ('', ?4) ORDER BY id",
                )
                .unwrap();
            for user in ["alice", "bob", "carol"] {
                assert!(!asked.exists((1, "web", "api://b", user)).unwrap());
            }
            asked.get_status(StatementStatus::RePrepare)
        };
        assert_eq!(prepared_again(), 0);
        // What SQLite does if it is not told otherwise.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, false).unwrap();
        assert_ne!(prepared_again(), 0);
    }
}
