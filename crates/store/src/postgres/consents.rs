//! Consents.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::model::consent::Consent;
use stead_proto::id::{Audience, ClientId, ConsentId, Subject};

pub(super) async fn get(db: Scoped<'_>, id: &ConsentId) -> Result<Option<Consent>, Fault> {
    db.one("SELECT json FROM consents WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await
}

/// What the user gave, and what an administrator gave, whose `subject` is empty.
pub(super) async fn that_speak_for(
    db: Scoped<'_>,
    client: &ClientId,
    resource: &Audience,
    user: &Subject,
) -> Result<Vec<Consent>, Fault> {
    db.all(
        "SELECT json FROM consents
         WHERE tenant = $1 AND client = $2 AND resource = $3 AND subject IN ('', $4) ORDER BY id",
        &[&client.as_str(), &resource.as_str(), &user.as_str()],
    )
    .await
}

pub(super) async fn of_client(
    db: Scoped<'_>,
    client: &ClientId,
    resource: Option<&Audience>,
) -> Result<Vec<Consent>, Fault> {
    db.all(
        "SELECT json FROM consents
         WHERE tenant = $1 AND client = $2 AND ($3::text IS NULL OR resource = $3) ORDER BY id",
        &[&client.as_str(), &resource.map(Audience::as_str)],
    )
    .await
}

pub(super) async fn of_all(
    db: Scoped<'_>,
    resource: Option<&Audience>,
) -> Result<Vec<Consent>, Fault> {
    db.all(
        "SELECT json FROM consents
         WHERE tenant = $1 AND ($2::text IS NULL OR resource = $2) ORDER BY id",
        &[&resource.map(Audience::as_str)],
    )
    .await
}

pub(super) async fn put(db: Scoped<'_>, consent: &Consent) -> Result<(), Halt> {
    db.run(
        "INSERT INTO consents (tenant, id, client, resource, subject, json)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, id) DO UPDATE
         SET client = excluded.client, resource = excluded.resource, subject = excluded.subject,
             json = excluded.json",
        &[
            &consent.id.as_str(),
            &consent.client.as_str(),
            &consent.resource.as_str(),
            &consent.given_by().map_or("", Subject::as_str),
            &json(consent)?,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(db: Scoped<'_>, id: &ConsentId) -> Result<(), Halt> {
    db.run("DELETE FROM consents WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await?;
    Ok(())
}
