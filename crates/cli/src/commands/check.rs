//! `stead check`: every mistake at once, or a line a tenant.

use crate::args::Everywhere;
use crate::config::{self, Loaded};
use crate::mistake::{Mistake, Place, Weight};
use crate::out::{self, Tone};
use serde_json::{Value, json};
use std::process::ExitCode;
use stead_server::config::TenantConfig;

pub(super) fn run(everywhere: &Everywhere) -> anyhow::Result<ExitCode> {
    let loaded = config::load(everywhere.server_file());
    if everywhere.json {
        return match loaded {
            Ok(loaded) => answer(&loaded.warnings, &loaded.server.tenants, ExitCode::SUCCESS),
            Err(mistakes) => answer(&mistakes.sorted(), &[], ExitCode::FAILURE),
        };
    }
    show(&loaded?);
    Ok(ExitCode::SUCCESS)
}

fn show(loaded: &Loaded) {
    for warning in &loaded.warnings {
        out::note(warning);
    }
    for tenant in &loaded.server.tenants {
        out::line(format!("{} {}", out::toned(Tone::Good, "ok"), summary(tenant)));
    }
}

/// For programs: an editor, or a check before a change is taken over.
fn answer(
    mistakes: &[Mistake],
    tenants: &[TenantConfig],
    code: ExitCode,
) -> anyhow::Result<ExitCode> {
    let tenants: Vec<&str> = tenants.iter().map(|it| it.tenant.name.as_str()).collect();
    let mistakes: Vec<Value> = mistakes.iter().map(mistake).collect();
    out::json(&json!({
        "ok": code == ExitCode::SUCCESS, "tenants": tenants, "mistakes": mistakes,
    }))?;
    Ok(code)
}

pub(super) fn mistake(mistake: &Mistake) -> Value {
    let place = mistake.place.as_ref();
    json!({
        "weight": match mistake.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
        },
        "file": place.map(Place::file),
        "line": place.map(Place::line),
        "column": place.map(Place::column),
        "what": mistake.what,
        "help": mistake.help,
    })
}

fn summary(tenant: &TenantConfig) -> String {
    let desired = &tenant.desired;
    let edges = desired.applications.iter().map(|application| application.may_act.len()).sum();
    let counts = [
        count(desired.applications.len(), "application"),
        count(edges, "edge"),
        count(desired.users.len(), "user"),
        count(desired.groups.len(), "group"),
        count(desired.consents.len(), "consent"),
    ];
    format!("{}: {}", tenant.tenant.name, counts.join(", "))
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
