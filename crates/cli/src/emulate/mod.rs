//! `stead emulate entra`: the same server, with the URLs, ids and shapes that Entra's clients expect.
//!
//! | file | what it is |
//! |---|---|
//! | `place` | addresses and ports |
//! | `folder` | process file, resource files, secrets, keys, as anybody would write them |
//! | `keys` | the certificate of a client, the key of a foreign issuer |
//! | `contract` | `emulator.json`: all of it, for programs |
//! | `announce` | all of it, for people |
//!
//! Nothing here answers a request: the folder is served by the code that serves any other.

mod announce;
mod contract;
mod folder;
mod keys;
mod place;

use crate::args::EmulateEntra;
use crate::config;
use crate::serve::serve;
use contract::Contract;
use folder::Folder;
use place::Place;
use std::process::ExitCode;
use stead_server::config::{Emulation, Tls};

/// Writes the folder and serves it until it is interrupted.
pub async fn entra(args: &EmulateEntra) -> anyhow::Result<ExitCode> {
    let place = Place::find(args.port, args.alias)?;
    let folder = Folder::prepare(&args.dir, &place)?;
    let process_file = folder.process_file();
    let mut loaded = config::load(&process_file)?;
    loaded.server.emulation = Some(Emulation { record: args.record.clone() });
    if let Tls::Development { only, .. } = &mut loaded.server.tls {
        only.extend(place.names());
    }
    let tenant = loaded.server.tenants.first().cloned();
    serve(loaded, &process_file, |running| {
        let Some(tenant) = tenant else { anyhow::bail!("the process file names no tenant") };
        let contract = Contract::read(&folder, &tenant, running)?;
        contract.write(&folder)?;
        announce::announce(&contract, &folder);
        Ok(())
    })
    .await
}
