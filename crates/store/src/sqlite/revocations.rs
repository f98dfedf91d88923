//! Revocation facts. They are asked of memory only; the file is what they are read from at open.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::facts::Facts;
use stead_core::liveness::Fact as _;
use stead_core::model::revocation::Revocation;

/// Everything revoked so far.
pub(super) fn load(db: Scoped<'_>) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let all: Vec<Revocation> = db.all("SELECT json FROM revocations WHERE tenant = ?1", &[])?;
    for fact in all {
        facts.learn(fact);
    }
    Ok(facts)
}

/// Keeps a fact, unless one that says as much is kept.
pub(super) fn put(db: Scoped<'_>, fact: &Revocation) -> Result<(), Halt> {
    let (kind, id) = (fact.about.kind(), fact.about.id());
    let known: Option<Revocation> = db.one(
        "SELECT json FROM revocations WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
        &[&kind, &id],
    )?;
    if known.is_none_or(|known| fact.supersedes(&known)) {
        db.run(
            "INSERT OR REPLACE INTO revocations (tenant, kind, id, json) VALUES (?1, ?2, ?3, ?4)",
            &[&kind, &id, &json(fact)?],
        )?;
    }
    Ok(())
}
