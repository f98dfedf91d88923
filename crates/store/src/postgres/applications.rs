//! Applications, and the names that only one of them may have.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::names;
use stead_core::commit::Conflict;
use stead_core::model::application::Application;
use stead_proto::id::{Audience, ClientId};

pub(super) async fn get(db: Scoped<'_>, id: &ClientId) -> Result<Option<Application>, Fault> {
    db.one("SELECT json FROM applications WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await
}

pub(super) async fn resource(
    db: Scoped<'_>,
    audience: &Audience,
) -> Result<Option<Application>, Fault> {
    let found: Option<Application> = db
        .one(
            "SELECT json FROM application_names
             JOIN applications ON applications.tenant = application_names.tenant AND id = application
             WHERE application_names.tenant = $1 AND name = $2",
            &[&names::canonical(audience.as_str())],
        )
        .await?;
    Ok(found.filter(|application| application.is_addressed_by(audience)))
}

pub(super) async fn all(db: Scoped<'_>) -> Result<Vec<Application>, Fault> {
    db.all("SELECT json FROM applications WHERE tenant = $1 ORDER BY id", &[]).await
}

pub(super) async fn put(db: Scoped<'_>, application: &Application) -> Result<(), Halt> {
    let id = application.id.as_str();
    let a_user = "SELECT 1 FROM users WHERE tenant = $1 AND id = $2";
    if db.row(a_user, &[&id], |_| Ok(())).await?.is_some() {
        return Err(Conflict::IdTaken.into());
    }
    let wanted = names::of_application(application);
    for name in &wanted {
        not_anothers(db, name, id).await?;
    }
    db.run(
        "INSERT INTO applications (tenant, id, json) VALUES ($1, $2, $3)
         ON CONFLICT (tenant, id) DO UPDATE SET json = excluded.json",
        &[&id, &json(application)?],
    )
    .await?;
    let names_of = "DELETE FROM application_names WHERE tenant = $1 AND application = $2";
    db.run(names_of, &[&id]).await?;
    for name in &wanted {
        db.run("INSERT INTO application_names VALUES ($1, $2, $3)", &[name, &id]).await?;
    }
    Ok(())
}

async fn not_anothers(db: Scoped<'_>, name: &str, id: &str) -> Result<(), Halt> {
    let taken: Option<Application> = db
        .one(
            "SELECT json FROM application_names
             JOIN applications ON applications.tenant = application_names.tenant AND id = application
             WHERE application_names.tenant = $1 AND name = $2 AND application <> $3",
            &[&name, &id],
        )
        .await?;
    match taken {
        Some(Application { id: by, .. }) => Err(Conflict::AudienceTaken { by }.into()),
        None => Ok(()),
    }
}

pub(super) async fn delete(db: Scoped<'_>, id: &ClientId) -> Result<(), Halt> {
    db.run("DELETE FROM applications WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await?;
    Ok(())
}
