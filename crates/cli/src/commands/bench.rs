//! `stead bench`: measures, and prints what came of it.

use crate::args::Everywhere;
use crate::{config, out};
use std::path::Path;
use std::process::ExitCode;
use stead_bench::{Bench, Section, Stead};
use stead_server::config::ServerConfig;

/// Measures with this very binary as the server.
pub(super) async fn run(everywhere: &Everywhere, what: &Bench) -> anyhow::Result<ExitCode> {
    let stead = Stead { program: std::env::current_exe()?, under: Vec::new(), load };
    let sections = stead_bench::run(&stead, what).await?;
    match sections.as_slice() {
        [section] if everywhere.json => out::json(section)?,
        sections if everywhere.json => out::json(&sections)?,
        sections => {
            let texts: Vec<String> = sections.iter().map(Section::text).collect();
            out::line(texts.join("\n\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn load(process_file: &Path) -> anyhow::Result<ServerConfig> {
    Ok(config::load(process_file)?.server)
}
