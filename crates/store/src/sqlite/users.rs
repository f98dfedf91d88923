//! Users and groups.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::names;
use stead_core::commit::Conflict;
use stead_core::model::user::{Group, User};
use stead_proto::id::{GroupId, Subject, Username};

pub(super) fn get(db: Scoped<'_>, id: &Subject) -> Result<Option<User>, Fault> {
    db.one("SELECT json FROM users WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])
}

pub(super) fn named(db: Scoped<'_>, name: &Username) -> Result<Option<User>, Fault> {
    let name = names::of_user(name);
    db.one("SELECT json FROM users WHERE tenant = ?1 AND username = ?2", &[&name])
}

pub(super) fn some(
    db: Scoped<'_>,
    after: Option<&Subject>,
    limit: usize,
) -> Result<Vec<User>, Fault> {
    let after = after.map_or("", Subject::as_str);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.all(
        "SELECT json FROM users WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        &[&after, &limit],
    )
}

/// Found by an index of these alone, whose condition has to be said in its words. In JSON a quotation mark
/// inside a text is escaped, so no text can look like it.
pub(super) fn of_files(db: Scoped<'_>) -> Result<Vec<User>, Fault> {
    db.all(
        r#"SELECT json FROM users INDEXED BY users_of_files
           WHERE tenant = ?1 AND instr(json, '"managed":{"file":') > 0 ORDER BY id"#,
        &[],
    )
}

pub(super) fn groups(db: Scoped<'_>) -> Result<Vec<Group>, Fault> {
    db.all("SELECT json FROM user_groups WHERE tenant = ?1 ORDER BY id", &[])
}

pub(super) fn group(db: Scoped<'_>, id: &GroupId) -> Result<Option<Group>, Fault> {
    db.one("SELECT json FROM user_groups WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])
}

pub(super) fn put(db: Scoped<'_>, user: &User) -> Result<(), Halt> {
    let id = user.id.as_str();
    let client = "SELECT 1 FROM applications WHERE tenant = ?1 AND id = ?2";
    if db.row(client, &[&id], |_| Ok(()))?.is_some() {
        return Err(Conflict::IdTaken.into());
    }
    match named(db, &user.username)? {
        Some(other) if other.id != user.id => {
            return Err(Conflict::UsernameTaken { by: other.id }.into());
        }
        _ => write(db, user)?,
    }
    Ok(())
}

fn write(db: Scoped<'_>, user: &User) -> Result<(), Fault> {
    db.run(
        "INSERT INTO users (tenant, id, username, json) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant, id) DO UPDATE SET username = excluded.username, json = excluded.json",
        &[&user.id.as_str(), &names::of_user(&user.username), &json(user)?],
    )?;
    Ok(())
}

pub(super) fn delete(db: Scoped<'_>, id: &Subject) -> Result<(), Halt> {
    db.run("DELETE FROM users WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])?;
    Ok(())
}

pub(super) fn put_group(db: Scoped<'_>, group: &Group) -> Result<(), Halt> {
    db.run(
        "INSERT INTO user_groups (tenant, id, json) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET json = excluded.json",
        &[&group.id.as_str(), &json(group)?],
    )?;
    Ok(())
}

/// Removes a group and everybody's membership in it. Rare, so that it may look at every user.
pub(super) fn delete_group(db: Scoped<'_>, id: &GroupId) -> Result<(), Halt> {
    db.run("DELETE FROM user_groups WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])?;
    let members: Vec<User> = db.all(
        "SELECT json FROM users WHERE tenant = ?1
         AND EXISTS (SELECT 1 FROM json_each(users.json, '$.groups') WHERE value = ?2)",
        &[&id.as_str()],
    )?;
    for mut member in members {
        member.groups.remove(id);
        write(db, &member)?;
    }
    Ok(())
}
