//! Signing keys, and other issuers whose keys count.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::model::key::StoredKey;
use stead_core::model::tenant::TrustedIssuer;
use stead_proto::id::Issuer;

pub(super) async fn all(db: Scoped<'_>) -> Result<Vec<StoredKey>, Fault> {
    db.all("SELECT json FROM signing_keys WHERE tenant = $1 ORDER BY published, kid", &[]).await
}

pub(super) async fn put(db: Scoped<'_>, key: &StoredKey) -> Result<(), Halt> {
    Ok(replace(db, key).await?)
}

/// The same where nothing stands against it.
pub(super) async fn replace(db: Scoped<'_>, key: &StoredKey) -> Result<(), Fault> {
    db.run(
        "INSERT INTO signing_keys (tenant, kid, published, json) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, kid) DO UPDATE
         SET published = excluded.published, json = excluded.json",
        &[&key.kid.as_str(), &key.published.millis(), &json(key)?],
    )
    .await?;
    Ok(())
}

pub(super) async fn trusted(
    db: Scoped<'_>,
    issuer: &Issuer,
) -> Result<Option<TrustedIssuer>, Fault> {
    let sql = "SELECT json FROM trusted_issuers WHERE tenant = $1 AND issuer = $2";
    db.one(sql, &[&issuer.as_str()]).await
}

pub(super) async fn all_trusted(db: Scoped<'_>) -> Result<Vec<TrustedIssuer>, Fault> {
    db.all("SELECT json FROM trusted_issuers WHERE tenant = $1 ORDER BY issuer", &[]).await
}

pub(super) async fn trust(db: Scoped<'_>, issuer: &TrustedIssuer) -> Result<(), Halt> {
    db.run(
        "INSERT INTO trusted_issuers (tenant, issuer, json) VALUES ($1, $2, $3)
         ON CONFLICT (tenant, issuer) DO UPDATE SET json = excluded.json",
        &[&issuer.issuer.as_str(), &json(issuer)?],
    )
    .await?;
    Ok(())
}

pub(super) async fn distrust(db: Scoped<'_>, issuer: &Issuer) -> Result<(), Halt> {
    let sql = "DELETE FROM trusted_issuers WHERE tenant = $1 AND issuer = $2";
    db.run(sql, &[&issuer.as_str()]).await?;
    Ok(())
}
