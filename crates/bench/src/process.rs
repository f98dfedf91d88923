//! What a process has used, as the kernel counts it (`/proc`, Linux only).

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::time::Duration;

/// The processor time a process has used so far, its own and the kernel's for it, of all its threads.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let text = read(pid, "stat")?;
    let ticks = ticks(&text).with_context(|| format!("/proc/{pid}/stat reads {text:?}"))?;
    let a_second = rustix::param::clock_ticks_per_second().max(1);
    Ok(Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / a_second)))
}

/// What a process holds in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// At most, since it began.
    pub peak: u64,
}

/// What a process holds in memory.
pub fn memory(pid: u32) -> anyhow::Result<Memory> {
    let text = read(pid, "status")?;
    let member = |name| kibibytes(&text, name).with_context(|| format!("/proc/{pid}: no {name}"));
    Ok(Memory { resident: member("VmRSS")? * 1024, peak: member("VmHWM")? * 1024 })
}

fn read(pid: u32, name: &str) -> anyhow::Result<String> {
    let file = format!("/proc/{pid}/{name}");
    fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))
}

/// The fields `utime` and `stime` together. The name before them may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sorts_of_ticks_count_whatever_the_process_is_called() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 17 0 0 20 0 9 0 1234 5 6";
        assert_eq!(ticks(stat), Some(267));
        assert_eq!(ticks("7 (stead) S 1"), None);
    }

    #[test]
    fn memory_is_told_by_its_whole_name() {
        let status = "Name:\tstead\nVmRSSX:\t1 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!(kibibytes(status, "VmRSS"), Some(1024));
        assert_eq!(kibibytes(status, "VmHWM"), Some(2048));
        assert_eq!(kibibytes(status, "VmSwap"), None);
    }

    #[test]
    fn this_very_process_uses_something() {
        let own = std::process::id();
        assert!(memory(own).unwrap().resident > 0);
        cpu(own).unwrap();
    }
}
