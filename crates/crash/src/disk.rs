//! Disks that fail as asked: a file system of one's own, files that nobody may change, a limit on their size.

use crate::server::{Server, Start};
use crate::trouble::Trouble;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A small file system in memory, as long as it is held. It takes root to mount one.
#[derive(Debug)]
pub(crate) struct Volume {
    folder: PathBuf,
}

impl Volume {
    /// Mounts one on an empty folder, or says why it cannot be.
    pub(crate) fn mount(folder: &Path, size: &str) -> Result<Self, &'static str> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "tmpfs"]).arg(folder);
        run(&mut mount).map_err(|_| "this user may not mount a file system")?;
        Ok(Self { folder: folder.to_owned() })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily, should somebody still hold a file: it goes with the last one.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.folder));
    }
}

/// Files of a database that nobody may change, whoever has them open. It takes root to declare them so.
#[derive(Debug)]
pub(crate) struct Frozen {
    data: PathBuf,
}

impl Frozen {
    /// Those of the database in this folder, if this user can and the file system knows how.
    pub(crate) fn of(data: &Path) -> Result<Self, &'static str> {
        let probe = data.join("probe");
        let tried = std::fs::write(&probe, "").is_ok() && change(&probe, "+i").is_ok();
        let undone = change(&probe, "-i");
        let _ = std::fs::remove_file(&probe);
        match (tried, undone) {
            (true, Ok(())) => Ok(Self { data: data.to_owned() }),
            _ => Err("this user may not freeze files on this file system"),
        }
    }

    /// Freezes them, or lets go of them again.
    pub(crate) fn set(&self, how: &str) -> anyhow::Result<()> {
        for name in ["stead.db", "stead.db-wal"] {
            let file = self.data.join(name);
            if file.exists() {
                change(&file, how)?;
            }
        }
        Ok(())
    }
}

impl Trouble for Frozen {
    fn begin(&mut self, _: &Server) -> anyhow::Result<()> {
        self.set("+i")
    }

    fn end(&mut self, _: &Server) -> anyhow::Result<()> {
        self.set("-i")
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = self.set("-i");
    }
}

fn change(file: &Path, how: &str) -> anyhow::Result<()> {
    run(Command::new("chattr").arg(how).arg(file))
}

/// A limit of no bytes on the files that a process writes: everybody may set it, and lift it again.
#[derive(Debug)]
pub(crate) struct Limit;

impl Limit {
    /// A server that hears of the limit by an error, not by a signal.
    pub(crate) fn start(stead: &Path) -> Start {
        let shell = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"].map(str::to_owned);
        Start { through: shell.to_vec(), ..Start::plain(stead) }
    }

    fn set(server: &Server, limit: &str) -> anyhow::Result<()> {
        let id = server.id().context("the server is gone")?;
        let (pid, fsize) = (format!("--pid={id}"), format!("--fsize={limit}:"));
        run(Command::new("prlimit").args([pid, fsize]))
    }
}

impl Trouble for Limit {
    fn begin(&mut self, server: &Server) -> anyhow::Result<()> {
        Self::set(server, "0")
    }

    fn end(&mut self, server: &Server) -> anyhow::Result<()> {
        Self::set(server, "unlimited")
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{}: {said}", command.get_program().display());
    }
    Ok(())
}
