//! When the next request is due.

use anyhow::Context;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::Semaphore;

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// The next one as soon as the last one on the connection was answered.
    AsFastAsItCan,
    /// So many a second, whether earlier ones were answered or not.
    Rate(f64),
}

impl Pace {
    /// How far apart requests are due; none where they only follow each other.
    #[must_use]
    pub fn interval(self) -> Option<Duration> {
        match self {
            Self::AsFastAsItCan => None,
            Self::Rate(rate) => Some(Duration::from_secs_f64(1.0 / rate)),
        }
    }
}

/// Makes a place for a request each time one is due, until it is dropped. The kernel's timer is asked, on a
/// thread that does nothing else: the runtime's own is a millisecond coarse.
#[derive(Debug)]
pub(super) struct Ticks {
    due: Arc<Semaphore>,
}

impl Ticks {
    /// One each time so much has passed.
    pub(super) fn every(interval: Duration) -> anyhow::Result<Self> {
        let timer = started(interval)?;
        let due = Arc::new(Semaphore::new(0));
        let ticks = Self { due: Arc::clone(&due) };
        thread::Builder::new().name("pace".into()).spawn(move || tick(&timer, &due))?;
        Ok(ticks)
    }

    /// Returns when the next one is due.
    pub(super) async fn next(&self) -> anyhow::Result<()> {
        self.due.acquire().await.context("the timer cannot be read")?.forget();
        Ok(())
    }

    /// Lets another one go that waits, although nothing is due.
    pub(super) fn pass_on(&self) {
        self.due.add_permits(1);
    }
}

impl Drop for Ticks {
    fn drop(&mut self) {
        self.due.close();
    }
}

fn tick(timer: &OwnedFd, due: &Semaphore) {
    let mut expired = [0; 8];
    while !due.is_closed() && rustix::io::read(timer, &mut expired).is_ok() {
        due.add_permits(usize::try_from(u64::from_ne_bytes(expired)).unwrap_or(1));
    }
    due.close();
}

fn started(every: Duration) -> anyhow::Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let every = Timespec::try_from(every).context("the rate is too low")?;
    let setting = Itimerspec { it_interval: every, it_value: every };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &setting)?;
    Ok(timer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_an_interval() {
        assert_eq!(Pace::Rate(4000.0).interval(), Some(Duration::from_micros(250)));
        assert_eq!(Pace::AsFastAsItCan.interval(), None);
    }

    #[tokio::test]
    async fn one_after_the_other_is_due() {
        let ticks = Ticks::every(Duration::from_micros(100)).unwrap();
        for _ in 0..5 {
            ticks.next().await.unwrap();
        }
    }
}
