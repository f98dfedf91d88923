//! `stead audit`: what happened, and the proof that no record of it is missing.

use super::{listing::cell, user};
use crate::admin_client::AdminClient;
use crate::args::{Audit, AuditList};
use crate::member::Member;
use crate::out::{self, Tone};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Audit) -> anyhow::Result<ExitCode> {
    match what {
        Audit::List(which) => list(client, &which).await,
        Audit::Verify => verify(client).await,
    }
}

async fn list(client: &AdminClient, which: &AuditList) -> anyhow::Result<ExitCode> {
    let mut query = vec![("limit", which.limit.to_string())];
    if let Some(said) = &which.user {
        query.push(("subject", user::id_of(client, said).await?));
    }
    query.extend(which.client.iter().map(|id| ("client", id.clone())));
    query.extend(which.trace.iter().map(|id| ("trace_id", id.clone())));
    query.extend(which.denied.then(|| ("denied", "true".to_owned())));
    let page = client.get(&["records"], &query).await?;
    let records = page.member("items").as_array().cloned().unwrap_or_default();
    if client.json {
        out::json(&records)?;
        return Ok(ExitCode::SUCCESS);
    }
    let subjects =
        records.iter().map(|it| cell(it.member("record").member("event").member("subject")));
    let names = user::names(client, subjects).await?;
    let rows: Vec<Vec<String>> = records.iter().map(|record| row(record, &names)).collect();
    out::line(out::table(&["no", "at", "event", "outcome", "who", "what", "trace"], &rows));
    Ok(ExitCode::SUCCESS)
}

fn row(chained: &Value, names: &BTreeMap<String, String>) -> Vec<String> {
    let record = chained.member("record");
    let (event, outcome) = (record.member("event"), record.member("outcome"));
    let outcome = match outcome.member("reason").as_str() {
        Some(reason) => format!("denied: {reason}"),
        None => "done".to_owned(),
    };
    let at = chained.member("at").as_str().or(record.member("at").as_str()).unwrap_or_default();
    let who = first_of(event, &["username", "subject", "by"]);
    vec![
        place(chained),
        at.to_owned(),
        cell(event.member("kind")),
        outcome,
        names.get(&who).cloned().unwrap_or(who),
        what(event),
        cell(record.member("trace_id")),
    ]
}

/// A record's number; of a node beside the first, with that of its chain.
fn place(of: &Value) -> String {
    let seq = cell(of.member("seq"));
    match of.member("chain").as_u64() {
        None | Some(1) => seq,
        Some(chain) => format!("{chain}/{seq}"),
    }
}

/// `company-data ← reports-api`, or what was changed.
fn what(event: &Value) -> String {
    if let Some(changes) = event.member("changes").as_array() {
        let first = changes.first().map(cell).unwrap_or_default();
        return match changes.len() {
            0 | 1 => first,
            n => format!("{first} (and {} more: --json shows all)", n - 1),
        };
    }
    let parts = ["resource", "client"].map(|key| cell(event.member(key)));
    let way = event.member("through").as_array().into_iter().flatten().rev().map(cell);
    let hops = parts.into_iter().chain(way).filter(|part| !part.is_empty());
    let hops: Vec<String> = hops.collect();
    if hops.is_empty() { cell(event.member("about")) } else { hops.join(" ← ") }
}

fn first_of(event: &Value, keys: &[&str]) -> String {
    keys.iter().map(|key| cell(event.member(key))).find(|text| !text.is_empty()).unwrap_or_default()
}

async fn verify(client: &AdminClient) -> anyhow::Result<ExitCode> {
    let found = client.get(&["records", "verify"], &[]).await?;
    let whole = found.member("whole").as_bool().unwrap_or(false);
    if client.json {
        out::json(&found)?;
    } else if whole {
        let mark = out::toned(Tone::Good, "✓");
        out::line(format!(
            "{mark} {} records, none edited, none missing",
            cell(found.member("verified"))
        ));
    } else {
        let broken = found.member("broken");
        let (is, which) = (cell(broken.member("is")), place(broken));
        out::line(format!("{} record {which} is {is}", out::toned(Tone::Bad, "✗")));
        out::line(format!(
            "  {} records before it are as they were written",
            cell(found.member("verified"))
        ));
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
