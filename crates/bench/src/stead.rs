//! The program that is measured, and how its process file is read.

use crate::child::Process;
use std::ffi::OsStr;
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

    /// Starts it. What it complains about goes into this file.
    pub(crate) fn start<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        log: PathBuf,
    ) -> anyhow::Result<Process> {
        let words =
            self.under.iter().map(Into::into).chain([self.program.clone().into_os_string()]);
        let mut words = words.chain(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        let program = words.next().unwrap_or_default();
        Process::start(program.as_ref(), words, log)
    }
}

impl fmt::Debug for Stead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stead({})", self.program.display())
    }
}
