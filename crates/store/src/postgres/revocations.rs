//! Revocation facts. They are asked of memory; the database is what they are learned from.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::liveness::Fact as _;
use stead_core::model::revocation::Revocation;

/// Those that came to count after a version.
pub(super) async fn after(db: Scoped<'_>, version: i64) -> Result<Vec<Revocation>, Fault> {
    db.all("SELECT json FROM revocations WHERE tenant = $1 AND version > $2", &[&version]).await
}

/// All, in an order of their own.
pub(super) async fn all(db: Scoped<'_>) -> Result<Vec<Revocation>, Fault> {
    let sql = r#"SELECT json FROM revocations WHERE tenant = $1
                 ORDER BY kind COLLATE "C", id COLLATE "C""#;
    db.all(sql, &[]).await
}

/// Keeps a fact as of a version, unless one that says as much is kept.
pub(super) async fn put(db: Scoped<'_>, fact: &Revocation, version: i64) -> Result<(), Halt> {
    let (kind, id) = (fact.about.kind(), fact.about.id());
    let known: Option<Revocation> = db
        .one(
            "SELECT json FROM revocations WHERE tenant = $1 AND kind = $2 AND id = $3",
            &[&kind, &id],
        )
        .await?;
    if known.is_none_or(|known| fact.supersedes(&known)) {
        db.run(
            "INSERT INTO revocations (tenant, kind, id, version, json) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, kind, id) DO UPDATE
             SET version = excluded.version, json = excluded.json",
            &[&kind, &id, &version, &json(fact)?],
        )
        .await?;
    }
    Ok(())
}
