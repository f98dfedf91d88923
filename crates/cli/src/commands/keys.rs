//! `stead keys`: what signs, what will, what did; letting others sign; ending one that leaked.

use super::listing::{self, cell};
use crate::admin_client::AdminClient;
use crate::args::{KeyAlgorithm, Keys};
use crate::member::Member;
use crate::out;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Keys) -> anyhow::Result<ExitCode> {
    match what {
        Keys::List => {
            let columns = [
                ("kid", "kid"),
                ("algorithm", "algorithm"),
                ("stage", "stage"),
                ("published", "published"),
                ("signs from", "signs_from"),
                ("until", "signs_until"),
                ("published until", "published_until"),
                ("revoked", "revoked"),
            ];
            listing::show(client, &client.all(&["keys"], &[]).await?, &columns)
        }
        Keys::Rotate { algorithm, now } => {
            let body = json!({ "algorithm": algorithm.map(KeyAlgorithm::as_str), "at_once": now });
            let answer = client.post(&["keys", "rotate"], &body).await?;
            tell(client, &answer, || rotated(&answer, now))
        }
        Keys::Revoke { kid, why } => {
            let answer = client.post(&["keys", &kid, "revoke"], &json!({ "why": why })).await?;
            tell(client, &answer, || revoked(&answer, &kid))
        }
    }
}

/// The answer as it is where JSON is wanted, else in words.
fn tell(
    client: &AdminClient,
    answer: &Value,
    words: impl FnOnce() -> String,
) -> anyhow::Result<ExitCode> {
    if client.json {
        out::json(answer)?;
    } else {
        out::line(words());
    }
    Ok(ExitCode::SUCCESS)
}

fn rotated(answer: &Value, now: bool) -> String {
    let line = |key: &Value| match key.member("stage").as_str()? {
        "next" => Some(format!(
            "{} is published; it signs from {}",
            name(key),
            cell(key.member("signs_from"))
        )),
        "signing" if now => Some(format!("{} signs from now on", name(key))),
        _ => None,
    };
    let mut lines: Vec<String> = keys(answer).filter_map(line).collect();
    if now {
        let (nodes, verifiers) = within(answer);
        lines.push(format!(
            "other nodes go by that within {nodes} seconds; until a verifier reads the keys again, within \
             {verifiers} seconds, it refuses what they sign, unless it looks for a key it does not know"
        ));
    }
    lines.push("what the keys before them signed stays good until it expires".to_owned());
    lines.join("\n")
}

fn revoked(answer: &Value, kid: &str) -> String {
    let mut lines =
        vec![format!("key {kid} is revoked: nothing that it signed counts here any more")];
    let signing = keys(answer).filter(|key| key.member("stage") == "signing");
    lines.extend(signing.map(|key| format!("{} signs", name(key))));
    let (nodes, verifiers) = within(answer);
    lines.push(format!(
        "other nodes go by that within {nodes} seconds, verifiers once they read the keys again: within \
         {verifiers} seconds"
    ));
    lines.join("\n")
}

fn keys(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.member("keys").as_array().into_iter().flatten()
}

fn name(key: &Value) -> String {
    format!("{} key {}", cell(key.member("algorithm")), cell(key.member("kid")))
}

fn within(answer: &Value) -> (String, String) {
    (cell(answer.member("nodes_within")), cell(answer.member("verifiers_within")))
}
