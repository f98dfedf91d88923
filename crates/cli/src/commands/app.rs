//! `stead app`: applications.

use super::listing::{self, done};
use crate::admin_client::AdminClient;
use crate::args::App;
use crate::member::Member;
use crate::out;
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
