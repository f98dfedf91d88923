//! Users and groups.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, count, json};
use crate::names;
use stead_core::commit::Conflict;
use stead_core::model::user::{Group, User};
use stead_proto::id::{GroupId, Subject, Username};

pub(super) async fn get(db: Scoped<'_>, id: &Subject) -> Result<Option<User>, Fault> {
    db.one("SELECT json FROM users WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await
}

pub(super) async fn named(db: Scoped<'_>, name: &Username) -> Result<Option<User>, Fault> {
    let name = names::of_user(name);
    db.one("SELECT json FROM users WHERE tenant = $1 AND username = $2", &[&name]).await
}

pub(super) async fn some(
    db: Scoped<'_>,
    after: Option<&Subject>,
    limit: usize,
) -> Result<Vec<User>, Fault> {
    let after = after.map_or("", Subject::as_str);
    db.all(
        "SELECT json FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3",
        &[&after, &count(limit)],
    )
    .await
}

/// Found by an index of these alone, whose condition has to be said in its words. In JSON a quotation mark
/// inside a text is escaped, so no text can look like it.
pub(super) async fn of_files(db: Scoped<'_>) -> Result<Vec<User>, Fault> {
    db.all(
        r#"SELECT json FROM users
           WHERE tenant = $1 AND strpos(json, '"managed":{"file":') > 0 ORDER BY id"#,
        &[],
    )
    .await
}

pub(super) async fn groups(db: Scoped<'_>) -> Result<Vec<Group>, Fault> {
    db.all("SELECT json FROM user_groups WHERE tenant = $1 ORDER BY id", &[]).await
}

pub(super) async fn group(db: Scoped<'_>, id: &GroupId) -> Result<Option<Group>, Fault> {
    db.one("SELECT json FROM user_groups WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await
}

pub(super) async fn put(db: Scoped<'_>, user: &User) -> Result<(), Halt> {
    let id = user.id.as_str();
    let client = "SELECT 1 FROM applications WHERE tenant = $1 AND id = $2";
    if db.row(client, &[&id], |_| Ok(())).await?.is_some() {
        return Err(Conflict::IdTaken.into());
    }
    match named(db, &user.username).await? {
        Some(other) if other.id != user.id => {
            return Err(Conflict::UsernameTaken { by: other.id }.into());
        }
        _ => write(db, user).await?,
    }
    Ok(())
}

async fn write(db: Scoped<'_>, user: &User) -> Result<(), Fault> {
    db.run(
        "INSERT INTO users (tenant, id, username, json) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, id) DO UPDATE SET username = excluded.username, json = excluded.json",
        &[&user.id.as_str(), &names::of_user(&user.username), &json(user)?],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(db: Scoped<'_>, id: &Subject) -> Result<(), Halt> {
    db.run("DELETE FROM users WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await?;
    Ok(())
}

pub(super) async fn put_group(db: Scoped<'_>, group: &Group) -> Result<(), Halt> {
    db.run(
        "INSERT INTO user_groups (tenant, id, json) VALUES ($1, $2, $3)
         ON CONFLICT (tenant, id) DO UPDATE SET json = excluded.json",
        &[&group.id.as_str(), &json(group)?],
    )
    .await?;
    Ok(())
}

/// Removes a group and everybody's membership in it. Rare, so that it may look at every user. Whose entry
/// has the group's name in it anywhere is read; what it means there is decided here.
pub(super) async fn delete_group(db: Scoped<'_>, id: &GroupId) -> Result<Vec<Subject>, Halt> {
    let group = "DELETE FROM user_groups WHERE tenant = $1 AND id = $2";
    db.run(group, &[&id.as_str()]).await?;
    let mentioning = "SELECT json FROM users WHERE tenant = $1 AND strpos(json, $2) > 0";
    let mut members: Vec<User> = db.all(mentioning, &[&json(id)?]).await?;
    members.retain(|user| user.groups.contains(id));
    for member in &mut members {
        member.groups.remove(id);
        write(db, member).await?;
    }
    Ok(members.into_iter().map(|member| member.id).collect())
}
