//! `stead master-key`: another key for what is sealed on file.

use crate::args::{Everywhere, MasterKey};
use crate::{config, out};
use serde_json::json;
use std::process::ExitCode;
use stead_server::config::StoreConfig;
use stead_server::master_key;
use stead_server::moment::SystemMoments;
use stead_store::{Resealed, Rotation};

pub(super) async fn run(everywhere: &Everywhere, what: MasterKey) -> anyhow::Result<ExitCode> {
    match what {
        MasterKey::Rotate => rotate(everywhere).await,
    }
}

async fn rotate(everywhere: &Everywhere) -> anyhow::Result<ExitCode> {
    let config = config::process(everywhere.server_file())?.server;
    let rotation = master_key::rotate(&config, &SystemMoments).await?;
    if everywhere.json {
        out::json(&answer(rotation))?;
        return Ok(ExitCode::SUCCESS);
    }
    let file = config.master_key.display();
    match rotation {
        Rotation::Done(done) => {
            out::line(done);
            out::line(format!("{file} holds the new key, and the old one is gone"));
            out::line("a backup made before opens with the old one only: make a new one");
            if matches!(config.store, StoreConfig::Postgres(_)) {
                out::line(
                    "every other server needs this file before it starts again: copy it there",
                );
            }
            out::line("pages that were open in browsers have to be opened again");
        }
        Rotation::Finished => {
            out::line(format!("{file} holds a new key: an earlier rotation had been interrupted"));
            out::line("before its last step, and that is done now. Run this again for yet another");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn answer(rotation: Rotation) -> serde_json::Value {
    match rotation {
        Rotation::Done(Resealed { signing_keys, totp_secrets }) => json!({
            "outcome": "done", "signing_keys": signing_keys, "totp_secrets": totp_secrets,
        }),
        Rotation::Finished => json!({ "outcome": "finished" }),
    }
}
