//! What a fresh machine lacks: found, else installed, else named in one line.

pub(crate) mod chromium;
mod debian;
pub(crate) mod envoy;
pub(crate) mod faketime;
mod installed;
pub(crate) mod nginx;
pub(crate) mod node;
pub(crate) mod postgres;
pub(crate) mod python;
pub(crate) mod redis;
pub(crate) mod valgrind;

use crate::clients::case;
use crate::peers::PEERS;
use crate::say;
use crate::tally::Tally;
use std::path::PathBuf;

/// Prepares what the later parts need. What is missing is only said here: it counts where it is needed.
pub(crate) fn prepare() -> Tally {
    tell("PostgreSQL", postgres::find_or_install());
    tell("Redis", redis::find_or_install());
    tell("nginx", nginx::find_or_install());
    tell("libfaketime", faketime::find_or_install());
    tell("Chromium", chromium::find_or_install());
    for folder in [node::BROWSER_TESTS, case::FOLDER, PEERS] {
        tell("Node packages", node::find_or_install(folder).map(|()| folder.into()));
    }
    tell("Python with the packages of the client matrix", python::find_or_install());
    tell("Envoy", envoy::find_or_install());
    Tally::default()
}

fn tell(what: &str, found: Result<PathBuf, String>) {
    match found {
        Ok(path) => say::line(&format!("{what}: {}", path.display())),
        Err(missing) => say::line(&missing),
    }
}
