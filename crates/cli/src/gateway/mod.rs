//! `stead gateway`: `gateway.toml` read, checked and resolved; the gateway run until it is told to stop.
//!
//! [`raw`] is how the file is written and the one source of every knob; `resolve` turns that into what the gateway
//! takes; [`mod@reference`] writes the knobs down for people; `run` starts it and follows the file.

pub mod raw;
pub mod reference;

mod resolve;
mod run;

pub use run::run;

use crate::config::Log;
use crate::document::Document;
use crate::mistake::{Mistake, Mistakes};
use crate::resources::Input;
use resolve::Resolver;
use std::path::{Path, PathBuf};
use stead_gateway::GatewayConfig;

/// All there is to know before a start.
#[derive(Debug)]
pub struct Loaded {
    /// What the gateway takes.
    pub gateway: GatewayConfig,
    /// What to log.
    pub log: Log,
    /// The files that it names and whose contents count: certificates, keys, secrets.
    pub named: Vec<PathBuf>,
    /// What works, and should be looked at.
    pub warnings: Vec<Mistake>,
}

/// Reads the file, or says every mistake in it.
pub fn load(path: &Path) -> Result<Loaded, Mistakes> {
    let mut mistakes = Mistakes::default();
    let input = Input::open(path).map_err(|mistake| {
        let mut mistakes = Mistakes::default();
        mistakes.push(mistake.help("name the file with --config"));
        mistakes
    })?;
    let document: Document<'_, raw::File> = Document::read(&input.source, &mut mistakes);
    let resolved = document.said.as_ref().map(|file| {
        let mut resolver = Resolver::new(&document, &input, &mut mistakes);
        (resolver.gateway(file), resolver.log(&file.log), resolver.followed())
    });
    match resolved {
        Some((Some(gateway), log, named)) if !mistakes.any_error() => {
            Ok(Loaded { gateway, log, named, warnings: mistakes.sorted() })
        }
        _ => Err(mistakes),
    }
}

#[cfg(test)]
mod tests;
