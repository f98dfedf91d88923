//! Start, say where, follow the file and those it names, end gracefully.

use super::Loaded;
use crate::out;
use crate::serve::{Asked, Signals, start_log, warn};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use stead::Clock;
use stead_gateway::Running;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Runs the gateway that this file describes.
pub async fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let Loaded { gateway, log, named, warnings } = super::load(path)?;
    warn(&warnings);
    start_log(&log, path)?;
    let mut signals = Signals::new()?;
    let mut files = Followed::new(path, named);
    let running = stead_gateway::start(gateway, Clock::system()).await?;
    announce(&running);
    loop {
        let asked = tokio::select! {
            asked = signals.next() => asked,
            () = files.changed() => Asked::Reload,
        };
        match asked {
            Asked::Reload => reload(&running, path, &mut files),
            Asked::Stop => break,
        }
    }
    Ok(signals.awaiting(running.shutdown()).await)
}

/// Takes over what the file says now. Where it is wrong, what was at work goes on being at work.
fn reload(running: &Running, path: &Path, files: &mut Followed) {
    let loaded = match super::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            running.keep();
            return out::note(format!("{mistakes}\nnot reloaded: nothing has changed"));
        }
    };
    warn(&loaded.warnings);
    files.follow(path, loaded.named);
    if running.needs_restart(&loaded.gateway) {
        out::note("where it listens and how it stops stay as they were until a restart");
    }
    match running.reload(loaded.gateway) {
        Ok(()) => out::note("reloaded"),
        Err(error) => out::note(format!("{error}\nnot reloaded: nothing has changed")),
    }
}

fn announce(running: &Running) {
    if let Some(address) = running.proxy() {
        out::line(format!("stead gateway listens on {address}"));
    }
    if let Some(address) = running.ext_authz() {
        out::line(format!("stead gateway answers other proxies on {address}"));
    }
    if let Some(address) = running.egress() {
        out::line(format!("stead gateway lets the application out at {address}"));
    }
    if let Some(place) = running.api() {
        out::line(format!("stead gateway gives tokens at {place}"));
    }
    if let Some(address) = running.metrics() {
        out::line(format!("  metrics  http://{address}/metrics"));
    }
    out::line("\nready");
}

/// Files, and when each was last written.
struct Followed(BTreeMap<PathBuf, Option<SystemTime>>);

impl Followed {
    fn new(path: &Path, named: Vec<PathBuf>) -> Self {
        let mut followed = Self(BTreeMap::new());
        followed.follow(path, named);
        followed
    }

    /// Follows these from now on. What was seen of those it knows already still counts.
    fn follow(&mut self, path: &Path, named: Vec<PathBuf>) {
        let mut before = std::mem::take(&mut self.0);
        for file in named.into_iter().chain([path.to_owned()]) {
            let seen = before.remove(&file).unwrap_or_else(|| written(&file));
            self.0.insert(file, seen);
        }
    }

    /// Returns when one of them was written anew. While there is none, nothing has changed.
    async fn changed(&mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.look() {
                return;
            }
        }
    }

    /// Whether one of them was written since they were last looked at.
    fn look(&mut self) -> bool {
        let mut changed = false;
        for (file, seen) in &mut self.0 {
            let now = written(file);
            if now.is_some() && now != *seen {
                (*seen, changed) = (now, true);
            }
        }
        changed
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn stamp(file: &Path, second: u64) {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        fs::File::options().write(true).open(file).unwrap().set_modified(at).unwrap();
    }

    #[test]
    fn a_file_that_is_named_counts_like_the_one_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("gateway.toml"), folder.path().join("key.pem"));
        for file in [&path, &key] {
            fs::write(file, "").unwrap();
            stamp(file, 1);
        }
        let mut followed = Followed::new(&path, vec![key.clone()]);
        assert!(!followed.look());
        stamp(&key, 2);
        assert!(followed.look() && !followed.look());
        // Away for a moment, while it is replaced: nothing to read yet.
        fs::remove_file(&key).unwrap();
        assert!(!followed.look());
        fs::write(&key, "").unwrap();
        stamp(&key, 3);
        followed.follow(&path, vec![key.clone()]);
        assert!(followed.look());
        followed.follow(&path, Vec::new());
        stamp(&key, 4);
        assert!(!followed.look());
    }
}
