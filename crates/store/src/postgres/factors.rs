//! What users can prove beside their password, and whose each passkey is.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::commit::Conflict;
use stead_core::model::factors::Factors;
use stead_proto::id::{CredentialId, Subject};

pub(super) async fn get(db: Scoped<'_>, user: &Subject) -> Result<Factors, Fault> {
    let sql = "SELECT json FROM factors WHERE tenant = $1 AND subject = $2";
    Ok(db.one(sql, &[&user.as_str()]).await?.unwrap_or_default())
}

/// A reader that finds an owner who is no name finds nobody: nothing here writes one.
pub(super) async fn owner(
    db: Scoped<'_>,
    passkey: &CredentialId,
) -> Result<Option<Subject>, Fault> {
    let owner: Option<String> = db
        .row(
            "SELECT subject FROM passkeys WHERE tenant = $1 AND credential = $2",
            &[&passkey.as_str()],
            |row| Ok(row.try_get(0)?),
        )
        .await?;
    Ok(owner.and_then(|user| Subject::parse(user).ok()))
}

/// Keeps everybody else from changing a user's factors until the transaction ends. Whether they are there.
pub(super) async fn hold(db: Scoped<'_>, user: &Subject) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM users WHERE tenant = $1 AND id = $2 FOR UPDATE";
    Ok(db.row(sql, &[&user.as_str()], |_| Ok(())).await?.is_some())
}

/// Replaces the document; the passkeys' rows go and come with it.
pub(super) async fn put(db: Scoped<'_>, user: &Subject, factors: &Factors) -> Result<(), Halt> {
    if !hold(db, user).await? {
        return Err(Conflict::Changed.into());
    }
    let id = user.as_str();
    db.run("DELETE FROM factors WHERE tenant = $1 AND subject = $2", &[&id]).await?;
    if factors.is_empty() {
        return Ok(());
    }
    db.run("INSERT INTO factors VALUES ($1, $2, $3)", &[&id, &json(factors)?]).await?;
    for passkey in &factors.passkeys {
        let added = db.run(
            "INSERT INTO passkeys VALUES ($1, $2, $3) ON CONFLICT (tenant, credential) DO NOTHING",
            &[&passkey.id.as_str(), &id],
        )
        .await?;
        if added == 0 {
            return Err(Conflict::PasskeyTaken.into());
        }
    }
    Ok(())
}
