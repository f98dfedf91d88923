//! `stead consent`: who agreed to what.

use super::listing::{self, done};
use super::user;
use crate::admin_client::AdminClient;
use crate::args::{Consent, GiveConsent};
use crate::member::Member;
use anyhow::bail;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Consent) -> anyhow::Result<ExitCode> {
    match what {
        Consent::List => {
            let columns = [
                ("client", "client"),
                ("resource", "resource"),
                ("scopes", "scopes"),
                ("for", "for"),
                ("by", "given_by"),
                ("id", "id"),
                ("managed", "managed"),
            ];
            listing::show(client, &client.all(&["consents"], &[]).await?, &columns)
        }
        Consent::Give(given) => give(client, &given).await,
        Consent::Withdraw { id } => {
            let answer = client.delete(&["consents", &id]).await?;
            done(client, &answer, "the consent is withdrawn, and what rested on it has ended")
        }
    }
}

async fn give(client: &AdminClient, given: &GiveConsent) -> anyhow::Result<ExitCode> {
    let scopes: Vec<&str> = given.scope.split_whitespace().collect();
    let body = json!({
        "client": given.client, "resource": given.resource, "scopes": scopes,
        "for": whom(client, &given.whom).await?,
    });
    let made = client.post(&["consents"], &body).await?;
    done(
        client,
        &made,
        &format!(
            "agreed; to withdraw: stead consent withdraw {}",
            listing::cell(made.member("id"))
        ),
    )
}

/// `everyone`, `group:ID` or `user:NAME`, in the admin API's words.
async fn whom(client: &AdminClient, said: &str) -> anyhow::Result<Value> {
    match said.split_once(':') {
        None if said == "everyone" => Ok(json!("everyone")),
        Some(("group", id)) => Ok(json!({ "group": id })),
        Some(("user", name)) => Ok(json!({ "user": user::id_of(client, name).await? })),
        _ => bail!("`{said}` is nobody: say everyone, group:ID or user:NAME"),
    }
}
