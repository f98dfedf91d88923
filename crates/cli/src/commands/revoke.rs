//! `stead revoke`: state the fact that something has ended; what descends from it ends with it.

use super::user;
use crate::admin_client::AdminClient;
use crate::args::{Revocable, Revoke};
use crate::out;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: &Revoke) -> anyhow::Result<ExitCode> {
    match what.kind {
        Revocable::User => {
            let id = user::id_of(client, &what.id).await?;
            state(client, "user", &id, &what.why).await
        }
        Revocable::Session => state(client, "session", &what.id, &what.why).await,
        Revocable::Client => state(client, "client", &what.id, &what.why).await,
        Revocable::Consent => state(client, "consent", &what.id, &what.why).await,
        Revocable::Token => state(client, "token", &what.id, &what.why).await,
        Revocable::Family => state(client, "family", &what.id, &what.why).await,
    }
}

/// States it.
pub(super) async fn state(
    client: &AdminClient,
    kind: &str,
    id: &str,
    why: &str,
) -> anyhow::Result<ExitCode> {
    let body = json!({ "kind": kind, "id": id, "why": why });
    let stated = client.post(&["revocations"], &body).await?;
    if client.json {
        out::json(&stated)?;
    } else {
        out::line(format!("{kind} {id} has ended, with everything that came of it"));
    }
    Ok(ExitCode::SUCCESS)
}
