//! The program that is measured, and how its process file is read.

use std::fmt;
use std::path::{Path, PathBuf};
use stead_server::config::ServerConfig;

/// The program that is measured: the one that runs.
#[derive(Clone)]
pub struct Stead {
    /// The binary.
    pub program: PathBuf,
    /// Reads a process file as `stead serve` does.
    pub load: fn(&Path) -> anyhow::Result<ServerConfig>,
}

impl fmt::Debug for Stead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stead({})", self.program.display())
    }
}
