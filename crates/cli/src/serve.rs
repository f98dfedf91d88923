//! `stead serve`: start, say where, reload on SIGHUP, end gracefully.

use crate::config::{self, Loaded, Log, LogFormat};
use crate::mistake::Mistake;
use crate::out;
use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use stead_core::settings::{KeyRules, Settings};
use stead_server::config::ServerConfig;
use stead_server::moment::SystemMoments;
use stead_server::{AdminAddress, Running};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What the operator asks of what is running.
pub(crate) enum Asked {
    /// To read the files again.
    Reload,
    /// To stop.
    Stop,
}

/// Serves what the process file says.
pub async fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let announced = |running: &Running| {
        announce(running);
        Ok(())
    };
    serve(config::load(path)?, path, announced).await
}

/// Serves what a process file says, announced in the words of whoever asks for it.
pub async fn serve(
    loaded: Loaded,
    path: &Path,
    announce: impl FnOnce(&Running) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    warn(&loaded.warnings);
    start_log(&loaded.log, path)?;
    let mut signals = Signals::new()?;
    let Loaded { server, log, .. } = loaded;
    let begun = Begun { server: ServerConfig { tenants: Vec::new(), ..server.clone() }, log };
    let running = stead_server::start(server, Arc::new(SystemMoments)).await?;
    announce(&running)?;
    while let Asked::Reload = signals.next().await {
        reload(&running, &begun, path).await;
    }
    Ok(signals.awaiting(running.shutdown()).await)
}

/// What stays as it was at the start, whatever the process file says later.
struct Begun {
    server: ServerConfig,
    log: Log,
}

impl Begun {
    /// The keys of the process file that say something else now.
    fn outdated(&self, now: &Loaded) -> Vec<&'static str> {
        let (then, server) = (&self.server, &now.server);
        let tokens = |all: &Settings| Settings { signing: KeyRules::default(), ..all.clone() };
        let keys = [
            ("public_url", then.public_url != server.public_url),
            ("data_dir", then.data_dir != server.data_dir),
            ("listen", then.listen != server.listen),
            ("tls", then.tls != server.tls),
            ("store", then.store != server.store),
            ("keys", then.master_key != server.master_key),
            ("admin", then.admin_token != server.admin_token),
            ("records", then.keep_records != server.keep_records),
            ("shutdown", then.shutdown != server.shutdown),
            ("signing", then.settings.signing != server.settings.signing),
            ("tokens", tokens(&then.settings) != tokens(&server.settings)),
            ("telemetry", then.telemetry != server.telemetry),
            ("log", self.log != now.log),
        ];
        keys.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
    }
}

/// How the operator asks.
pub(crate) struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be received");
        Ok(Self {
            reload: listen(SignalKind::hangup())?,
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits until it has ended, unless somebody cannot wait.
    pub(crate) async fn awaiting(&mut self, end: impl Future<Output = ()>) -> ExitCode {
        out::note("stopping: finishing what is on its way");
        tokio::select! {
            () = end => ExitCode::SUCCESS,
            () = self.stop() => {
                out::note("stopped at once: what was on its way is given up");
                ExitCode::FAILURE
            }
        }
    }

    /// There is nothing left to reload.
    async fn stop(&mut self) {
        while let Asked::Reload = self.next().await {}
    }

    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.reload.recv() => Asked::Reload,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
        }
    }
}

/// Takes over what the files say now. Where they are wrong, what was served before goes on being served.
async fn reload(running: &Running, begun: &Begun, path: &Path) {
    let loaded = match config::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            return out::note(format!("{mistakes}\nnot reloaded: nothing has changed"));
        }
    };
    warn(&loaded.warnings);
    let outdated = begun.outdated(&loaded);
    if !outdated.is_empty() {
        let (file, keys) = (path.display(), outdated.join(", "));
        out::note(format!("{file}: these stay as they were until a restart: {keys}"));
    }
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

/// Says what works, and should be looked at.
pub(crate) fn warn(warnings: &[Mistake]) {
    for warning in warnings {
        out::note(warning);
    }
}

/// Logs from now on.
pub(crate) fn start_log(log: &Log, path: &Path) -> anyhow::Result<()> {
    // The library that reads passkeys logs each answer it cannot read as an error of its own: anybody could
    // fill the log. What was wrong is on record. Who names it in the level hears it all the same.
    let filter = EnvFilter::try_new(format!("webauthn_rs_core=off,{}", log.level))
        .with_context(|| format!("{}: [log] level `{}`", path.display(), log.level))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would be said to the same reader that has gone, and not being heard there is a panic.
        .log_internal_errors(false)
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
        for name in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"]
        {
            out::line(format!("  export {name}={}", ca.display()));
        }
    }
    out::line("\nready");
}
