//! What users can prove beside their password, and whose each passkey is.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use super::users;
use stead_core::commit::Conflict;
use stead_core::model::factors::Factors;
use stead_proto::id::{CredentialId, Subject};

pub(super) fn get(db: Scoped<'_>, user: &Subject) -> Result<Factors, Fault> {
    let found =
        db.one("SELECT json FROM factors WHERE tenant = ?1 AND user = ?2", &[&user.as_str()]);
    Ok(found?.unwrap_or_default())
}

/// A reader that finds an owner who is no name finds nobody: nothing here writes one.
pub(super) fn owner(db: Scoped<'_>, passkey: &CredentialId) -> Result<Option<Subject>, Fault> {
    let owner = db.row(
        "SELECT user FROM passkeys WHERE tenant = ?1 AND credential = ?2",
        &[&passkey.as_str()],
        |row| row.get::<_, String>(0),
    )?;
    Ok(owner.and_then(|user| Subject::parse(user).ok()))
}

/// Replaces the document; the passkeys' rows go and come with it.
pub(super) fn put(db: Scoped<'_>, user: &Subject, factors: &Factors) -> Result<(), Halt> {
    if users::get(db, user)?.is_none() {
        return Err(Conflict::Changed.into());
    }
    let id = user.as_str();
    db.run("DELETE FROM factors WHERE tenant = ?1 AND user = ?2", &[&id])?;
    if factors.is_empty() {
        return Ok(());
    }
    db.run("INSERT INTO factors VALUES (?1, ?2, ?3)", &[&id, &json(factors)?])?;
    for passkey in &factors.passkeys {
        let added = db.run(
            "INSERT OR IGNORE INTO passkeys VALUES (?1, ?2, ?3)",
            &[&passkey.id.as_str(), &id],
        )?;
        if added == 0 {
            return Err(Conflict::PasskeyTaken.into());
        }
    }
    Ok(())
}
