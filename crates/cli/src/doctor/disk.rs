//! The disk: room on it, who may read what lies there, and how long it takes to keep something.

use super::finding::{Area, Finding};
use crate::config::Process;
use rustix::fs::statvfs;
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stead_server::config::{ServerConfig, StoreConfig, Tls};

/// Below this much room, in bytes, it is time to make some; below the other, commits fail soon.
const LITTLE: u64 = 1 << 30;
const HARDLY_ANY: u64 = 64 << 20;

/// How many syncs are timed, and how much is written before each: about what a batch of records is.
const SYNCS: usize = 100;
const WRITTEN: [u8; 4096] = [b's'; 4096];

/// A token waits for one sync. Beyond this, that is what people notice.
pub(super) const SLOW: Duration = Duration::from_millis(20);
pub(super) const VERY_SLOW: Duration = Duration::from_millis(200);

/// No disk keeps anything in less.
const TOO_FAST: Duration = Duration::from_micros(5);

/// Folder, files, room and syncs.
pub(super) fn look(process: &Process) -> Vec<Finding> {
    let server = &process.server;
    let folder = &server.data_dir;
    if !folder.exists() {
        let what = format!("there is no folder {} yet: the first start makes it", folder.display());
        return vec![Area::Disk.ok(what)];
    }
    let mut found = Vec::new();
    found.extend(private(folder, 0o700, "chmod 700"));
    for file in secret_files(server).into_iter().filter(|file| file.exists()) {
        found.extend(private(&file, 0o600, "chmod 600"));
    }
    if found.is_empty() {
        found.push(Area::Disk.ok(format!("{} is nobody else's business", folder.display())));
    }
    for place in places(server) {
        found.push(room(&place));
        found.push(syncs(&place));
    }
    found
}

/// Everything that only its owner may read. The database holds hashes of passwords.
fn secret_files(server: &ServerConfig) -> Vec<PathBuf> {
    let mut files = vec![server.master_key.clone(), server.admin_token.clone()];
    files.extend(match &server.store {
        StoreConfig::Sqlite { file } => Some(file.clone()),
        StoreConfig::Postgres(postgres) => postgres.password_file.clone(),
        StoreConfig::Memory => None,
    });
    files.extend(match &server.tls {
        Tls::Development { dir, .. } => Some(dir.join("ca.key")),
        Tls::Files { key, .. } => Some(key.clone()),
        Tls::BehindProxy { .. } => None,
    });
    files
}

/// The folders that are written to, of which the database's may be another than that of all else.
fn places(server: &ServerConfig) -> Vec<PathBuf> {
    let mut places = vec![server.data_dir.clone()];
    if let StoreConfig::Sqlite { file } = &server.store
        && let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty())
        && folder != server.data_dir
        && folder.exists()
    {
        places.push(folder.to_owned());
    }
    places
}

fn private(path: &Path, wanted: u32, how: &str) -> Option<Finding> {
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(error) => {
            let todo = "run it as the user that the server runs as";
            return Some(Area::Disk.fail(format!("{shown} cannot be looked at: {error}"), todo));
        }
    };
    let for_others = mode & !wanted & 0o077;
    (for_others != 0).then(|| {
        let what = format!("{shown} is open to other users (mode {mode:03o})");
        Area::Disk.fail(what, format!("{how} {shown}"))
    })
}

fn room(folder: &Path) -> Finding {
    let shown = folder.display();
    let free = match statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            let what = format!("how much room {shown} has is not known: {error}");
            return Area::Disk.warn(what, "look with `df`");
        }
    };
    let what = format!("{shown} has room for {}", bytes(free));
    let todo = "make room, or move `data_dir`: without any, no token is issued";
    match free {
        0..HARDLY_ANY => Area::Disk.fail(what, todo),
        HARDLY_ANY..LITTLE => Area::Disk.warn(what, todo),
        _ => Area::Disk.ok(what),
    }
}

/// Times what every commit waits for.
fn syncs(folder: &Path) -> Finding {
    let mut times = match timed(folder) {
        Ok(times) => times,
        Err(error) => {
            let what = format!("nothing can be written in {}: {error}", folder.display());
            return Area::Disk.fail(what, "let this user write there, and make room");
        }
    };
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    verdict(folder, at(50), at(99))
}

fn verdict(folder: &Path, half: Duration, most: Duration) -> Finding {
    let what = format!(
        "a sync in {} takes {half:.1?} (one in a hundred {most:.1?} or more); each token waits for one",
        folder.display()
    );
    if half < TOO_FAST {
        let todo = "this looks like memory, not a disk: what is acknowledged would not survive a power cut";
        return Area::Disk.warn(what, todo);
    }
    if half > VERY_SLOW || most > VERY_SLOW * 5 {
        return Area::Disk.fail(what, "put the database on a local SSD");
    }
    if half > SLOW || most > VERY_SLOW {
        return Area::Disk.warn(what, "see what else writes to this disk, or use a faster one");
    }
    Area::Disk.ok(what)
}

fn timed(folder: &Path) -> io::Result<Vec<Duration>> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let mut once = || {
        // In place, as the log of the database is written most of the time.
        file.rewind()?;
        file.write_all(&WRITTEN)?;
        let begun = Instant::now();
        file.sync_data()?;
        Ok(begun.elapsed())
    };
    // The first makes room for the file.
    once()?;
    (0..SYNCS).map(|_| once()).collect()
}

/// In the largest unit that leaves something to say.
fn bytes(n: u64) -> String {
    match n {
        0..0x40_0000 => format!("{} KiB", n >> 10),
        0x40_0000..0x1_0000_0000 => format!("{} MiB", n >> 20),
        _ => format!("{} GiB", n >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_sync_is_judged_by_what_people_notice_and_one_that_takes_no_time_is_not_believed() {
        let judged = |half: u64, most: u64| {
            let micros = Duration::from_micros;
            verdict(Path::new("data"), micros(half), micros(most)).verdict
        };
        assert_eq!(judged(300, 5_000), Verdict::Ok);
        assert_eq!(judged(30_000, 60_000), Verdict::Warn);
        assert_eq!(judged(1_000, 300_000), Verdict::Warn);
        assert_eq!(judged(300_000, 300_000), Verdict::Fail);
        assert_eq!(judged(0, 1), Verdict::Warn);
    }

    #[test]
    fn room_is_written_in_the_unit_that_says_something() {
        assert_eq!(bytes(5 << 30), "5 GiB");
        assert_eq!(bytes(100 << 20), "100 MiB");
        assert_eq!(bytes(12 << 10), "12 KiB");
    }
}
