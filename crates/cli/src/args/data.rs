//! What may be typed about the data as a whole.

use clap::Args;
use std::path::PathBuf;

/// Taking a backup.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write, which must not be there yet; `-` writes to standard output
    #[arg(value_name = "FILE")]
    pub to: PathBuf,
}

/// Returning to a backup.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub from: PathBuf,
    /// Only read it to its end, and say whether it could be restored
    #[arg(long, conflicts_with_all = ["force", "moved_from"])]
    pub check: bool,
    /// Move a database that is there aside, instead of refusing; in PostgreSQL into a schema of its own
    #[arg(long)]
    pub force: bool,
    /// The database that the backup was taken of, stopped: if nothing happened in it since, nothing has to
    /// end. A file of SQLite, or the `stead.toml` that names a PostgreSQL
    #[arg(long, value_name = "DATABASE")]
    pub moved_from: Option<PathBuf>,
}

/// What is said below the help of `backup`.
pub const BACKUP_NOTES: &str = "\
It works beside running servers, on SQLite and PostgreSQL, and is good for either. The master key is not in it: keep a copy of that apart.
It holds hashes of passwords: keep it as you keep the database.

Examples:
  stead backup stead.backup
  stead backup - | zstd > stead.backup.zst";

/// What is said below the help of `restore`.
pub const RESTORE_NOTES: &str = "\
Stop all servers first; the master key has to be in its place.
What was used up or stopped after the backup was taken would work again, so all sessions end, and
every token that was issued until now: everybody signs in again.

Examples:
  stead restore stead.backup
  zstd -d < stead.backup.zst | stead restore -
  stead restore stead.backup --moved-from /old/data/stead.db
  stead restore stead.backup --moved-from /old/stead.toml";
