//! What works once: authorization codes, refresh tokens, names of assertions.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::keeping;
use rusqlite::Row;
use serde::de::DeserializeOwned;
use stead_core::commit::{Conflict, Once};
use stead_core::model::code::{CodeGrant, Use};
use stead_core::model::refresh::{RefreshGrant, within_grace};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

pub(super) fn code(db: Scoped<'_>, code: &SecretHash) -> Result<Option<(CodeGrant, Use)>, Fault> {
    kept(db, "SELECT json, spent FROM codes WHERE tenant = ?1 AND hash = ?2", code)
}

pub(super) fn refresh(
    db: Scoped<'_>,
    token: &SecretHash,
) -> Result<Option<(RefreshGrant, Use)>, Fault> {
    kept(db, "SELECT json, spent FROM refresh_tokens WHERE tenant = ?1 AND hash = ?2", token)
}

fn kept<T: DeserializeOwned>(
    db: Scoped<'_>,
    sql: &str,
    hash: &SecretHash,
) -> Result<Option<(T, Use)>, Fault> {
    let read = |row: &Row<'_>| {
        let spent: Option<i64> = row.get(1)?;
        let used = spent.map_or(Use::Fresh, |at| Use::Spent(Timestamp::from_millis(at)));
        Ok(serde_json::from_str(row.get_ref(0)?.as_str()?).map(|grant| (grant, used)))
    };
    Ok(db.row(sql, &[hash.0.as_bytes()], read)?.transpose()?)
}

/// A code on file stays as it is: putting it again must not make a spent one fresh.
pub(super) fn put_code(db: Scoped<'_>, code: &SecretHash, grant: &CodeGrant) -> Result<(), Halt> {
    db.run(
        "INSERT OR IGNORE INTO codes (tenant, hash, until, json) VALUES (?1, ?2, ?3, ?4)",
        &[code.0.as_bytes(), &keeping::code(grant).millis(), &json(grant)?],
    )?;
    Ok(())
}

pub(super) fn spend_code(db: Scoped<'_>, code: &SecretHash, at: Timestamp) -> Result<(), Halt> {
    let spent = db.run(
        "UPDATE codes SET spent = ?3 WHERE tenant = ?1 AND hash = ?2 AND spent IS NULL",
        &[code.0.as_bytes(), &at.millis()],
    )?;
    if spent == 1 { Ok(()) } else { Err(Conflict::CodeSpent.into()) }
}

/// As with codes, one on file stays as it is.
pub(super) fn put_refresh(
    db: Scoped<'_>,
    token: &SecretHash,
    grant: &RefreshGrant,
) -> Result<(), Halt> {
    db.run(
        "INSERT OR IGNORE INTO refresh_tokens (tenant, hash, until, json) VALUES (?1, ?2, ?3, ?4)",
        &[token.0.as_bytes(), &keeping::refresh(grant).millis(), &json(grant)?],
    )?;
    Ok(())
}

/// The first use stays on file: the grace is counted from it.
pub(super) fn spend_refresh(
    db: Scoped<'_>,
    token: &SecretHash,
    (at, grace): (Timestamp, Seconds),
) -> Result<(), Halt> {
    let spent = db.run(
        "UPDATE refresh_tokens SET spent = ?3 WHERE tenant = ?1 AND hash = ?2 AND spent IS NULL",
        &[token.0.as_bytes(), &at.millis()],
    )?;
    if spent == 1 {
        return Ok(());
    }
    match refresh(db, token)? {
        Some((_, Use::Spent(first))) if within_grace(first, at, grace) => Ok(()),
        _ => Err(Conflict::RefreshSpent.into()),
    }
}

/// A use counts until it expires. What is on file is when it leaves, which is later by as much for all.
pub(super) fn spend_once(db: Scoped<'_>, once: &Once, now: Timestamp) -> Result<(), Halt> {
    let spent = db.run(
        "INSERT INTO once (tenant, hash, until) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET until = excluded.until WHERE until < ?4",
        &[once.key.as_bytes(), &keeping::once(once.until).millis(), &keeping::once(now).millis()],
    )?;
    if spent == 1 { Ok(()) } else { Err(Conflict::OnceSpent.into()) }
}
