//! Consents.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use stead_core::model::consent::Consent;
use stead_proto::id::{Audience, ClientId, ConsentId, Subject};

pub(super) fn get(db: Scoped<'_>, id: &ConsentId) -> Result<Option<Consent>, Fault> {
    db.one("SELECT json FROM consents WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])
}

/// What the user gave, and what an administrator gave, whose `user` is empty.
pub(super) fn that_speak_for(
    db: Scoped<'_>,
    client: &ClientId,
    resource: &Audience,
    user: &Subject,
) -> Result<Vec<Consent>, Fault> {
    db.all(
        "SELECT json FROM consents
         WHERE tenant = ?1 AND client = ?2 AND resource = ?3 AND user IN ('', ?4) ORDER BY id",
        &[&client.as_str(), &resource.as_str(), &user.as_str()],
    )
}

pub(super) fn of_client(
    db: Scoped<'_>,
    client: &ClientId,
    resource: Option<&Audience>,
) -> Result<Vec<Consent>, Fault> {
    match resource {
        Some(resource) => db.all(
            "SELECT json FROM consents WHERE tenant = ?1 AND client = ?2 AND resource = ?3 ORDER BY id",
            &[&client.as_str(), &resource.as_str()],
        ),
        None => db.all(
            "SELECT json FROM consents WHERE tenant = ?1 AND client = ?2 ORDER BY id",
            &[&client.as_str()],
        ),
    }
}

pub(super) fn of_all(db: Scoped<'_>, resource: Option<&Audience>) -> Result<Vec<Consent>, Fault> {
    db.all(
        "SELECT json FROM consents WHERE tenant = ?1 AND (?2 IS NULL OR resource = ?2) ORDER BY id",
        &[&resource.map(Audience::as_str)],
    )
}

pub(super) fn put(db: Scoped<'_>, consent: &Consent) -> Result<(), Halt> {
    db.run(
        "INSERT INTO consents (tenant, id, client, resource, user, json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE
         SET client = excluded.client, resource = excluded.resource, user = excluded.user,
             json = excluded.json",
        &[
            &consent.id.as_str(),
            &consent.client.as_str(),
            &consent.resource.as_str(),
            &consent.given_by().map_or("", Subject::as_str),
            &json(consent)?,
        ],
    )?;
    Ok(())
}

pub(super) fn delete(db: Scoped<'_>, id: &ConsentId) -> Result<(), Halt> {
    db.run("DELETE FROM consents WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])?;
    Ok(())
}
