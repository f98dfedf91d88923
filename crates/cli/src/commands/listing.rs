//! Lists of what is on file, as a table for people or as JSON for programs.

use crate::admin_client::AdminClient;
use crate::member::Member;
use crate::out;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// A column: its header, and the member it shows.
pub(super) type Column = (&'static str, &'static str);

/// Shows a list.
pub(super) fn show(
    client: &AdminClient,
    items: &[Value],
    columns: &[Column],
) -> anyhow::Result<ExitCode> {
    if client.json {
        out::json(&items)?;
        return Ok(ExitCode::SUCCESS);
    }
    let header: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    let row = |item: &Value| columns.iter().map(|(_, member)| cell(item.member(member))).collect();
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    out::line(out::table(&header, &rows));
    Ok(ExitCode::SUCCESS)
}

/// Shows one thing, or says in a sentence what was done: as a member of an object where JSON is wanted.
pub(super) fn done(
    client: &AdminClient,
    answer: &Value,
    sentence: &str,
) -> anyhow::Result<ExitCode> {
    match (client.json, answer) {
        (false, _) => out::line(sentence),
        (true, Value::Null) => out::json(&json!({ "done": sentence }))?,
        (true, answer) => out::json(answer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A value as people read it in a table.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        Value::Object(members) if is_credential(members) => cell(value.member("kind")),
        Value::Object(members) if members.get("by").is_some_and(Value::is_string) => managed(value),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}:{}", cell(value)));
            members.collect::<Vec<_>>().join(" ")
        }
        Value::Number(number) => number.to_string(),
    }
}

/// A credential is shown by its kind; its name says nothing to people.
fn is_credential(members: &Map<String, Value>) -> bool {
    ["kind", "name"].iter().all(|key| members.get(*key).is_some_and(Value::is_string))
}

/// Who looks after an entry: its file and line, or the API.
fn managed(value: &Value) -> String {
    match (value.member("file").as_str(), value.member("line").as_u64()) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        _ => cell(value.member("by")),
    }
}
