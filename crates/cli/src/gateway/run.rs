//! Start, say where, follow the file, end gracefully.

use super::Loaded;
use crate::out;
use crate::serve::{Asked, Signals, start_log, warn};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use stead::Clock;
use stead_gateway::Running;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Runs the gateway that this file describes.
pub async fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let Loaded { gateway, log, warnings } = super::load(path)?;
    warn(&warnings);
    start_log(&log, path)?;
    let mut signals = Signals::new()?;
    let mut file = Followed::new(path);
    let running = stead_gateway::start(gateway, Clock::system()).await?;
    announce(&running);
    loop {
        let asked = tokio::select! {
            asked = signals.next() => asked,
            () = file.changed() => Asked::Reload,
        };
        match asked {
            Asked::Reload => reload(&running, path),
            Asked::Stop => break,
        }
    }
    Ok(signals.awaiting(running.shutdown()).await)
}

/// Takes over what the file says now. Where it is wrong, what was at work goes on being at work.
fn reload(running: &Running, path: &Path) {
    let loaded = match super::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            running.keep();
            return out::note(format!("{mistakes}\nnot reloaded: nothing has changed"));
        }
    };
    warn(&loaded.warnings);
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

/// A file, and when it was last written.
struct Followed {
    path: PathBuf,
    written: Option<SystemTime>,
}

impl Followed {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), written: written(path) }
    }

    /// Returns when it was written anew. While there is none, nothing has changed.
    async fn changed(&mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let now = written(&self.path);
            if now.is_some() && now != self.written {
                self.written = now;
                return;
            }
        }
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}
