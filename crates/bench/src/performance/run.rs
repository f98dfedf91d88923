//! Measures the whole matrix, or what is wanted of it.

use super::kept::Kept;
use super::matrix::{Entry, matrix};
use crate::args::{Bench, Exchange, Extent, Line, Report};
use crate::measure::measure;
use crate::progress::say;
use crate::report::Section;
use crate::stead::Stead;
use anyhow::{Context, bail};
use clap::Parser;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What `--only` says to measure nothing.
const NOTHING: &str = "none";

/// Measures what is wanted, and writes the page after each part, so that nothing is lost with what comes later.
pub async fn run(stead: &Stead, args: &Report) -> anyhow::Result<Vec<Section>> {
    let entries = wanted(args)?;
    let mut kept = Kept::read(&args.into)?;
    for file in &args.add {
        let named = || file.display().to_string();
        let text = fs::read(file).with_context(named)?;
        kept.put(serde_json::from_slice(&text).with_context(named)?);
    }
    kept.write(&args.into)?;
    for entry in entries {
        say(format!("== {}: {}", entry.id, entry.typed()));
        let folder = folder(args)?;
        let mut section = measure(stead, &bench(&entry, folder.path())?).await?;
        entry.id.clone_into(&mut section.id);
        entry.title.clone_into(&mut section.title);
        section.command = Some(entry.typed());
        kept.put(section);
        kept.write(&args.into)?;
    }
    Ok(kept.sections)
}

fn wanted(args: &Report) -> anyhow::Result<Vec<Entry>> {
    let mut entries = matrix(args.thorough);
    let known = |id: &String| id == NOTHING || entries.iter().any(|entry| entry.id == id);
    if let Some(unknown) = args.only.iter().find(|id| !known(id)) {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        bail!("there is no section {unknown}: expected {} or {NOTHING}", ids.join(", "));
    }
    entries.retain(|entry| args.only.is_empty() || args.only.iter().any(|id| id == entry.id));
    Ok(entries)
}

/// A folder for one server, gone afterwards.
fn folder(args: &Report) -> anyhow::Result<tempfile::TempDir> {
    let made = match &args.dir {
        Some(dir) => fs::create_dir_all(dir).and_then(|()| tempfile::tempdir_in(dir)),
        None => tempfile::tempdir(),
    };
    made.context("a temporary folder cannot be made")
}

/// The measurement of an entry, in this folder.
fn bench(entry: &Entry, folder: &Path) -> anyhow::Result<Bench> {
    let words = ["bench"].into_iter().chain(entry.command.split(' '));
    let mut bench = Line::try_parse_from(words)?.bench;
    let (setup, extent) = match &mut bench {
        Bench::Exchange(what) => {
            let Exchange { setup, extent, .. } = &mut **what;
            (setup, extent)
        }
        Bench::Login(what) => (&mut what.setup, &mut what.extent),
        Bench::Memory(what) => {
            what.dir = Some(folder.to_owned());
            return Ok(bench);
        }
        Bench::Gateway(what) => {
            what.extent.seconds = seconds(entry, &what.extent);
            return Ok(bench);
        }
        Bench::Verify(_) | Bench::Cache(_) => return Ok(bench),
        Bench::Peers(_) => bail!("peers are measured by cargo xtask bench-peers"),
        Bench::Report(_) => bail!("a report is many measurements"),
    };
    setup.dir = Some(folder.to_owned());
    extent.seconds = seconds(entry, extent);
    Ok(bench)
}

fn seconds(entry: &Entry, extent: &Extent) -> Duration {
    entry.seconds.map_or(extent.seconds, |it| Duration::from_secs(it.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn report(words: &[&str]) -> Report {
        let words = ["bench", "report"].iter().chain(words);
        match Line::try_parse_from(words).unwrap().bench {
            Bench::Report(report) => report,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_sections_are_wanted_or_those_that_are_named_and_none_that_is_not_there() {
        let ids = |words: &[&str]| {
            let entries = wanted(&report(words)).unwrap();
            entries.iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&[]).len(), matrix(false).len());
        assert_eq!(ids(&["--only", "login,exchange-cold"]), ["exchange-cold", "login"]);
        assert_eq!(ids(&["--only", "none"]), [""; 0]);
        assert!(wanted(&report(&["--only", "logon"])).is_err());
    }

    #[test]
    fn an_entry_is_measured_in_the_given_folder_for_as_long_as_it_says() {
        for entry in matrix(true) {
            let (setup, extent) = match bench(&entry, Path::new("there")).unwrap() {
                Bench::Exchange(what) => (what.setup, what.extent),
                Bench::Login(what) => (what.setup, what.extent),
                Bench::Memory(what) => {
                    assert_eq!(
                        (what.dir.as_deref(), entry.seconds),
                        (Some(Path::new("there")), None)
                    );
                    continue;
                }
                Bench::Verify(_) | Bench::Cache(_) => {
                    assert_eq!(entry.seconds, None, "{entry:?}");
                    continue;
                }
                Bench::Gateway(what) => {
                    assert_eq!(what.extent.seconds.as_secs(), u64::from(entry.seconds.unwrap()));
                    continue;
                }
                Bench::Peers(_) | Bench::Report(_) => panic!("{entry:?}"),
            };
            assert_eq!(setup.dir.as_deref(), Some(Path::new("there")));
            assert_eq!(
                Some(extent.seconds),
                entry.seconds.map(|it| Duration::from_secs(it.into()))
            );
        }
    }
}
