//! `stead session`: who is signed in where.

use super::listing::{self, done};
use super::user;
use crate::admin_client::AdminClient;
use crate::args::Session;
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
            listing::show(client, &client.all(&["sessions"], &query).await?, &columns)
        }
        Session::End { id } => {
            let answer = client.delete(&["sessions", &id]).await?;
            done(client, &answer, "the session has ended, with everything that came of it")
        }
    }
}
