//! `stead gateway`: run it, or look at its file.

use super::{check, runtime};
use crate::args::{Everywhere, GatewayInstead};
use crate::gateway::{self, Loaded, reference};
use crate::mistake::Mistakes;
use crate::out::{self, Tone};
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) fn run(
    everywhere: &Everywhere,
    instead: Option<GatewayInstead>,
) -> anyhow::Result<ExitCode> {
    let file = everywhere.gateway_file();
    match instead {
        None => return runtime()?.block_on(gateway::run(file)),
        Some(GatewayInstead::Check) => {
            let loaded = gateway::load(file);
            if everywhere.json {
                return answer(loaded);
            }
            show(&loaded?);
        }
        Some(GatewayInstead::Example { beginning }) => out::line(beginning.text().trim_end()),
        Some(GatewayInstead::Schema) => out::json(&reference::schema())?,
        Some(GatewayInstead::Reference) => out::line(reference::page().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(loaded: &Loaded) {
    for warning in &loaded.warnings {
        out::note(warning);
    }
    let (providers, routes) = (loaded.gateway.providers.len(), loaded.gateway.routes.len());
    let ok = out::toned(Tone::Good, "ok");
    out::line(format!("{ok} providers: {providers}, routes: {routes}"));
}

/// For programs: an editor, or a check before a change is taken over.
fn answer(loaded: Result<Loaded, Mistakes>) -> anyhow::Result<ExitCode> {
    let (ok, mistakes) = match loaded {
        Ok(loaded) => (true, loaded.warnings),
        Err(mistakes) => (false, mistakes.sorted()),
    };
    let mistakes: Vec<Value> = mistakes.iter().map(check::mistake).collect();
    out::json(&json!({ "ok": ok, "mistakes": mistakes }))?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
