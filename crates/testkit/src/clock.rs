//! A clock that stands still until it is told otherwise, and real dice.

use aws_lc_rs::rand;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use stead_core::moment::Moment;
use stead_proto::time::{Seconds, Timestamp};
use stead_server::moment::Moments;

/// The world's clock. It starts at the machine's own time, so that certificates are valid.
#[derive(Debug)]
pub struct StillClock(AtomicI64);

impl Default for StillClock {
    fn default() -> Self {
        Self::new()
    }
}

impl StillClock {
    /// A clock that stands at the present second.
    #[expect(clippy::disallowed_methods, reason = "certificates are checked against the real time")]
    pub fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(AtomicI64::new(i64::try_from(since.as_secs()).unwrap() * 1000))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Seconds) {
        self.0.fetch_add(i64::from(by.0) * 1000, Ordering::SeqCst);
    }
}

impl Moments for StillClock {
    fn moment(&self) -> Moment {
        let dice = std::array::from_fn(|_| {
            let mut bits = [0; 16];
            rand::fill(&mut bits).unwrap();
            bits
        });
        Moment::new(self.now(), dice)
    }
}
