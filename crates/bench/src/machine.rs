//! On what it was measured.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::thread;

/// On what it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many cores this program may use.
    pub cores: usize,
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The file system that the store is on.
    pub file_system: String,
}

impl Machine {
    /// This one, with the store in this folder.
    #[must_use]
    pub fn here(folder: &Path) -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let unknown = || "unknown".to_owned();
        let uname = rustix::system::uname();
        let said = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
        let place = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self {
            processor: member(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_mib: member(&read("/proc/meminfo"), "MemTotal")
                .and_then(|said| said.split(' ').next()?.parse::<u64>().ok())
                .map_or(0, |kib| kib / 1024),
            kernel: format!("{} {}", said(uname.sysname()), said(uname.release())),
            file_system: file_system(&read("/proc/self/mounts"), &place).unwrap_or_else(unknown),
        }
    }

    /// In one line.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { processor, cores, memory_mib, kernel, file_system } = self;
        format!("{processor}, {cores} cores, {memory_mib} MiB, {kernel}, store on {file_system}")
    }
}

/// The value of a line `name : value`.
fn member(text: &str, name: &str) -> Option<String> {
    let of_line = |line: &str| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(of_line)
}

/// The type of the file system that a folder is on: the longest mount point that it begins with.
fn file_system(mounts: &str, folder: &Path) -> Option<String> {
    let of_line = |line: &str| {
        let mut words = line.split(' ');
        let (point, kind) = (words.nth(1)?.to_owned(), words.next()?.to_owned());
        folder.starts_with(&point).then_some((point.len(), kind))
    };
    mounts.lines().filter_map(of_line).max().map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_tells_the_file_system() {
        let mounts = "a / ext4 rw 0 0\nb /tmp tmpfs rw 0 0\nc /tmp/disk xfs rw 0 0\n";
        let of = |folder| file_system(mounts, Path::new(folder));
        assert_eq!(of("/var/lib").as_deref(), Some("ext4"));
        assert_eq!(of("/tmp/x").as_deref(), Some("tmpfs"));
        assert_eq!(of("/tmp/disk/x").as_deref(), Some("xfs"));
        assert_eq!(of("/tmp/diskette").as_deref(), Some("tmpfs"));
    }

    #[test]
    fn a_member_is_found_by_its_whole_name() {
        let text = "model\t: 6\nmodel name\t: A Processor\n";
        assert_eq!(member(text, "model name").as_deref(), Some("A Processor"));
        assert_eq!(member(text, "name"), None);
    }
}
