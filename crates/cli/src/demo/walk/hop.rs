//! One hop of the journey, and whether it went as it must.

use crate::member::Member;
use serde_json::Value;
use std::fmt;

/// One hop.
#[derive(Debug)]
pub(super) struct Hop {
    what: &'static str,
    verdict: Result<String, String>,
}

impl Hop {
    /// A hop that went as it must, with what was seen.
    pub(super) fn right(what: &'static str, seen: impl Into<String>) -> Self {
        Self { what, verdict: Ok(seen.into()) }
    }

    /// A hop that went wrong, with what was seen instead.
    pub(super) fn wrong(what: &'static str, instead: impl Into<String>) -> Self {
        Self { what, verdict: Err(instead.into()) }
    }

    /// Whether it went as it must.
    pub(super) fn is_right(&self) -> bool {
        self.verdict.is_ok()
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Ok(seen) => write!(f, "{}: {seen}", self.what),
            Err(instead) => write!(f, "{}: NOT AS IT MUST BE: {instead}", self.what),
        }
    }
}

/// Who acts for whom in a token: `company-data ← reports-api ← dashboard for alice`.
pub(super) fn chain(claims: &Value) -> String {
    let name =
        |value: &Value| value.as_str().unwrap_or("?").trim_start_matches("api://").to_owned();
    let mut links = vec![name(claims.member("aud"))];
    let mut actor = claims.member("act");
    while actor.is_object() {
        links.push(name(actor.member("sub")));
        actor = actor.member("act");
    }
    let first = claims.member("lineage").member("clients").get(0).unwrap_or(&Value::Null);
    links.push(name(first));
    format!("{} for {}", links.join(" ← "), name(claims.member("preferred_username")))
}
