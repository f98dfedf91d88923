//! `stead explain`: every rule of an exchange with its answer, and the one edit that would allow it.

use super::{app, listing::cell, token, user};
use crate::admin_client::AdminClient;
use crate::args::Explain;
use crate::member::Member;
use crate::out::{self, Tone};
use anyhow::bail;
use serde_json::{Map, Value};
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, question: &Explain) -> anyhow::Result<ExitCode> {
    let body = Value::Object(body(client, question).await?);
    let explanation = client.post(&["explain"], &body).await?;
    if client.json {
        out::json(&explanation)?;
    } else {
        show(&explanation);
    }
    let allowed = explanation.member("allowed").as_bool().unwrap_or(false);
    Ok(if allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn body(client: &AdminClient, said: &Explain) -> anyhow::Result<Map<String, Value>> {
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), Value::String(value));
        }
    };
    match (&said.user, &said.trace, &said.token) {
        (Some(said), None, None) => put("as", Some(user::username_of(client, said).await?)),
        (None, Some(trace), None) => put("trace_id", Some(trace.clone())),
        (None, None, Some(token)) => {
            put("subject_token", Some(token::read(token)?.expose().to_owned()));
        }
        _ => bail!("whose exchange? say --as USER, --trace ID or --token -"),
    }
    put("client", id_of(client, said.client.as_deref()).await?);
    put("to", said.resource.clone());
    put("scope", said.scope.clone());
    put("via", id_of(client, said.via.as_deref()).await?);
    put("holding", said.holding.clone());
    Ok(body)
}

async fn id_of(client: &AdminClient, said: Option<&str>) -> anyhow::Result<Option<String>> {
    match said {
        Some(said) => app::id_of(client, said).await.map(Some),
        None => Ok(None),
    }
}

fn show(explanation: &Value) {
    out::line(out::toned(Tone::Strong, format!("{}?", cell(explanation.member("question")))));
    if let Some(recorded) = explanation.member("recorded").as_str() {
        out::line(format!("on record: {recorded}"));
    }
    for rule in explanation.member("rules").as_array().into_iter().flatten() {
        show_rule(rule);
    }
    if explanation.member("allowed").as_bool() == Some(true) {
        let (granted, lifetime) =
            (cell(explanation.member("granted")), cell(explanation.member("lifetime")));
        let mark = out::toned(Tone::Good, "✓ allowed:");
        out::line(format!("{mark} {granted}, for {lifetime} s"));
    } else {
        out::line(out::toned(Tone::Bad, "✗ refused"));
    }
}

fn show_rule(rule: &Value) {
    let (tone, mark) = match rule.member("answer").as_str() {
        Some("passed") => (Tone::Good, "✓"),
        Some("failed") => (Tone::Bad, "✗"),
        _ => (Tone::Quiet, "·"),
    };
    let (number, question) = (cell(rule.member("number")), cell(rule.member("question")));
    out::line(format!("{} {number:>2}  {question}", out::toned(tone, mark)));
    match (rule.member("why").as_str(), rule.member("reason").as_str()) {
        (Some(why), Some(reason)) => out::line(format!("      {reason}: {why}")),
        (Some(why), None) => out::line(format!("      {why}")),
        (None, _) => {}
    }
    if let Some(edit) = rule.member("edit").as_str() {
        out::line("      this edit would allow it:");
        edit.lines().for_each(|line| out::line(format!("        {line}")));
    }
}
