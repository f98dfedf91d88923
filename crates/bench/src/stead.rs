//! The program that is measured, and how its process file is read.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use stead_server::config::ServerConfig;

/// The program that is measured: the one that runs.
#[derive(Clone)]
pub struct Stead {
    /// The binary.
    pub program: PathBuf,
    /// Under which other program it is started, with that one's arguments; empty if under none.
    pub under: Vec<String>,
    /// Reads a process file as `stead serve` does.
    pub load: fn(&Path) -> anyhow::Result<ServerConfig>,
}

impl Stead {
    /// The same under another program, if one is named.
    pub(crate) fn under(&self, command: Option<&str>) -> Self {
        let words = command.unwrap_or_default().split_whitespace().map(str::to_owned);
        Self { under: words.collect(), ..self.clone() }
    }

    /// The program to start, and what comes before its arguments.
    pub(crate) fn command(&self) -> (PathBuf, Vec<OsString>) {
        let Some((first, rest)) = self.under.split_first() else {
            return (self.program.clone(), Vec::new());
        };
        let rest = rest.iter().map(Into::into).chain([self.program.clone().into_os_string()]);
        (first.into(), rest.collect())
    }
}

impl fmt::Debug for Stead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stead({})", self.program.display())
    }
}
