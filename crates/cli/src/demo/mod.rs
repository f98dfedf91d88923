//! `stead demo`: the whole journey on this machine. A front end, a middle tier, an API behind it, an
//! identity provider, three users; each its own listener with HTTPS, built with the SDK as any user would.
//!
//! | file | what it is |
//! |---|---|
//! | `dashboard` | the front end: a page in the browser |
//! | `reports_api` | the middle tier: exchanges the user's token |
//! | `company_data` | the API behind: verifies who acts for whom |
//! | `tiers` | the three of them, started |
//! | `files` | the folder: process file, resources, secrets |
//! | `place` | the ports and URLs |
//! | `walk` | `--check`: the journey without a browser |

mod company_data;
mod dashboard;
mod files;
mod place;
mod reports_api;
mod tiers;
mod walk;

use crate::args::Demo;
use crate::config;
use crate::out::{self, Tone, toned};
use anyhow::Context;
use files::{Folder, PEOPLE_AND_PASSWORDS};
use place::{Places, Sockets};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use stead_server::Running;
use stead_server::moment::SystemMoments;
use tempfile::TempDir;
use tiers::Tiers;
use tokio::signal::unix::{SignalKind, signal};

/// The demo, running.
#[derive(Debug)]
struct Demonstration {
    identity: Running,
    tiers: Tiers,
    places: Places,
    folder: Folder,
    _temporary: Option<TempDir>,
}

/// Runs the demo until it is interrupted, or walks through it once.
pub async fn run(args: &Demo) -> anyhow::Result<ExitCode> {
    let demo = start(args).await?;
    let code = if args.check {
        walk::check(&demo.identity, &demo.places).await?
    } else {
        announce(&demo);
        interrupted().await?;
        ExitCode::SUCCESS
    };
    demo.tiers.stop().await;
    demo.identity.shutdown().await;
    Ok(code)
}

async fn start(args: &Demo) -> anyhow::Result<Demonstration> {
    let (path, temporary) = place_of(args)?;
    // A check takes whatever ports are free: it may run beside a demo.
    let sockets = Sockets::bind(if args.check { 0 } else { args.port })?;
    let places = sockets.places.clone();
    let folder = Folder::prepare(&path, &places)?;
    let loaded = config::load(&folder.process_file())?;
    let identity = stead_server::start(loaded.server, Arc::new(SystemMoments)).await?;
    let tiers = Tiers::start(sockets, &folder, &identity)?;
    Ok(Demonstration { identity, tiers, places, folder, _temporary: temporary })
}

fn place_of(args: &Demo) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    if let Some(dir) = &args.dir {
        return Ok((dir.clone(), None));
    }
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    Ok((temporary.path().to_owned(), Some(temporary)))
}

fn announce(demo: &Demonstration) {
    let strong = |text: String| toned(Tone::Strong, text);
    out::line(format!("Open {} and sign in as:\n", strong(demo.places.dashboard())));
    let stories = [
        "an employee: her rows appear",
        "in no group: reports-api may not act for him, and you see why",
        "in finance: she is asked to sign in again before her rows appear",
    ];
    for ((name, password), story) in PEOPLE_AND_PASSWORDS.into_iter().zip(stories) {
        out::line(format!("  {name:6} password {}   {story}", strong(format!("{password:11}"))));
    }
    let row = |name: &str, url: String| out::line(format!("  {name:21} {url}"));
    out::line("\nWhat runs:");
    row("identity provider", demo.places.issuer());
    row(
        "  it describes itself",
        format!("{}/.well-known/openid-configuration", demo.places.issuer()),
    );
    row("dashboard", demo.places.dashboard());
    row("reports-api", demo.places.reports_api());
    row("company-data", demo.places.company_data());
    tell_whom_to_trust(demo);
    tell_how_to_ask(demo);
    out::line("\nCtrl-C ends it.");
}

fn tell_whom_to_trust(demo: &Demonstration) {
    let Some(ca) = demo.identity.ca_certificate() else { return };
    let ca = std::path::absolute(&ca).unwrap_or(ca);
    let reports_api = demo.places.reports_api();
    out::line(
        "\nThe certificate is of a development CA: your browser warns until you go on or import that.",
    );
    out::line(format!("Firefox warns for each port: open {reports_api} there once as well."));
    out::line("Programs trust it with:");
    out::line(format!(
        "  export SSL_CERT_FILE={0} CURL_CA_BUNDLE={0} NODE_EXTRA_CA_CERTS={0} REQUESTS_CA_BUNDLE={0}",
        ca.display()
    ));
}

fn tell_how_to_ask(demo: &Demonstration) {
    let stead = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("stead"));
    let ask = format!("  {} --config {}", stead.display(), demo.folder.process_file().display());
    out::line("\nIn another terminal, ask why:");
    out::line(format!("{ask} explain --as bob --client reports-api --to api://company-data"));
    out::line(format!("{ask} audit list"));
}

async fn interrupted() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be received")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be received")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
