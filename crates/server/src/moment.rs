//! The one place with a clock and dice.

use aws_lc_rs::rand;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};
use stead_core::moment::{Dice, Moment};
use stead_proto::time::Timestamp;

/// Where moments come from. Tests have one that stands still.
pub trait Moments: Send + Sync + fmt::Debug {
    /// Now, and fresh random bits.
    fn moment(&self) -> Moment;
}

/// The machine's clock and the crypto library's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemMoments;

impl Moments for SystemMoments {
    fn moment(&self) -> Moment {
        Moment::new(now(), dice())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Asked for once: each time costs as much as hundreds of bytes.
fn dice() -> Dice {
    let mut dice = Dice::default();
    fill(dice.as_flattened_mut());
    dice
}

/// Fresh random bytes for keys, nonces and cookies, which no decision looks at.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[expect(clippy::expect_used, reason = "without random numbers nothing may be issued at all")]
fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the system has random numbers");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_moments_are_called_alike() {
        let (a, b) = (SystemMoments.moment(), SystemMoments.moment());
        assert_ne!(a.trace_id(), b.trace_id());
        assert!(a.now >= Timestamp::from_secs(1_700_000_000));
    }
}
