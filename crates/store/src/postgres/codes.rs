//! What works once: authorization codes, refresh tokens, names of assertions.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, from_json, json};
use crate::keeping;
use serde::de::DeserializeOwned;
use stead_core::commit::{Conflict, Once};
use stead_core::model::code::{CodeGrant, Use};
use stead_core::model::refresh::{RefreshGrant, within_grace};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

const PUT_CODE: &str = "
    INSERT INTO codes (tenant, hash, until, json) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant, hash) DO NOTHING";

const SPEND_CODE: &str =
    "UPDATE codes SET spent = $3 WHERE tenant = $1 AND hash = $2 AND spent IS NULL";

const PUT_REFRESH: &str = "
    INSERT INTO refresh_tokens (tenant, hash, until, json) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant, hash) DO NOTHING";

const SPEND_REFRESH: &str =
    "UPDATE refresh_tokens SET spent = $3 WHERE tenant = $1 AND hash = $2 AND spent IS NULL";

const SPEND_ONCE: &str = "
    INSERT INTO once (tenant, hash, until) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, hash) DO UPDATE SET until = excluded.until WHERE once.until < $4";

/// What is sent for a change of these without waiting for the one before it.
pub(super) const WRITES: [&str; 5] = [PUT_CODE, SPEND_CODE, PUT_REFRESH, SPEND_REFRESH, SPEND_ONCE];

pub(super) async fn code(
    db: Scoped<'_>,
    code: &SecretHash,
) -> Result<Option<(CodeGrant, Use)>, Fault> {
    kept(db, "SELECT json, spent FROM codes WHERE tenant = $1 AND hash = $2", code).await
}

pub(super) async fn refresh(
    db: Scoped<'_>,
    token: &SecretHash,
) -> Result<Option<(RefreshGrant, Use)>, Fault> {
    kept(db, "SELECT json, spent FROM refresh_tokens WHERE tenant = $1 AND hash = $2", token).await
}

async fn kept<T: DeserializeOwned>(
    db: Scoped<'_>,
    sql: &'static str,
    hash: &SecretHash,
) -> Result<Option<(T, Use)>, Fault> {
    db.row(sql, &[&bytes(hash)], |row| {
        let spent: Option<i64> = row.try_get(1)?;
        let used = spent.map_or(Use::Fresh, |at| Use::Spent(Timestamp::from_millis(at)));
        Ok((from_json(row, 0)?, used))
    })
    .await
}

fn bytes(hash: &SecretHash) -> &[u8] {
    hash.0.as_bytes()
}

/// A code on file stays as it is: putting it again must not make a spent one fresh.
pub(super) async fn put_code(
    db: Scoped<'_>,
    code: &SecretHash,
    grant: &CodeGrant,
) -> Result<(), Halt> {
    db.run(PUT_CODE, &[&bytes(code), &keeping::code(grant).millis(), &json(grant)?]).await?;
    Ok(())
}

pub(super) async fn spend_code(
    db: Scoped<'_>,
    code: &SecretHash,
    at: Timestamp,
) -> Result<(), Halt> {
    let spent = db.run(SPEND_CODE, &[&bytes(code), &at.millis()]).await?;
    if spent == 1 { Ok(()) } else { Err(Conflict::CodeSpent.into()) }
}

/// As with codes, one on file stays as it is.
pub(super) async fn put_refresh(
    db: Scoped<'_>,
    token: &SecretHash,
    grant: &RefreshGrant,
) -> Result<(), Halt> {
    db.run(PUT_REFRESH, &[&bytes(token), &keeping::refresh(grant).millis(), &json(grant)?]).await?;
    Ok(())
}

/// The first use stays on file: the grace is counted from it.
pub(super) async fn spend_refresh(
    db: Scoped<'_>,
    token: &SecretHash,
    (at, grace): (Timestamp, Seconds),
) -> Result<(), Halt> {
    let spent = db.run(SPEND_REFRESH, &[&bytes(token), &at.millis()]).await?;
    if spent == 1 {
        return Ok(());
    }
    match refresh(db, token).await? {
        Some((_, Use::Spent(first))) if within_grace(first, at, grace) => Ok(()),
        _ => Err(Conflict::RefreshSpent.into()),
    }
}

/// A use counts until it expires. What is on file is when it leaves, which is later by as much for all.
pub(super) async fn spend_once(db: Scoped<'_>, once: &Once, now: Timestamp) -> Result<(), Halt> {
    let (until, now) = (keeping::once(once.until).millis(), keeping::once(now).millis());
    let spent = db.run(SPEND_ONCE, &[&once.key.as_bytes().as_slice(), &until, &now]).await?;
    if spent == 1 { Ok(()) } else { Err(Conflict::OnceSpent.into()) }
}
