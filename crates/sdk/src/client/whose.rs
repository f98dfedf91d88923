//! Whether an acquired token is for the user and the resource that were asked for. A provider in disorder, or a cache in
//! front of it, may answer with somebody else's.
//!
//! An access token is for its resource to read, not for us: an opaque one is taken as it is, and no signature is checked.
//! But a JWT that plainly names another user, or another resource, is not passed on.

use super::Target;
use crate::verify::{Caller, CallerClaims};
use serde::Deserialize;
use serde_json::Value;
use stead_proto::digest::from_base64url;
use stead_proto::error::Dialect;
use stead_proto::time::Timestamp;

/// How a provider names one user to several applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subjects {
    /// By the same `sub`.
    Public,
    /// By another `sub` to each, so that it tells nothing (OpenID Connect Core §8.1).
    Pairwise,
}

/// Whom a token was asked for.
pub(super) struct User<'u> {
    pub(super) iss: &'u str,
    pub(super) sub: &'u str,
    pub(super) oid: Option<&'u str>,
    pub(super) tid: Option<&'u str>,
    /// The token that speaks for them, if there is one.
    pub(super) token: Option<&'u str>,
}

impl<'u> User<'u> {
    pub(super) fn of(caller: &'u Caller) -> Self {
        let CallerClaims { iss, sub, oid, tid, .. } = caller.claims();
        Self {
            iss: iss.as_str(),
            sub: sub.as_str(),
            oid: oid.as_deref(),
            tid: tid.as_deref(),
            token: Some(caller.token().expose()),
        }
    }
}

/// What was asked for.
pub(super) struct Asked<'q> {
    pub(super) target: &'q Target,
    /// Nobody, where an application asked for itself.
    pub(super) user: Option<&'q User<'q>>,
    pub(super) dialect: Dialect,
    pub(super) subjects: Subjects,
}

/// What is plainly wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Mismatch {
    #[error("the answer is the very token that was to be exchanged")]
    TheSubjectToken,
    #[error("the token is another user's")]
    AnotherUser,
    #[error("the token is addressed to somebody else")]
    AnotherAudience,
}

/// What can be read without trusting any of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Says {
    iss: Value,
    sub: Value,
    oid: Value,
    tid: Value,
    aud: Value,
    exp: Value,
}

/// Looks at an acquired token. Returns its `exp`, if it has one that can be read.
pub(super) fn check(token: &str, asked: &Asked<'_>) -> Result<Option<Timestamp>, Mismatch> {
    if asked.user.is_some_and(|user| user.token == Some(token)) {
        return Err(Mismatch::TheSubjectToken);
    }
    let Some(says) = read(token) else { return Ok(None) };
    if names_another_user(&says, asked) {
        return Err(Mismatch::AnotherUser);
    }
    if names_another_audience(&says, asked) {
        return Err(Mismatch::AnotherAudience);
    }
    Ok(says.exp.as_i64().map(Timestamp::from_secs))
}

fn read(token: &str) -> Option<Says> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    serde_json::from_slice(&from_base64url(claims)?).ok()
}

/// Compares `oid`, the tenant's id of the user, where both tokens have it, else `sub` if the issuer is the same.
fn names_another_user(says: &Says, asked: &Asked<'_>) -> bool {
    let Some(user) = asked.user else { return false };
    if let (Some(oid), Value::String(said)) = (user.oid, &says.oid)
        && says.tid.as_str() == user.tid
    {
        return said != oid;
    }
    asked.subjects == Subjects::Public
        && says.iss.as_str() == Some(user.iss)
        && says.sub.as_str().is_some_and(|said| said != user.sub)
}

/// Entra may write the resource's id into `aud` though it was asked for by name. That id is not known here, so that it is
/// taken as it is.
fn names_another_audience(says: &Says, asked: &Asked<'_>) -> bool {
    let wanted = asked.target.in_token().as_str();
    let is_wanted = |said: &str| said.trim_end_matches('/') == wanted.trim_end_matches('/');
    let unknown = |said: &str| asked.dialect == Dialect::Entra && !said.contains(':');
    match &says.aud {
        Value::String(said) => !is_wanted(said) && !unknown(said),
        Value::Array(all) => {
            !all.iter().filter_map(Value::as_str).any(|s| is_wanted(s) || unknown(s))
        }
        _ => false,
    }
}
