//! Where PostgreSQL's programs are, and as whom they are run: it refuses to run as root.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian keeps its versions.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Its user on Debian, whom root becomes.
const SYSTEM_USER: &str = "postgres";

/// There is no PostgreSQL on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgreSQL is not installed: apt-get install postgresql")
    }
}

impl std::error::Error for Missing {}

/// PostgreSQL's programs.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
    as_root: bool,
}

impl Programs {
    /// The newest that is installed.
    pub fn find() -> Result<Self, Missing> {
        let newest = versions().into_iter().max_by_key(|(version, _)| *version);
        let folder = newest.map(|(_, folder)| folder).or_else(on_path).ok_or(Missing)?;
        Ok(Self { folder, as_root: is_root() })
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of them, to be run as somebody who may, and to be ended when the thread ends that starts it.
    pub(crate) fn ending_with_us(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        self.as_somebody(&mut command);
        command.arg(self.folder.join(name));
        command
    }

    /// One of them, to be run as somebody who may.
    pub(crate) fn named(&self, name: &str) -> Command {
        if !self.as_root {
            return Command::new(self.folder.join(name));
        }
        let mut command = Command::new("setpriv");
        self.as_somebody(&mut command);
        command.arg(self.folder.join(name));
        command
    }

    /// Whether whoever runs them can reach a folder.
    pub(crate) fn can_reach(&self, folder: &Path) -> bool {
        let mut command = Command::new("setpriv");
        self.as_somebody(&mut command);
        command.args(["test", "-x"]).arg(folder);
        !self.as_root || command.status().is_ok_and(|status| status.success())
    }

    /// Gives a folder or a file to whoever runs them.
    pub(crate) fn give(&self, path: &Path) -> Result<(), String> {
        if !self.as_root {
            return Ok(());
        }
        let status = Command::new("chown").arg(format!("{SYSTEM_USER}:")).arg(path).status();
        let given = status.is_ok_and(|status| status.success());
        given.then_some(()).ok_or_else(|| format!("{} cannot be given away", path.display()))
    }

    fn as_somebody(&self, command: &mut Command) {
        if self.as_root {
            let (user, group) =
                (format!("--reuid={SYSTEM_USER}"), format!("--regid={SYSTEM_USER}"));
            command.args([&user, &group, "--clear-groups"]);
        }
    }
}

fn versions() -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let version = |entry: fs::DirEntry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        folder.join("postgres").is_file().then_some((number, folder))
    };
    entries.filter_map(version).collect()
}

fn on_path() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
    folder.join("postgres").is_file().then_some(folder)
}

/// Whether this process is root's: then `/proc/self` is.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}
