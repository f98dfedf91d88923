//! `stead doctor`: looks at everything a server stands on, and says what is wrong and what to do about it.
//!
//! It changes nothing, and works beside a running server. Each file looks at one thing and tells its findings:
//!
//! | module | what it looks at |
//! |---|---|
//! | `clock` | this machine's clock, beside others |
//! | `disk` | room, permissions, and how long a sync takes |
//! | `certificate` | what the public listener shows, and what a gateway shows its providers |
//! | `postgres` | the database, where it is a PostgreSQL: its clock and its commits, too |
//! | `elsewhere` | other clocks |
//! | `database` | what is said of either |
//! | `store` | the database, the chain of records, the master key |
//! | `issuers` | our own URL from outside, and issuers elsewhere |
//! | `gateway` | what a gateway stands on, by its own file |

mod certificate;
mod clock;
mod database;
mod disk;
mod elsewhere;
mod finding;
mod gateway;
mod issuers;
mod postgres;
mod store;

pub use finding::{Area, Finding, Verdict};
pub use gateway::examine_gateway;

use crate::args::Doctor;
use crate::config::{self, Process};
use crate::mistake::{Mistake, Weight};
use std::path::Path;

/// Looks at everything, as far as the process file leads.
pub async fn examine(path: &Path, doctor: Doctor) -> Vec<Finding> {
    let watch = clock::Watch::start();
    let (process, mut findings) = configuration(path);
    let Some(process) = process else { return findings };
    let (inspected, of_store) = store::look(&process, doctor).await;
    let (mut elsewhere, of_issuers) = issuers::look(&process, &inspected).await;
    elsewhere.extend(inspected.clocks.iter().cloned());
    findings.extend(clock::look(&process, &inspected, &elsewhere, &watch));
    findings.extend(disk::look(&process));
    findings.extend(certificate::look(&process.server));
    findings.extend(of_store);
    findings.extend(of_issuers);
    findings
}

/// The process file, if it can be made out, and what `stead check` says of it and of the resource files.
fn configuration(path: &Path) -> (Option<Process>, Vec<Finding>) {
    let mistakes = match config::load(path) {
        Ok(loaded) => loaded.warnings,
        Err(mistakes) => mistakes.sorted(),
    };
    let mut findings: Vec<Finding> = mistakes.iter().map(mistake).collect();
    if findings.is_empty() {
        let what = format!("{} and the resource files hold no mistake", path.display());
        findings.push(Area::Configuration.ok(what));
    }
    (config::process(path).ok(), findings)
}

fn mistake(mistake: &Mistake) -> Finding {
    let place = mistake.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let what = format!("{place}{}", mistake.what);
    let todo = mistake.help.as_deref().unwrap_or("put it right: `stead check` shows the line");
    match mistake.weight {
        Weight::Error => Area::Configuration.fail(what, todo),
        Weight::Warning => Area::Configuration.warn(what, todo),
    }
}
