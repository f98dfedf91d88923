//! `exp`, `nbf`, `iat` (RFC 7519 §4.1).

use super::{Accept, JwtError};
use crate::time::Timestamp;
use serde_json::Value;
use std::borrow::Cow;

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

/// Seconds no token of ours or anyone's gets to: the year 36812.
const ABSURD: i64 = 1 << 40;

/// Checks the times of proved claims, and returns the claims with whole seconds in them.
pub(super) fn check<'c>(
    claims: &'c Value,
    accept: &Accept<'_>,
) -> Result<Cow<'c, Value>, JwtError> {
    let mut claims = Cow::Borrowed(claims);
    let expires = take(&mut claims, "exp", accept.times)?.ok_or(JwtError::BadTime)?;
    let starts = take(&mut claims, "nbf", accept.times)?;
    let issued = take(&mut claims, "iat", accept.times)?;

    let latest = accept.now + accept.leeway;
    if expires + accept.leeway <= accept.now && accept.times != Times::IgnoreExpiry {
        return Err(JwtError::Expired);
    }
    if starts.is_some_and(|starts| starts > latest) {
        return Err(JwtError::NotYetValid);
    }
    if issued.is_some_and(|issued| issued > latest) {
        return Err(JwtError::IssuedInTheFuture);
    }
    Ok(claims)
}

fn take(
    claims: &mut Cow<'_, Value>,
    name: &str,
    times: Times,
) -> Result<Option<Timestamp>, JwtError> {
    let Some(written) = claims.get(name) else { return Ok(None) };
    let seconds = match (written.as_i64(), times) {
        (Some(seconds), _) => Some(seconds),
        (None, Times::Lenient) => lenient(written),
        (None, Times::Required | Times::IgnoreExpiry) => None,
    };
    let seconds = seconds.filter(|s| (1..ABSURD).contains(s)).ok_or(JwtError::BadTime)?;
    if written.as_i64().is_none()
        && let Some(member) = claims.to_mut().get_mut(name)
    {
        *member = Value::from(seconds);
    }
    Ok(Some(Timestamp::from_secs(seconds)))
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
