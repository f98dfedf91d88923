//! `stead doctor`: what a server or a gateway stands on, and what to do about what is wrong with it.

use crate::args::{Doctor, DoctorInstead, Everywhere};
use crate::doctor::{Finding, Verdict, examine, examine_gateway};
use crate::out::{self, Tone};
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(everywhere: &Everywhere, doctor: Doctor) -> anyhow::Result<ExitCode> {
    let findings = match doctor.instead {
        None => examine(everywhere.server_file(), doctor).await,
        Some(DoctorInstead::Gateway) => examine_gateway(everywhere.gateway_file()).await,
    };
    let worst = findings.iter().map(|it| it.verdict).max().unwrap_or(Verdict::Ok);
    if everywhere.json {
        out::json(&json!({ "verdict": worst, "findings": findings }))?;
    } else {
        findings.iter().for_each(show);
    }
    Ok(if worst == Verdict::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(finding: &Finding) {
    let tone = match finding.verdict {
        Verdict::Ok => Tone::Good,
        Verdict::Warn => Tone::Strong,
        Verdict::Fail => Tone::Bad,
    };
    let verdict = out::toned(tone, format!("{:4}", finding.verdict.as_str()));
    out::line(format!("{verdict}  {:13}  {}", finding.about.as_str(), finding.what));
    if let Some(todo) = &finding.todo {
        out::line(format!("{:21}→ {todo}", ""));
    }
}
