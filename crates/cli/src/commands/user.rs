//! `stead user`: users, named by user name or id.

use super::listing::{self, done};
use crate::admin_client::AdminClient;
use crate::args::{AddUser, FactorMethod, User};
use crate::member::Member;
use crate::out;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: User) -> anyhow::Result<ExitCode> {
    match what {
        User::List => {
            let columns = [
                ("username", "username"),
                ("name", "name"),
                ("groups", "groups"),
                ("enabled", "enabled"),
                ("id", "id"),
                ("managed", "managed"),
            ];
            listing::show(client, &client.all(&["users"], &[]).await?, &columns)
        }
        User::Show { user } => {
            out::json(&find(client, &user).await?)?;
            Ok(ExitCode::SUCCESS)
        }
        User::Add(new) => add(client, &new).await,
        User::SetPassword { user } => set_password(client, &user).await,
        User::Disable { user } => {
            act(client, &user, "disable", "is switched off and signed out").await
        }
        User::Enable { user } => act(client, &user, "enable", "is switched on").await,
        User::SignOut { user } => act(client, &user, "sign-out", "is signed out everywhere").await,
        User::Factors { user } => {
            let id = id_of(client, &user).await?;
            out::json(&client.get(&["users", &id, "factors"], &[]).await?)?;
            Ok(ExitCode::SUCCESS)
        }
        User::ResetFactors { user, method } => reset_factors(client, &user, method).await,
        User::Delete { user } => {
            let answer = client.delete(&["users", &id_of(client, &user).await?]).await?;
            done(client, &answer, &format!("{user} is removed and signed out"))
        }
    }
}

async fn act(client: &AdminClient, user: &str, verb: &str, what: &str) -> anyhow::Result<ExitCode> {
    let id = id_of(client, user).await?;
    let answer = client.post(&["users", &id, verb], &json!({})).await?;
    done(client, &answer, &format!("{user} {what}"))
}

async fn reset_factors(
    client: &AdminClient,
    user: &str,
    method: Option<FactorMethod>,
) -> anyhow::Result<ExitCode> {
    let id = id_of(client, user).await?;
    let path = ["users", &id, "factors"];
    let (answer, what) = match method.map(FactorMethod::as_str) {
        None => (client.delete(&path).await?, "second factors"),
        Some(kind) => (client.delete(&[path.as_slice(), &[kind]].concat()).await?, kind),
    };
    done(client, &answer, &format!("{user} has no {what} any more, and is signed out"))
}

async fn add(client: &AdminClient, new: &AddUser) -> anyhow::Result<ExitCode> {
    let name = new.name.as_ref().unwrap_or(&new.username);
    let body = json!({
        "username": new.username, "name": name, "groups": new.groups, "email": new.email,
    });
    let made = client.post(&["users"], &body).await?;
    let id = listing::cell(made.member("id"));
    let name = &new.username;
    let next = format!("next: stead user set-password {name} < file-with-the-password");
    done(client, &made, &format!("{name} is added, with the id {id}; {next}"))
}

/// Never an argument: those are seen by every user of the machine and kept by shells.
async fn set_password(client: &AdminClient, user: &str) -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).context("standard input")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input");
    }
    let id = id_of(client, user).await?;
    let answer = client.put(&["users", &id, "password"], &json!({ "password": password })).await?;
    done(client, &answer, &format!("{user} has a new password, and is signed out"))
}

/// A user by user name, in any case, or by id.
async fn find(client: &AdminClient, said: &str) -> anyhow::Result<Value> {
    let called = client.get(&["users"], &[("username", said.to_owned())]).await?;
    if let Some(user) = called.member("items").as_array().and_then(|items| items.first()) {
        return Ok(user.clone());
    }
    let found = client.find(&["users", said]).await?;
    found.with_context(|| format!("there is no user {said}"))
}

/// The id of a user said by user name or id.
pub(super) async fn id_of(client: &AdminClient, said: &str) -> anyhow::Result<String> {
    Ok(listing::cell(find(client, said).await?.member("id")))
}

/// The user name of a user said by user name or id.
pub(super) async fn username_of(client: &AdminClient, said: &str) -> anyhow::Result<String> {
    Ok(listing::cell(find(client, said).await?.member("username")))
}

/// The user names of users by id: those that are still on file.
pub(super) async fn names(
    client: &AdminClient,
    ids: impl Iterator<Item = String>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let ids: BTreeSet<String> = ids.filter(|id| !id.is_empty()).collect();
    let mut names = BTreeMap::new();
    for id in ids {
        if let Some(user) = client.find(&["users", &id]).await? {
            names.insert(id, listing::cell(user.member("username")));
        }
    }
    Ok(names)
}
