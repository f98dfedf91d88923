//! Devices whose users sign in elsewhere.

use super::fault::{Fault, Halt};
use super::records::hash_in;
use super::scoped::{Scoped, from_json, json};
use crate::keeping;
use stead_core::commit::Conflict;
use stead_core::model::device::{DeviceChange, DeviceGrant};
use stead_proto::device::UserCode;
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;
use tokio_postgres::Row;

pub(super) async fn get(db: Scoped<'_>, code: &SecretHash) -> Result<Option<DeviceGrant>, Fault> {
    let sql = "SELECT json FROM devices WHERE tenant = $1 AND hash = $2";
    db.one(sql, &[&bytes(code)]).await
}

/// All. One whose user code another has now comes before that one.
pub(super) async fn all(db: Scoped<'_>) -> Result<Vec<(SecretHash, DeviceGrant)>, Fault> {
    let sql = "SELECT hash, json FROM devices WHERE tenant = $1
               ORDER BY user_code IS NOT NULL, until, hash";
    let read = |row: &Row| Ok((SecretHash(hash_in(row, 0)?), from_json(row, 1)?));
    db.rows(sql, &[], read).await
}

/// The same, kept from changing until the transaction ends.
async fn held(db: Scoped<'_>, code: &SecretHash) -> Result<Option<DeviceGrant>, Fault> {
    let sql = "SELECT json FROM devices WHERE tenant = $1 AND hash = $2 FOR UPDATE";
    db.one(sql, &[&bytes(code)]).await
}

pub(super) async fn called(
    db: Scoped<'_>,
    code: &UserCode,
) -> Result<Option<(SecretHash, DeviceGrant)>, Fault> {
    let sql = "SELECT hash, json FROM devices WHERE tenant = $1 AND user_code = $2";
    db.row(sql, &[&code.as_str()], |row| Ok((SecretHash(hash_in(row, 0)?), from_json(row, 1)?)))
        .await
}

fn bytes(code: &SecretHash) -> &[u8] {
    code.0.as_bytes()
}

/// What is on file under a device code stays as it is. A user code is free again once what had it has expired.
pub(super) async fn put(
    db: Scoped<'_>,
    code: &SecretHash,
    grant: &DeviceGrant,
    now: Timestamp,
) -> Result<(), Halt> {
    if get(db, code).await?.is_some() {
        return Ok(());
    }
    if let Some((before, held)) = called(db, &grant.user_code).await? {
        if now < held.expires {
            return Err(Conflict::UserCodeTaken.into());
        }
        let sql = "UPDATE devices SET user_code = NULL WHERE tenant = $1 AND hash = $2";
        db.run(sql, &[&bytes(&before)]).await?;
    }
    db.run(
        "INSERT INTO devices (tenant, hash, user_code, until, json) VALUES ($1, $2, $3, $4, $5)",
        &[&bytes(code), &grant.user_code.as_str(), &keeping::device(grant).millis(), &json(grant)?],
    )
    .await?;
    Ok(())
}

pub(super) async fn change(
    db: Scoped<'_>,
    code: &SecretHash,
    change: &DeviceChange,
) -> Result<(), Halt> {
    let next = held(db, code).await?.and_then(|held| held.after(change));
    let next = next.ok_or(Conflict::DeviceSettled)?;
    db.run(
        "UPDATE devices SET until = $3, json = $4 WHERE tenant = $1 AND hash = $2",
        &[&bytes(code), &keeping::device(&next).millis(), &json(&next)?],
    )
    .await?;
    Ok(())
}
