//! `stead config`: the process file itself, described.

use crate::args::Config;
use crate::config::reference;
use crate::out;
use std::process::ExitCode;

pub(super) fn run(which: Config) -> anyhow::Result<ExitCode> {
    match which {
        Config::Schema { resources: false } => out::json(&reference::schema())?,
        Config::Schema { resources: true } => out::json(&reference::resource_schema())?,
        Config::Reference => out::line(reference::page().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}
