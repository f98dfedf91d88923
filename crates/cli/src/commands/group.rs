//! `stead group`: groups of users.

use super::listing::{self, done};
use crate::admin_client::AdminClient;
use crate::args::Group;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Group) -> anyhow::Result<ExitCode> {
    match what {
        Group::List => {
            let columns = [("id", "id"), ("description", "description"), ("managed", "managed")];
            listing::show(client, &client.all(&["groups"], &[]).await?, &columns)
        }
        Group::Add { id, description } => {
            let answer =
                client.put(&["groups", &id], &json!({ "description": description })).await?;
            done(client, &answer, &format!("{id} is on file"))
        }
        Group::Delete { id } => {
            let answer = client.delete(&["groups", &id]).await?;
            done(client, &answer, &format!("{id} is removed, and nobody is in it any more"))
        }
    }
}
