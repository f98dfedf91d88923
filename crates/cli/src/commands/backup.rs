//! `stead backup`: everything on file in one file, while a server goes on.

use crate::args::{Backup, Everywhere};
use crate::config::{self, Process};
use crate::out::{self, Tone};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use stead_server::config::StoreConfig;
use stead_server::moment::{Moments, SystemMoments};
use stead_store::{Inspection, Manifest, PostgresInspection};

pub(super) async fn run(everywhere: &Everywhere, what: &Backup) -> anyhow::Result<ExitCode> {
    let process = config::process(everywhere.server_file())?;
    if what.to == Path::new("-") {
        let manifest = take(&process, &mut io::stdout().lock()).await?;
        out::note(summary(&manifest));
        return Ok(ExitCode::SUCCESS);
    }
    let manifest = into_file(&process, &what.to).await?;
    if everywhere.json {
        out::json(&manifest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mark = out::toned(Tone::Good, "✓");
    out::line(format!("{mark} {}: {}", what.to.display(), summary(&manifest)));
    out::line(format!(
        "  The master key is not in it: keep a copy of {} apart.",
        process.server.master_key.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// A file for its owner alone, whole or not at all.
async fn into_file(process: &Process, path: &Path) -> anyhow::Result<Manifest> {
    let shown = || path.display().to_string();
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(path).with_context(shown)?;
    let taken = take(process, &mut file).await.and_then(|manifest| {
        sync(&file, path).with_context(shown)?;
        Ok(manifest)
    });
    if taken.is_err() {
        fs::remove_file(path).ok();
    }
    taken
}

fn sync(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

async fn take(process: &Process, out: &mut dyn Write) -> anyhow::Result<Manifest> {
    let watched = io::stderr().is_terminal();
    let mut progress = |lines: u64| {
        if watched {
            let _ = write!(io::stderr().lock(), "\r{lines} lines");
        }
    };
    let manifest = everything(&process.server.store, out, &mut progress).await;
    if watched {
        let _ = write!(io::stderr().lock(), "\r");
    }
    manifest
}

async fn everything(
    store: &StoreConfig,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> anyhow::Result<Manifest> {
    let now = SystemMoments.moment().now;
    match store {
        StoreConfig::Sqlite { file } => {
            let Some(open) = Inspection::open(file)? else {
                bail!("there is no database {} yet: the first start makes it", file.display());
            };
            Ok(open.back_up(out, now, progress)?)
        }
        StoreConfig::Postgres(config) => {
            let Some(open) = PostgresInspection::open(config).await? else {
                bail!("there is nothing in {} yet: the first start makes it", config.server);
            };
            Ok(open.back_up(out, now, progress).await?)
        }
        StoreConfig::Memory => bail!("nothing of this store outlives the server"),
    }
}

/// When it was taken, what it holds, and its digest.
pub(super) fn summary(manifest: &Manifest) -> String {
    let (taken, held) = (manifest.header.taken, counts(&manifest.counts));
    format!("taken at {taken}, {held}, SHA-256 {}", manifest.sha256)
}

pub(super) fn counts(counts: &BTreeMap<&'static str, u64>) -> String {
    let parts = counts.iter().map(|(kind, count)| match (count, kind.strip_suffix('s')) {
        (1, Some(one)) => format!("1 {one}"),
        _ => format!("{count} {kind}"),
    });
    parts.collect::<Vec<_>>().join(", ")
}
