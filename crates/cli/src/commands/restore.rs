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
use stead_store::{Header, Inspection, Manifest, MasterKey, Since};

/// What does not go on unless nothing happened since the backup.
const PASSING: [&str; 4] = ["sessions", "refresh tokens", "codes", "device codes"];

type Opened = stead_store::Restore<Box<dyn BufRead>>;

pub(super) fn run(everywhere: &Everywhere, what: &Restore) -> anyhow::Result<ExitCode> {
    let moment = SystemMoments.moment();
    let opened = open(&what.from)?;
    if what.check {
        let manifest = opened.check(&moment)?;
        return show(everywhere, &manifest, |manifest| {
            let mark = out::toned(Tone::Good, "✓");
            out::line(format!("{mark} it can be restored: {}", summary(manifest)));
        });
    }
    let process = config::process(&everywhere.config)?;
    let StoreConfig::Sqlite { file } = &process.server.store else {
        bail!("a backup is restored into SQLite: set store.path");
    };
    let key = MasterKey::load(&process.server.master_key)?;
    let since = since(what.moved_from.as_deref(), opened.header())?;
    let aside = (what.force && file.exists())
        .then(|| stead_store::move_aside(file, moment.now))
        .transpose()?;
    let manifest = opened.into_sqlite(file, &key, since, &moment)?;
    if everywhere.json {
        out::json(&json!({ "restored": manifest, "ended": since == Since::Unknown }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(aside) = aside {
        out::line(format!("The database that was there is {} now.", aside.display()));
    }
    let mark = out::toned(Tone::Good, "✓");
    out::line(format!("{mark} {}: {}", file.display(), summary(&manifest)));
    match since {
        Since::Nothing => moved(&manifest),
        Since::Unknown => ended(&manifest, &moment),
    }
    Ok(ExitCode::SUCCESS)
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
fn since(moved_from: Option<&Path>, header: &Header) -> anyhow::Result<Since> {
    let Some(file) = moved_from else { return Ok(Since::Unknown) };
    let shown = file.display();
    let Some(before) = Inspection::open(file)? else { bail!("there is no database {shown}") };
    if before.is_in_use()? {
        bail!("the database {shown} is in use: stop its server, and take the backup after that");
    }
    if before.spans()? != header.tenants {
        bail!(
            "something happened in {shown} after the backup was taken: take another one, now that its server is stopped"
        );
    }
    Ok(Since::Nothing)
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
