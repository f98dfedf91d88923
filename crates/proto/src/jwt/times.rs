//! `exp`, `nbf`, `iat` (RFC 7519 §4.1).

use super::scan::Seen;
use super::{Accept, JwtError};
use crate::time::{Seconds, Timestamp};
use serde_json::Value;

/// How times are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Whole numbers; `exp` must be there and not have passed.
    Required,
    /// The same, but a fraction or a number in quotes is taken as the whole seconds it means: what
    /// Entra's libraries put in client assertions.
    Lenient,
    /// As [`Self::Required`], but `exp` may have passed: an `id_token_hint` is often old.
    IgnoreExpiry,
}

/// A time as it stands in the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Whole(i64),
    /// Not a whole number.
    Otherwise,
}

/// Seconds no token of ours or anyone's gets to: the year 36812.
const ABSURD: i64 = 1 << 40;

impl Written {
    pub(super) fn of(value: &Seen<'_>) -> Self {
        match value {
            Seen::Whole(seconds) => Self::Whole(*seconds),
            Seen::Text(_) | Seen::Object { .. } | Seen::Other => Self::Otherwise,
        }
    }

    fn read(self) -> Result<Timestamp, JwtError> {
        match self {
            Self::Whole(seconds) if (1..ABSURD).contains(&seconds) => {
                Ok(Timestamp::from_secs(seconds))
            }
            Self::Whole(_) | Self::Otherwise => Err(JwtError::BadTime),
        }
    }
}

/// The times of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    expires: Timestamp,
    starts: Option<Timestamp>,
    issued: Option<Timestamp>,
}

impl Period {
    /// Whether a token of this period may be used now; no clock but ours counts.
    pub fn includes(&self, now: Timestamp) -> Result<(), JwtError> {
        self.allows(now, Seconds(0))
    }

    fn allows(&self, now: Timestamp, leeway: Seconds) -> Result<(), JwtError> {
        if self.expires + leeway <= now { Err(JwtError::Expired) } else { self.begun(now + leeway) }
    }

    fn begun(&self, latest: Timestamp) -> Result<(), JwtError> {
        if self.starts.is_some_and(|starts| starts > latest) {
            return Err(JwtError::NotYetValid);
        }
        if self.issued.is_some_and(|issued| issued > latest) {
            return Err(JwtError::IssuedInTheFuture);
        }
        Ok(())
    }
}

/// The times a token states.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stated {
    pub(super) exp: Option<Written>,
    pub(super) nbf: Option<Written>,
    pub(super) iat: Option<Written>,
}

impl Stated {
    /// Whether one of them is no whole number.
    pub(super) fn otherwise(&self) -> bool {
        [self.exp, self.nbf, self.iat].contains(&Some(Written::Otherwise))
    }

    /// Checks the times of proved claims.
    pub(super) fn check(&self, accept: &Accept<'_>) -> Result<Period, JwtError> {
        let read = |time: Option<Written>| time.map(Written::read).transpose();
        let period = Period {
            expires: read(self.exp)?.ok_or(JwtError::BadTime)?,
            starts: read(self.nbf)?,
            issued: read(self.iat)?,
        };
        match accept.times {
            Times::IgnoreExpiry => period.begun(accept.now + accept.leeway)?,
            Times::Required | Times::Lenient => period.allows(accept.now, accept.leeway)?,
        }
        Ok(period)
    }
}

/// The times claims mean, written into the claims as whole seconds.
pub(super) fn in_whole_seconds(claims: &mut Value) -> Result<Stated, JwtError> {
    let mut meant = |name: &str| {
        let Some(written) = claims.get_mut(name) else { return Ok(None) };
        let seconds = written.as_i64().or_else(|| lenient(written)).ok_or(JwtError::BadTime)?;
        *written = Value::from(seconds);
        Ok(Some(Written::Whole(seconds)))
    };
    Ok(Stated { exp: meant("exp")?, nbf: meant("nbf")?, iat: meant("iat")? })
}

fn lenient(written: &Value) -> Option<i64> {
    match written {
        Value::Number(number) => number.as_f64().and_then(whole),
        Value::String(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "cutting the fraction off is the purpose")]
fn whole(seconds: f64) -> Option<i64> {
    (0.0..1e12).contains(&seconds).then_some(seconds as i64)
}
