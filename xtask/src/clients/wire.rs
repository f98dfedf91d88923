//! What went over the wire in a case, held to the rules that every answer keeps.

use serde::Deserialize;
use std::fs;
use std::path::Path;
use wire_rules::Seen;

/// The file that the emulator records into. A case that starts an emulator of its own has it record beside
/// this one, into another `.jsonl`.
pub(crate) const RECORDED: &str = "wire.jsonl";

/// One request and its answer.
#[derive(Debug, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default)]
    form: Vec<(String, String)>,
    status: u16,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

/// Every rule that an answer in this folder broke, with the request it answered.
pub(crate) fn faults(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let (mut faults, mut seen) = (Vec::new(), 0_usize);
    for file in files.filter(|file| file.extension().is_some_and(|it| it == "jsonl")) {
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        for line in text.lines() {
            faults.extend(faults_of(line)?);
            seen += 1;
        }
    }
    if seen == 0 { Err("nothing was recorded".to_owned()) } else { Ok(faults) }
}

fn faults_of(line: &str) -> Result<Vec<String>, String> {
    let Exchange { method, path, form, status, headers, body } =
        serde_json::from_str(line).map_err(|error| format!("{RECORDED}: {error}"))?;
    let seen = Seen { sent: &form, status, headers: &headers, body: &body };
    let broken = wire_rules::broken(&seen);
    Ok(broken.into_iter().map(|fault| format!("{method} {path}: {fault}")).collect())
}
