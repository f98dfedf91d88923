//! The store in PostgreSQL: whether it opens and the master key fits, how it is set up and how long a commit
//! takes, who is at work on it, and whether the records are as they were written.

use super::database::{Inspected, WALKED, chain, key_fits, no_key};
use super::disk::{SLOW, VERY_SLOW};
use super::elsewhere::Elsewhere;
use super::finding::{Area, Finding};
use crate::args::Doctor;
use std::path::Path;
use std::time::Instant;
use stead_proto::time::Timestamp;
use stead_server::moment::{Moments, SystemMoments};
use stead_store::{
    Commits, Condition, MasterKey, PostgresConfig, PostgresError, PostgresInspection,
};

/// The database as configured.
pub(super) async fn look(
    config: &PostgresConfig,
    master_key: &Path,
    doctor: Doctor,
) -> (Inspected, Vec<Finding>) {
    match inspect(config, master_key, doctor).await {
        Ok(told) => told,
        Err(error) => {
            let todo = "see whether PostgreSQL runs and lets this user in";
            (Inspected::default(), vec![Area::Store.fail(error.to_string(), todo)])
        }
    }
}

async fn inspect(
    config: &PostgresConfig,
    master_key: &Path,
    doctor: Doctor,
) -> Result<(Inspected, Vec<Finding>), PostgresError> {
    let place = &config.server;
    let Some(open) = PostgresInspection::open(config).await? else {
        return Ok((Inspected::default(), vec![nothing_yet(config)]));
    };
    let asked = Instant::now();
    let condition = open.condition().await?;
    let clock = clock(config, &condition, asked);
    let mut inspected = Inspected { clocks: vec![clock], ..Inspected::default() };
    let mut found = vec![protection(config, &condition)];
    found.extend(fsync(&condition));
    found.extend(open.commits().await.map(commits));
    if open.steps_behind() > 0 {
        found.insert(0, behind(config, &open));
        return Ok((inspected, found));
    }
    inspected.latest = open.latest().await?;
    inspected.issuers = open.issuers().await?;
    inspected.in_use = open.is_in_use().await?;
    let version = &condition.version;
    let servers = servers(condition.servers, inspected.in_use);
    let what = format!("{place} (PostgreSQL {version}) opens, is of this version, and {servers}");
    found.insert(0, Area::Store.ok(what));
    found.push(key(master_key, &open).await?);
    let walked = if doctor.thorough { u64::MAX } else { WALKED };
    found.extend(open.chain_ends(walked).await?.iter().map(chain));
    Ok((inspected, found))
}

fn nothing_yet(config: &PostgresConfig) -> Finding {
    let place = &config.server;
    if config.migrate {
        let what = format!("{place} answers; the next start brings it to this version");
        return Area::Store.ok(what);
    }
    Area::Store.fail(format!("{place} answers, and is empty"), "run `stead migrate`")
}

fn behind(config: &PostgresConfig, open: &PostgresInspection) -> Finding {
    let (place, steps) = (&config.server, open.steps_behind());
    if config.migrate {
        let what = format!("{place} opens; the next start brings it {steps} versions further");
        return Area::Store.ok(what);
    }
    Area::Store
        .fail(format!("{place} opens, and is {steps} versions behind"), "run `stead migrate`")
}

/// The middle between question and answer is the best guess of when it was looked at.
fn clock(config: &PostgresConfig, condition: &Condition, asked: Instant) -> Elsewhere {
    let taken = i64::try_from(asked.elapsed().as_millis()).unwrap_or(i64::MAX);
    let now = SystemMoments.moment().now;
    let at = Timestamp::from_millis(now.millis().saturating_sub(taken / 2));
    Elsewhere { who: format!("the database {}", config.server), said: condition.clock, at }
}

fn servers(leases: i64, in_use: bool) -> String {
    match (leases, in_use) {
        (0, false) => "no server writes to it".to_owned(),
        (0, true) => "a server is connected to it".to_owned(),
        (1, _) => "1 server writes to it".to_owned(),
        (n, _) => format!("{n} servers write to it"),
    }
}

fn protection(config: &PostgresConfig, condition: &Condition) -> Finding {
    match condition.encryption.as_deref() {
        None => Area::Store.ok("the database does not say whether the connection is encrypted"),
        Some("") if config.server.is_local() => {
            let what = "the connection does not leave this machine, and is not encrypted";
            Area::Store.ok(what)
        }
        Some("") => {
            let todo = "write sslmode=verify-full and sslrootcert=FILE in store.url";
            Area::Store.warn("the connection to the database is not encrypted", todo)
        }
        Some(how) if config.server.is_verified() || config.server.is_local() => {
            Area::Store.ok(format!("the connection is encrypted ({how})"))
        }
        Some(how) => {
            let what = format!("the connection is encrypted ({how}), to whoever answers");
            Area::Store.warn(what, "write sslmode=verify-full and sslrootcert=FILE in store.url")
        }
    }
}

fn fsync(condition: &Condition) -> Option<Finding> {
    (condition.fsync == Some(false)).then(|| {
        let what =
            "fsync is off: what is acknowledged does not survive a power cut of the database";
        Area::Store.warn(what, "set fsync = on in postgresql.conf")
    })
}

fn commits(Commits { half, most }: Commits) -> Finding {
    let what = format!(
        "a commit takes {half:.1?} (one in fifty {most:.1?} or more); each token waits for one"
    );
    let todo = "look at the way to the database, and at the disk it is on";
    if half > VERY_SLOW || most > VERY_SLOW * 5 {
        return Area::Store.fail(what, todo);
    }
    if half > SLOW || most > VERY_SLOW {
        return Area::Store.warn(what, todo);
    }
    Area::Store.ok(what)
}

/// Looks at the key's file itself: one that is missing must not be made here.
async fn key(file: &Path, open: &PostgresInspection) -> Result<Finding, PostgresError> {
    Ok(match MasterKey::load(file) {
        Ok(key) => key_fits(file, open.fits(&key).await?),
        Err(error) => no_key(&error),
    })
}
