//! The store: whether it opens, is sound, and the master key fits; whether the records are as they were written.

use super::database::{Inspected, WALKED, chain, key_fits, no_key};
use super::finding::{Area, Finding};
use super::postgres;
use crate::args::Doctor;
use crate::config::Process;
use std::fs;
use std::path::Path;
use stead_server::config::StoreConfig;
use stead_store::{Depth, Inspection, MasterKey, OpenError};

/// Up to this size, in bytes, a database is looked through without being told to.
const SMALL: u64 = 1 << 30;

/// How large the log beside the database may be, in bytes. The server lets it start over at a quarter of it.
const LONG_LOG: u64 = 256 << 20;

const RESTORE: &str =
    "stop the server, keep a copy of the file, and restore a backup: `stead restore`";

/// The store as configured.
pub(super) async fn look(process: &Process, doctor: Doctor) -> (Inspected, Vec<Finding>) {
    let file = match &process.server.store {
        StoreConfig::Sqlite { file } => file,
        StoreConfig::Postgres(config) => {
            return postgres::look(config, &process.server.master_key, doctor).await;
        }
        StoreConfig::Memory => {
            let what = "everything is in memory, and gone when the server stops";
            let found = Area::Store.warn(what, "set store.path in production");
            return (Inspected::default(), vec![found]);
        }
    };
    match sqlite(file, &process.server.master_key, doctor) {
        Ok(told) => told,
        Err(error) => (Inspected::default(), vec![Area::Store.fail(error.to_string(), RESTORE)]),
    }
}

fn sqlite(
    file: &Path,
    master_key: &Path,
    doctor: Doctor,
) -> Result<(Inspected, Vec<Finding>), OpenError> {
    let Some(open) = Inspection::open(file)? else {
        let what = format!("there is no database {} yet: the first start makes it", file.display());
        return Ok((Inspected::default(), vec![Area::Store.ok(what)]));
    };
    let (latest, issuers, in_use) = (open.latest()?, open.issuers()?, open.is_in_use()?);
    let inspected = Inspected { latest, issuers, in_use, clocks: Vec::new() };
    let mut found = vec![opened(file, &open, inspected.in_use)?, key(master_key, &open)?];
    found.extend(damage(file, &open, doctor)?);
    found.extend(log(file));
    let walked = if doctor.thorough { u64::MAX } else { WALKED };
    if open.steps_behind()? > 0 {
        let what = "the chains of records are looked at once the next start has taken them along";
        found.push(Area::Store.ok(what));
    } else {
        found.extend(open.chain_ends(walked)?.iter().map(chain));
    }
    Ok((inspected, found))
}

fn opened(file: &Path, open: &Inspection, in_use: bool) -> Result<Finding, OpenError> {
    let shown = file.display();
    let behind = open.steps_behind()?;
    let version = match behind {
        0 => "of this version".to_owned(),
        1 => "of the version before; the next start takes it along".to_owned(),
        n => format!("{n} versions behind; the next start takes it along"),
    };
    let used = if in_use { "in use by a running server" } else { "not in use" };
    Ok(Area::Store.ok(format!("{shown} opens, is {version}, and is {used}")))
}

/// Looks at the key's file itself: one that is missing must not be made here.
fn key(file: &Path, open: &Inspection) -> Result<Finding, OpenError> {
    Ok(match MasterKey::load(file) {
        Ok(key) => key_fits(file, open.fits(&key)?),
        Err(error) => no_key(&error),
    })
}

/// All of the file is read for it, which takes its time.
fn damage(file: &Path, open: &Inspection, doctor: Doctor) -> Result<Vec<Finding>, OpenError> {
    let size = fs::metadata(file).map_or(0, |metadata| metadata.len());
    if size > SMALL && !doctor.thorough {
        let what = "the database is large and was not looked through for damage; --thorough does";
        return Ok(vec![Area::Store.ok(what)]);
    }
    let depth = if doctor.thorough { Depth::Thorough } else { Depth::Quick };
    let damage = open.damage(depth)?;
    if damage.is_empty() {
        return Ok(vec![Area::Store.ok("no page or row of the database is damaged")]);
    }
    let told =
        |what: &String| Area::Store.fail(format!("the database is damaged: {what}"), RESTORE);
    Ok(damage.iter().map(told).collect())
}

fn log(file: &Path) -> Option<Finding> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let size = fs::metadata(&log).map_or(0, |metadata| metadata.len());
    (size > LONG_LOG).then(|| {
        let what = format!("the log beside the database has grown to {} MiB", size >> 20);
        let todo = "see whether another program keeps the database open for long, as a backup does";
        Area::Store.warn(what, todo)
    })
}
