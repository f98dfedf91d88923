//! Signing keys, and other issuers whose keys count.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::model::key::StoredKey;
use stead_core::model::tenant::TrustedIssuer;
use stead_proto::id::Issuer;

pub(super) fn all(db: Scoped<'_>) -> Result<Vec<StoredKey>, Fault> {
    db.all("SELECT json FROM signing_keys WHERE tenant = ?1 ORDER BY published, kid", &[])
}

pub(super) fn put(db: Scoped<'_>, key: &StoredKey) -> Result<(), Halt> {
    Ok(replace(db, key)?)
}

/// The same where nothing stands against it.
pub(super) fn replace(db: Scoped<'_>, key: &StoredKey) -> Result<(), Fault> {
    db.run(
        "INSERT OR REPLACE INTO signing_keys (tenant, kid, published, json) VALUES (?1, ?2, ?3, ?4)",
        &[&key.kid.as_str(), &key.published.millis(), &json(key)?],
    )?;
    Ok(())
}

pub(super) fn trusted(db: Scoped<'_>, issuer: &Issuer) -> Result<Option<TrustedIssuer>, Fault> {
    let issuer = issuer.as_str();
    db.one("SELECT json FROM trusted_issuers WHERE tenant = ?1 AND issuer = ?2", &[&issuer])
}

pub(super) fn all_trusted(db: Scoped<'_>) -> Result<Vec<TrustedIssuer>, Fault> {
    db.all("SELECT json FROM trusted_issuers WHERE tenant = ?1 ORDER BY issuer", &[])
}

pub(super) fn trust(db: Scoped<'_>, issuer: &TrustedIssuer) -> Result<(), Halt> {
    db.run(
        "INSERT OR REPLACE INTO trusted_issuers (tenant, issuer, json) VALUES (?1, ?2, ?3)",
        &[&issuer.issuer.as_str(), &json(issuer)?],
    )?;
    Ok(())
}

pub(super) fn distrust(db: Scoped<'_>, issuer: &Issuer) -> Result<(), Halt> {
    let issuer = issuer.as_str();
    db.run("DELETE FROM trusted_issuers WHERE tenant = ?1 AND issuer = ?2", &[&issuer])?;
    Ok(())
}
