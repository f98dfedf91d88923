//! `stead serve`: start, say where, reload on SIGHUP, end gracefully.

use crate::config::{self, Log, LogFormat};
use crate::mistake::Mistake;
use crate::out;
use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use stead_server::moment::SystemMoments;
use stead_server::{AdminAddress, Running};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What the operator asks of a running server.
enum Asked {
    Reload,
    Stop,
}

pub(super) async fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let loaded = config::load(path)?;
    warn(&loaded.warnings);
    start_log(&loaded.log, path)?;
    let mut signals = Signals::new()?;
    let running = stead_server::start(loaded.server, Arc::new(SystemMoments)).await?;
    announce(&running);
    while let Asked::Reload = signals.next().await {
        reload(&running, path).await;
    }
    out::note("stopping: finishing what is on its way");
    running.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be received");
        Ok(Self {
            reload: listen(SignalKind::hangup())?,
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.reload.recv() => Asked::Reload,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
        }
    }
}

/// Takes over what the files say now. Where they are wrong, what was served before goes on being served.
async fn reload(running: &Running, path: &Path) {
    let loaded = match config::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            return out::note(format!("{mistakes}\nnot reloaded: nothing has changed"));
        }
    };
    warn(&loaded.warnings);
    match running.reload(loaded.server.tenants).await {
        Ok(changes) => {
            for change in &changes {
                out::note(format!("  {change}"));
            }
            out::note(format!("reloaded: {} changed", changes.len()));
        }
        Err(error) => out::note(format!("{error}\nnot reloaded: nothing has changed")),
    }
}

fn warn(warnings: &[Mistake]) {
    for warning in warnings {
        out::note(warning);
    }
}

fn start_log(log: &Log, path: &Path) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level)
        .with_context(|| format!("{}: [log] level `{}`", path.display(), log.level))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(out::coloured(&std::io::stderr()));
    match log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

fn announce(running: &Running) {
    out::line(format!("stead serves {} (listening on {})", running.public_url(), running.https()));
    match running.admin() {
        AdminAddress::Tcp(address) => out::line(format!("  admin API  http://{address}")),
        AdminAddress::Unix(socket) => out::line(format!("  admin API  unix:{}", socket.display())),
    }
    out::line(format!("  its token  {}", running.admin_token_file().display()));
    if let Some(address) = running.metrics() {
        out::line(format!("  metrics    http://{address}/metrics"));
    }
    if let Some(ca) = running.ca_certificate() {
        let ca = std::path::absolute(&ca).unwrap_or(ca);
        out::line("\nIts certificate is of a development CA. To trust it in this shell:");
        for name in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"] {
            out::line(format!("  export {name}={}", ca.display()));
        }
    }
    out::line("\nready");
}
