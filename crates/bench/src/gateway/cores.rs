//! One core for whoever is measured, the others for those who ask and answer.

use anyhow::Context;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;

/// The cores of this machine, shared out until it is dropped.
#[derive(Debug)]
pub(super) struct Cores {
    all: CpuSet,
    apart: Option<Apart>,
}

#[derive(Debug)]
struct Apart {
    measured: CpuSet,
    rest: CpuSet,
}

impl Cores {
    /// Moves all of this program off one core, which is kept for whoever is measured. With only one core there is
    /// nothing to share out.
    pub(super) fn share_out() -> anyhow::Result<Self> {
        let all = sched_getaffinity(None).context("the cores cannot be counted")?;
        let apart = apart(&all);
        if let Some(apart) = &apart {
            move_all(&apart.rest)?;
        }
        Ok(Self { all, apart })
    }

    /// Starts a process on the core of those that are measured: it inherits where its parent may run.
    pub(super) fn alone<T>(&self, start: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let Some(Apart { measured, rest }) = &self.apart else { return start() };
        sched_setaffinity(None, measured)?;
        let started = start();
        sched_setaffinity(None, rest)?;
        started
    }

    /// Whether whoever is measured has a core to itself.
    pub(super) fn are_apart(&self) -> bool {
        self.apart.is_some()
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        _ = move_all(&self.all);
    }
}

/// The last core, and the others.
fn apart(all: &CpuSet) -> Option<Apart> {
    let last = (0..CpuSet::MAX_CPU).rev().find(|core| all.is_set(*core))?;
    let (mut measured, mut rest) = (CpuSet::new(), *all);
    measured.set(last);
    rest.unset(last);
    (rest.count() > 0).then_some(Apart { measured, rest })
}

/// Moves every thread of this program; those that are started later go where their parents are.
fn move_all(to: &CpuSet) -> anyhow::Result<()> {
    for thread in fs::read_dir("/proc/self/task")? {
        let number = thread?.file_name().to_str().and_then(|name| name.parse().ok());
        // One that has ended meanwhile needs no place.
        _ = sched_setaffinity(Some(number.and_then(Pid::from_raw).context("no thread")?), to);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_core_of_several_is_kept_apart() {
        let mut all = CpuSet::new();
        all.set(3);
        assert!(apart(&all).is_none());
        all.set(1);
        let Apart { measured, rest } = apart(&all).unwrap();
        let cores = |set: &CpuSet| (0..8).filter(|core| set.is_set(*core)).collect::<Vec<_>>();
        assert_eq!((cores(&measured), cores(&rest)), (vec![3], vec![1]));
    }
}
