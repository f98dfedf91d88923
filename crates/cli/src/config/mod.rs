//! `stead.toml`: read, checked, resolved; every mistake in it and in the resource files at once.
//!
//! [`raw`] is how it is written and the one source of every knob; `resolve` turns that into what the server
//! takes; [`mod@reference`] writes the knobs down for people; [`starter`] is the file to begin with.

pub mod raw;
pub mod reference;
pub mod starter;

mod patterns;
mod resolve;
mod store;
mod telemetry;

pub use raw::LogFormat;
pub(crate) use resolve::log;
pub(crate) use telemetry::Reader as TelemetryReader;

use crate::document::Document;
use crate::mistake::{Mistake, Mistakes};
use crate::resources::{self, Input};
use resolve::Resolver;
use std::path::{Path, PathBuf};
use stead_core::model::tenant::Tenant;
use stead_core::settings::SecondFactorRule;
use stead_proto::id::GroupId;
use stead_server::config::{InUrls, ServerConfig, TenantConfig};

/// What the process file says, but for the resource files.
#[derive(Debug)]
pub struct Process {
    /// What the server takes; no tenants in it yet.
    pub server: ServerConfig,
    /// The tenants and where their resources are.
    pub tenants: Vec<TenantFiles>,
    /// What to log.
    pub log: Log,
}

impl Process {
    /// The tenant of this name; the only one where none is said.
    pub fn tenant(&self, said: Option<&str>) -> anyhow::Result<&TenantFiles> {
        let names: Vec<&str> = self.tenants.iter().map(|it| it.tenant.name.as_str()).collect();
        let found = match (said, self.tenants.as_slice()) {
            (Some(name), all) => all.iter().find(|it| it.tenant.is_called(name)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.ok_or_else(|| {
            anyhow::anyhow!("which tenant? say --tenant and one of {}", names.join(", "))
        })
    }
}

/// A tenant and its resource files.
#[derive(Debug, Clone)]
pub struct TenantFiles {
    /// Who it is.
    pub tenant: Tenant,
    /// What it is called in its issuer and its endpoints.
    pub in_urls: InUrls,
    /// When its users are asked for a second factor.
    pub second_factor: SecondFactorRule,
    /// The group whose members may agree for everybody.
    pub administrators: Option<GroupId>,
    /// Its files, in order.
    pub files: Vec<PathBuf>,
}

/// What to log, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Directives.
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// All there is to know before a start.
#[derive(Debug)]
pub struct Loaded {
    /// What the server takes.
    pub server: ServerConfig,
    /// What to log.
    pub log: Log,
    /// What works, and should be looked at.
    pub warnings: Vec<Mistake>,
}

/// Reads the process file alone.
pub fn process(path: &Path) -> Result<Process, Mistakes> {
    let mut mistakes = Mistakes::default();
    match read_process(path, &mut mistakes) {
        Some(Read { server: Some(server), tenants, log }) if !mistakes.any_error() => {
            Ok(Process { server, tenants, log })
        }
        _ => Err(mistakes),
    }
}

/// Reads the process file and every resource file.
pub fn load(path: &Path) -> Result<Loaded, Mistakes> {
    let mut mistakes = Mistakes::default();
    let Some(read) = read_process(path, &mut mistakes) else { return Err(mistakes) };
    let tenants = read.tenants.iter().map(|tenant| load_tenant(tenant, &mut mistakes)).collect();
    match read.server {
        Some(server) if !mistakes.any_error() => Ok(Loaded {
            server: ServerConfig { tenants, ..server },
            log: read.log,
            warnings: mistakes.sorted(),
        }),
        _ => Err(mistakes),
    }
}

/// What could be made out of the process file.
struct Read {
    server: Option<ServerConfig>,
    tenants: Vec<TenantFiles>,
    log: Log,
}

fn read_process(path: &Path, mistakes: &mut Mistakes) -> Option<Read> {
    let input = match Input::open(path) {
        Ok(input) => input,
        Err(mistake) => {
            let help = if path.exists() {
                "it has to be a text file that this user may read"
            } else {
                "name the file with --config, or make one with `stead init`"
            };
            mistakes.push(mistake.help(help));
            return None;
        }
    };
    let document: Document<'_, raw::File> = Document::read(&input.source, mistakes);
    let file = document.said.as_ref()?;
    let mut resolver = Resolver { document: &document, input: &input, mistakes };
    let (server, tenants) = (resolver.server(file), resolver.tenants(file));
    let log = resolver.log(&file.log);
    Some(Read { server, tenants, log })
}

fn load_tenant(tenant: &TenantFiles, mistakes: &mut Mistakes) -> TenantConfig {
    let mut inputs = Vec::new();
    for file in &tenant.files {
        match Input::open(file) {
            Ok(input) => inputs.push(input),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let desired = resources::load(&tenant.tenant, &inputs, mistakes);
    TenantConfig {
        tenant: tenant.tenant.clone(),
        in_urls: tenant.in_urls,
        second_factor: tenant.second_factor,
        administrators: tenant.administrators.clone(),
        desired,
    }
}

#[cfg(test)]
mod tests;
