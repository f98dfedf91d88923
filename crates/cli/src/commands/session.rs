//! `stead session`: who is signed in where.

use super::listing::{self, cell, done};
use super::user;
use crate::admin_client::AdminClient;
use crate::args::Session;
use crate::member::Member;
use serde_json::Value;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Session) -> anyhow::Result<ExitCode> {
    match what {
        Session::List { user } => {
            let query = match user {
                Some(said) => vec![("user", user::id_of(client, &said).await?)],
                None => Vec::new(),
            };
            let columns = [
                ("id", "id"),
                ("user", "user"),
                ("started", "started"),
                ("proved", "auth_time"),
                ("strength", "acr"),
                ("expires", "expires"),
            ];
            let mut sessions = client.all(&["sessions"], &query).await?;
            if !client.json {
                name_users(client, &mut sessions).await?;
            }
            listing::show(client, &sessions, &columns)
        }
        Session::End { id } => {
            let answer = client.delete(&["sessions", &id]).await?;
            done(client, &answer, "the session has ended, with everything that came of it")
        }
    }
}

/// People know users by their names.
async fn name_users(client: &AdminClient, sessions: &mut [Value]) -> anyhow::Result<()> {
    let ids = sessions.iter().map(|session| cell(session.member("user")));
    let names = user::names(client, ids).await?;
    for user in sessions.iter_mut().filter_map(|session| session.get_mut("user")) {
        if let Some(name) = names.get(&cell(user)) {
            *user = Value::String(name.clone());
        }
    }
    Ok(())
}
