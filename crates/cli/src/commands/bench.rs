//! `stead bench`: measures, and prints what came of it.

use crate::args::Everywhere;
use crate::{config, out};
use std::path::Path;
use std::process::ExitCode;
use stead_bench::{Bench, Stead};
use stead_server::config::ServerConfig;

/// Measures with this very binary as the server.
pub(super) async fn run(everywhere: &Everywhere, what: &Bench) -> anyhow::Result<ExitCode> {
    let stead = Stead { program: std::env::current_exe()?, load };
    let section = stead_bench::run(&stead, what).await?;
    if everywhere.json {
        out::json(&section)?;
    } else {
        out::line(section.text());
    }
    Ok(ExitCode::SUCCESS)
}

fn load(process_file: &Path) -> anyhow::Result<ServerConfig> {
    Ok(config::load(process_file)?.server)
}
