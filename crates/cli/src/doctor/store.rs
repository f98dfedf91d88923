//! The store: whether it opens, is sound, and the master key fits; whether the records are as they were written.

use super::finding::{Area, Finding};
use super::issuers::Elsewhere;
use super::postgres;
use crate::args::Doctor;
use crate::config::Process;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use stead_core::chain::{Break, Chain};
use stead_proto::id::Issuer;
use stead_proto::time::Timestamp;
use stead_server::config::StoreConfig;
use stead_store::{ChainEnd, Depth, Inspection, MasterKey, MasterKeyError, OpenError};

/// Up to this size, in bytes, a database is looked through without being told to.
const SMALL: u64 = 1 << 30;

/// How large the log beside the database may be, in bytes. The server lets it start over at a quarter of it.
const LONG_LOG: u64 = 256 << 20;

/// How many records of each chain are walked from the end.
pub(super) const WALKED: u64 = 10_000;

const RESTORE: &str =
    "stop the server, keep a copy of the file, and restore a backup: `stead restore`";

/// What others need to know of the store.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    /// The latest instant on record.
    pub(super) latest: Option<Timestamp>,
    /// Everybody else whose keys are asked for.
    pub(super) issuers: BTreeSet<Issuer>,
    /// Whether a server has it open.
    pub(super) in_use: bool,
    /// What its clock says, if it has one of its own.
    pub(super) clocks: Vec<Elsewhere>,
}

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

pub(super) fn no_key(error: &MasterKeyError) -> Finding {
    Area::Store.fail(error.to_string(), "put back the key that the database was made with")
}

pub(super) fn key_fits(file: &Path, fits: bool) -> Finding {
    let shown = file.display();
    if fits {
        return Area::Store.ok(format!("the master key {shown} fits the database"));
    }
    let what = format!("the master key {shown} does not fit the database");
    Area::Store.fail(what, "put back the key that the database was made with")
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

pub(super) fn chain(end: &ChainEnd) -> Finding {
    let ChainEnd { tenant, chain, records, walked, broken } = end;
    // A store of one server has no other chain.
    let of = match chain {
        &Chain::FIRST => " of".to_owned(),
        chain => format!(" of chain {chain} of"),
    };
    let (place, how) = match broken {
        None if walked == records => {
            let what =
                format!("all {records} records{of} tenant {tenant} are as they were written");
            return Area::Store.ok(what);
        }
        None => {
            let what = format!(
                "the last {walked} of {records} records{of} tenant {tenant} are as they were written"
            );
            return Area::Store.ok(what);
        }
        Some(Break::Missing(place)) => (place, "missing"),
        Some(Break::Edited(place)) => (place, "edited"),
    };
    let what = format!("record {}{of} tenant {tenant} is {how}", place.seq);
    let todo = "somebody wrote to the database behind the server's back: find out who, and compare with a backup";
    Area::Store.fail(what, todo)
}
