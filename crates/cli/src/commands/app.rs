//! `stead app`: applications.

use super::listing::{self, done};
use crate::admin_client::AdminClient;
use crate::args::App;
use crate::member::Member;
use crate::out;
use anyhow::bail;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: App) -> anyhow::Result<ExitCode> {
    match what {
        App::List => {
            let columns = [
                ("id", "id"),
                ("kind", "kind"),
                ("audience", "audience"),
                ("credentials", "credentials"),
                ("enabled", "enabled"),
                ("managed", "managed"),
            ];
            listing::show(client, &client.all(&["applications"], &[]).await?, &columns)
        }
        App::Show { id } => {
            out::json(&client.get(&["applications", &id], &[]).await?)?;
            Ok(ExitCode::SUCCESS)
        }
        App::AddSecret { id } => add_secret(client, &id).await,
        App::Disable { id } => {
            let answer = client.post(&["applications", &id, "disable"], &json!({})).await?;
            done(client, &answer, &format!("{id} is switched off, and its tokens have ended"))
        }
        App::Enable { id } => {
            let answer = client.post(&["applications", &id, "enable"], &json!({})).await?;
            done(client, &answer, &format!("{id} is switched on"))
        }
        App::Delete { id } => {
            let answer = client.delete(&["applications", &id]).await?;
            done(client, &answer, &format!("{id} is removed, and its tokens have ended"))
        }
    }
}

/// The id of the application that is called so, by its id or by its name. What nobody is called stays as it
/// is: the server says that it is not on file.
pub(super) async fn id_of(client: &AdminClient, said: &str) -> anyhow::Result<String> {
    if client.find(&["applications", said]).await?.is_some() {
        return Ok(said.to_owned());
    }
    let all = client.all(&["applications"], &[]).await?;
    let mut named = all.iter().filter(|one| one.member("name").as_str() == Some(said));
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(listing::cell(only.member("id"))),
        (Some(_), Some(_)) => bail!("several applications are called {said}: say which by its id"),
        (None, _) => Ok(said.to_owned()),
    }
}

/// The secret goes to standard output alone, so that it can be piped into a file.
async fn add_secret(client: &AdminClient, id: &str) -> anyhow::Result<ExitCode> {
    let made = client.post(&["applications", id, "secrets"], &json!({})).await?;
    if client.json {
        out::json(&made)?;
        return Ok(ExitCode::SUCCESS);
    }
    out::note(format!(
        "a secret of {id}, called {}; it is shown only now:",
        listing::cell(made.member("name"))
    ));
    out::line(listing::cell(made.member("secret")));
    Ok(ExitCode::SUCCESS)
}
