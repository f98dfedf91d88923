//! `stead restore`: back to a backup, and what ends with that.

use super::backup::{counts, summary};
use crate::args::{Everywhere, Restore};
use crate::config;
use crate::out::{self, Tone};
use anyhow::{Context, bail};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;
use stead_core::moment::Moment;
use stead_server::config::StoreConfig;
use stead_server::moment::{Moments, SystemMoments};
use stead_store::{
    Destination, Header, Inspection, Manifest, MasterKey, Occupied, PostgresConfig,
    PostgresInspection, Restored, Since, TenantChains,
};

/// What does not go on unless nothing happened since the backup.
const PASSING: [&str; 4] = ["sessions", "refresh tokens", "codes", "device codes"];

type Opened = stead_store::Restore<Box<dyn BufRead>>;

pub(super) async fn run(everywhere: &Everywhere, what: &Restore) -> anyhow::Result<ExitCode> {
    let moment = SystemMoments.moment();
    let opened = open(&what.from)?;
    if what.check {
        let manifest = opened.check(&moment)?;
        return show(everywhere, &manifest, |manifest| {
            let mark = out::toned(Tone::Good, "✓");
            out::line(format!("{mark} it can be restored: {}", summary(manifest)));
        });
    }
    let process = config::process(everywhere.server_file())?;
    let key = MasterKey::load(&process.server.master_key)?;
    let since = since(what.moved_from.as_deref(), opened.header()).await?;
    let occupied = if what.force { Occupied::MovedAside } else { Occupied::Refused };
    let (place, Done { manifest, aside }) = match &process.server.store {
        StoreConfig::Sqlite { file } => {
            let done = into_sqlite(opened, (file, &key), occupied, (since, &moment))?;
            (file.display().to_string(), done)
        }
        StoreConfig::Postgres(config) => {
            let to = Destination { config, key: &key, occupied };
            let Restored { manifest, aside } = opened.into_postgres(to, since, &moment).await?;
            let aside = aside.map(|schema| format!("the schema {schema}"));
            (config.server.to_string(), Done { manifest, aside })
        }
        StoreConfig::Memory => bail!("nothing of this store outlives the server"),
    };
    if everywhere.json {
        out::json(&json!({ "restored": manifest, "ended": since == Since::Unknown }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(aside) = aside {
        out::line(format!("The database that was there is {aside} now."));
    }
    let mark = out::toned(Tone::Good, "✓");
    out::line(format!("{mark} {place}: {}", summary(&manifest)));
    match since {
        Since::Nothing => moved(&manifest),
        Since::Unknown => ended(&manifest, &moment),
    }
    Ok(ExitCode::SUCCESS)
}

/// What was restored, and where is what was there before.
struct Done {
    manifest: Manifest,
    aside: Option<String>,
}

fn into_sqlite(
    opened: Opened,
    (file, key): (&Path, &MasterKey),
    occupied: Occupied,
    (since, moment): (Since, &Moment),
) -> anyhow::Result<Done> {
    let aside = (occupied == Occupied::MovedAside && file.exists())
        .then(|| stead_store::move_aside(file, moment.now))
        .transpose()?;
    let manifest = opened.into_sqlite(file, key, since, moment)?;
    Ok(Done { manifest, aside: aside.map(|aside| aside.display().to_string()) })
}

fn open(from: &Path) -> anyhow::Result<Opened> {
    let shown = || from.display().to_string();
    let input: Box<dyn BufRead> = if from == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(from).with_context(shown)?))
    };
    stead_store::Restore::open(input).with_context(shown)
}

fn show(
    everywhere: &Everywhere,
    manifest: &Manifest,
    plainly: impl Fn(&Manifest),
) -> anyhow::Result<ExitCode> {
    if everywhere.json {
        out::json(manifest)?;
    } else {
        plainly(manifest);
    }
    Ok(ExitCode::SUCCESS)
}

/// Whatever happens is on record: a database whose chains end where the backup's do has seen nothing since.
async fn since(moved_from: Option<&Path>, header: &Header) -> anyhow::Result<Since> {
    let Some(file) = moved_from else { return Ok(Since::Unknown) };
    let store = if file.extension().is_some_and(|it| it == "toml") {
        config::process(file)?.server.store
    } else {
        StoreConfig::Sqlite { file: file.to_owned() }
    };
    let (shown, found) = match store {
        StoreConfig::Sqlite { file } => (file.display().to_string(), in_sqlite(&file)?),
        StoreConfig::Postgres(config) => (config.server.to_string(), in_postgres(&config).await?),
        StoreConfig::Memory => bail!("nothing of this store outlives the server"),
    };
    let Some((in_use, ends)) = found else { bail!("there is no database {shown}") };
    if in_use {
        bail!("the database {shown} is in use: stop its server, and take the backup after that");
    }
    if ends != header.tenants {
        bail!(
            "something happened in {shown} after the backup was taken: take another one, now that its server is stopped"
        );
    }
    Ok(Since::Nothing)
}

/// Whether somebody uses a database, and where its chains end.
type Before = Option<(bool, Vec<TenantChains>)>;

fn in_sqlite(file: &Path) -> anyhow::Result<Before> {
    let Some(before) = Inspection::open(file)? else { return Ok(None) };
    Ok(Some((before.is_in_use()?, before.spans()?)))
}

async fn in_postgres(config: &PostgresConfig) -> anyhow::Result<Before> {
    let Some(before) = PostgresInspection::open(config).await? else { return Ok(None) };
    Ok(Some((before.is_in_use().await?, before.spans().await?)))
}

fn moved(manifest: &Manifest) {
    let kept = of(manifest, |kind| PASSING.contains(&kind));
    out::line("Nothing happened since the backup was taken, so everything goes on:");
    out::line(format!("  {kept}, and every token."));
    out::line(
        "Never start a server on the old database again: what is used up here would work there.",
    );
}

fn ended(manifest: &Manifest, moment: &Moment) {
    let (taken, now) = (manifest.header.taken, moment.now);
    let left = of(manifest, |kind| PASSING.contains(&kind));
    out::line(format!("What happened between {taken} and {now} is not in it. So that nothing"));
    out::line("works again that was used up or stopped meanwhile, these have ended:");
    out::line(format!("  {left};"));
    out::line("  every access and ID token issued until now: all signing keys are revoked,");
    out::line("  the next start makes new ones. Everybody signs in again.");
    out::line(
        "What administrators and users changed meanwhile is undone, and has to be done again:",
    );
    out::line(
        "  passwords and secrets that were replaced are valid, users and applications that were",
    );
    out::line(
        "  disabled are enabled, consents that were withdrawn are given, recovery codes that were",
    );
    out::line("  used can be used. Resource files are applied at the next start, as always.");
    out::line(
        "An assertion that a client showed meanwhile may be shown once more until it expires.",
    );
}

fn of(manifest: &Manifest, wanted: impl Fn(&str) -> bool) -> String {
    let some = manifest.counts.iter().filter(|(kind, _)| wanted(kind));
    let some: BTreeMap<&'static str, u64> = some.map(|(kind, count)| (*kind, *count)).collect();
    if some.is_empty() { "no sessions".to_owned() } else { counts(&some) }
}
