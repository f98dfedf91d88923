//! Instants and lifetimes. Nothing here reads a clock.

use ::time::macros::format_description;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in whole seconds, never negative.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default, Debug,
)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Timestamp {
    /// An instant from milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// An instant from seconds since the epoch, as JWTs write it (`NumericDate`, RFC 7519 §2).
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// What is left from `now` until this instant; zero once it has passed.
    #[must_use]
    pub fn left_at(self, now: Timestamp) -> Seconds {
        Seconds(u32::try_from(self.secs().saturating_sub(now.secs()).max(0)).unwrap_or(u32::MAX))
    }

    /// `2026-11-23 00:16:58Z`, the form of Entra's error bodies.
    #[must_use]
    pub fn entra(self) -> String {
        self.written(true)
    }

    fn written(self, entra: bool) -> String {
        let Ok(at) = ::time::OffsetDateTime::from_unix_timestamp(self.secs()) else {
            return self.0.to_string();
        };
        let written = if entra {
            at.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z"))
        } else {
            at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
        };
        written.unwrap_or_else(|_| self.0.to_string())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(false))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self} +{}ms)", self.0.rem_euclid(1000))
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Timestamp;
    fn add(self, length: Seconds) -> Timestamp {
        Timestamp(self.0.saturating_add(length.millis()))
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Timestamp;
    fn sub(self, length: Seconds) -> Timestamp {
        Timestamp(self.0.saturating_sub(length.millis()))
    }
}

impl Seconds {
    fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }

    /// Reads `90s`, `10m`, `8h` or `30d`.
    pub fn parse(text: &str) -> Result<Self, BadLifetime> {
        let bad = || BadLifetime(text.to_owned());
        let unit = text.chars().last().ok_or_else(bad)?;
        let number = text.strip_suffix(unit).ok_or_else(bad)?;
        let count: u32 = number.parse().map_err(|_| bad())?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(bad()),
        };
        count.checked_mul(factor).map(Seconds).ok_or_else(bad)
    }
}

impl fmt::Display for Seconds {
    /// The form [`Seconds::parse`] reads, in the largest unit that fits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            n if n > 0 && n % 86_400 == 0 => (n / 86_400, 'd'),
            n if n > 0 && n % 3600 == 0 => (n / 3600, 'h'),
            n if n > 0 && n % 60 == 0 => (n / 60, 'm'),
            n => (n, 's'),
        };
        write!(f, "{count}{unit}")
    }
}

/// A lifetime that is not a number followed by `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLifetime(String);

impl fmt::Display for BadLifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no length of time: write it as 90s, 10m, 8h or 30d", self.0)
    }
}

impl std::error::Error for BadLifetime {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc() {
        let at = Timestamp::from_secs(1_795_393_018);
        assert_eq!(at.to_string(), "2026-11-23T00:16:58Z");
        assert_eq!(at.entra(), "2026-11-23 00:16:58Z");
    }

    #[test]
    fn a_lifetime_is_read_and_written_alike() {
        for text in ["90s", "10m", "8h", "30d", "0s"] {
            assert_eq!(Seconds::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "s", "10", "-1s", "1w", "99999999999d", "5 m"] {
            assert!(Seconds::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn nothing_is_left_of_what_has_passed() {
        let noon = Timestamp::from_secs(1000);
        assert_eq!((noon + Seconds(5)).left_at(noon), Seconds(5));
        assert_eq!((noon - Seconds(5)).left_at(noon), Seconds(0));
    }
}
