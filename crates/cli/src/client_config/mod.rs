//! `stead client-config`: a module that makes a library's client for one application, complete as printed.
//!
//! | file | what it is |
//! |---|---|
//! | `registered` | the application that is asked for |
//! | `library` | the libraries, and which applications are for which |
//! | `proof` | what the application proves itself with, and where that is |
//! | `facts` | what a module has to say: ids, URLs |
//! | `snippet` | the templates, one a library |

mod facts;
mod library;
mod literal;
mod proof;
mod registered;
mod snippet;

use crate::args::{ClientConfig, Everywhere};
use crate::{config, out};
use facts::Facts;
use proof::Proof;
use registered::Registered;
use std::process::ExitCode;

/// Prints the module.
pub async fn run(everywhere: &Everywhere, asked: &ClientConfig) -> anyhow::Result<ExitCode> {
    let mut everywhere = everywhere.clone();
    if let Some(dir) = &asked.dir {
        everywhere.config = Some(dir.join("stead.toml"));
    }
    let process = config::process(everywhere.server_file())?;
    let tenant = process.tenant(everywhere.tenant.as_deref())?;
    let application = Registered::find(&everywhere, &process, &asked.application).await?;
    library::fits(asked.library, &application)?;
    let proof = Proof::choose(&application, asked.library, asked.credential)?;
    let facts = Facts::gather(&process.server, tenant, (application, proof), asked.alias)?;
    out::line(snippet::render(asked.library, &facts)?.trim_end());
    Ok(ExitCode::SUCCESS)
}
