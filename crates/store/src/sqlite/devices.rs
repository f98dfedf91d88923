//! Devices whose users sign in elsewhere.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::keeping;
use rusqlite::Row;
use stead_core::commit::Conflict;
use stead_core::model::device::{DeviceChange, DeviceGrant};
use stead_proto::device::UserCode;
use stead_proto::digest::Sha256;
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

pub(super) fn get(db: Scoped<'_>, code: &SecretHash) -> Result<Option<DeviceGrant>, Fault> {
    db.one("SELECT json FROM devices WHERE tenant = ?1 AND hash = ?2", &[code.0.as_bytes()])
}

pub(super) fn called(
    db: Scoped<'_>,
    code: &UserCode,
) -> Result<Option<(SecretHash, DeviceGrant)>, Fault> {
    let read = |row: &Row<'_>| {
        let hash = SecretHash(Sha256::from_bytes(row.get(0)?));
        Ok(serde_json::from_str(row.get_ref(1)?.as_str()?).map(|grant| (hash, grant)))
    };
    let sql = "SELECT hash, json FROM devices WHERE tenant = ?1 AND user_code = ?2";
    Ok(db.row(sql, &[&code.as_str()], read)?.transpose()?)
}

/// What is on file under a device code stays as it is. A user code is free again once what had it has expired.
pub(super) fn put(
    db: Scoped<'_>,
    code: &SecretHash,
    grant: &DeviceGrant,
    now: Timestamp,
) -> Result<(), Halt> {
    if get(db, code)?.is_some() {
        return Ok(());
    }
    if let Some((before, held)) = called(db, &grant.user_code)? {
        if now < held.expires {
            return Err(Conflict::UserCodeTaken.into());
        }
        let sql = "UPDATE devices SET user_code = NULL WHERE tenant = ?1 AND hash = ?2";
        db.run(sql, &[before.0.as_bytes()])?;
    }
    db.run(
        "INSERT INTO devices (tenant, hash, user_code, until, json) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            code.0.as_bytes(),
            &grant.user_code.as_str(),
            &keeping::device(grant).millis(),
            &json(grant)?,
        ],
    )?;
    Ok(())
}

pub(super) fn change(db: Scoped<'_>, code: &SecretHash, change: &DeviceChange) -> Result<(), Halt> {
    let held = get(db, code)?.and_then(|held| held.after(change));
    let next = held.ok_or(Conflict::DeviceSettled)?;
    db.run(
        "UPDATE devices SET until = ?3, json = ?4 WHERE tenant = ?1 AND hash = ?2",
        &[code.0.as_bytes(), &keeping::device(&next).millis(), &json(&next)?],
    )?;
    Ok(())
}
