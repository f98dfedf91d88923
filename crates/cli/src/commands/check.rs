//! `stead check`: every mistake at once, or a line a tenant.

use crate::args::Everywhere;
use crate::config;
use crate::out::{self, Tone};
use std::process::ExitCode;
use stead_server::config::TenantConfig;

pub(super) fn run(everywhere: &Everywhere) -> anyhow::Result<ExitCode> {
    let loaded = config::load(&everywhere.config)?;
    for warning in &loaded.warnings {
        out::note(warning);
    }
    for tenant in &loaded.server.tenants {
        out::line(format!("{} {}", out::toned(Tone::Good, "ok"), summary(tenant)));
    }
    Ok(ExitCode::SUCCESS)
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
