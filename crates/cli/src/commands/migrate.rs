//! `stead migrate`: what is done to the tables of PostgreSQL, before or while it is done.

use crate::args::Everywhere;
use crate::{config, out};
use serde_json::json;
use std::process::ExitCode;
use stead_server::config::StoreConfig;
use stead_store::{Plan, Postgres};

pub(super) async fn run(everywhere: &Everywhere, dry_run: bool) -> anyhow::Result<ExitCode> {
    let process = config::process(everywhere.server_file())?;
    let StoreConfig::Postgres(config) = &process.server.store else {
        out::note("store.url names no PostgreSQL: a start brings SQLite's file to this version");
        return Ok(ExitCode::SUCCESS);
    };
    let plan =
        if dry_run { Postgres::plan(config).await? } else { Postgres::migrate(config).await? };
    if everywhere.json {
        out::json(&told(&plan, dry_run))?;
    } else {
        show(&plan, &config.server.to_string(), dry_run);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(plan: &Plan, place: &str, dry_run: bool) {
    let Plan { found, known, steps } = plan;
    if steps.is_empty() {
        return out::line(format!("{place} is of version {known}: nothing to do"));
    }
    let verb = if dry_run { "would be brought" } else { "was brought" };
    out::line(format!("{place} {verb} from version {found} to {known}:"));
    for step in steps {
        out::line(format!("  {:04} {}", step.number, step.name));
        if dry_run {
            for line in step.sql.lines() {
                out::line(format!("       {line}"));
            }
        }
    }
}

fn told(plan: &Plan, dry_run: bool) -> serde_json::Value {
    let steps = plan.steps.iter();
    let steps: Vec<_> = steps.map(|it| json!({ "number": it.number, "name": it.name })).collect();
    json!({ "found": plan.found, "known": plan.known, "steps": steps, "done": !dry_run })
}
