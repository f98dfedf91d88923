//! `stead bench`: what Stead costs on this machine, beside what the machine itself can do.
//!
//! | module | what it does |
//! |---|---|
//! | [`args`] | what may be typed |
//! | [`exchange`] | exchanges: as many as it can, and at a fixed rate |
//! | [`login`] | interactive sign-ins |
//! | [`sdk`] | the SDK: verifying, and tokens acquired before |
//! | [`gateway`] | the gateway beside nginx |
//! | `issuer` | an issuer that always says yes |
//! | [`world`] | the folder of a server, who and what is on file in it, tokens for them |
//! | [`child`] | whoever is measured, a process of its own |
//! | [`load`] | connections, requests, latencies |
//! | [`floor`] | what the signatures of one exchange cost |
//! | [`disk`] | what an fsync costs |
//! | [`process`] | what a process has used, as the kernel counts it |
//! | [`machine`] | on what it was measured |
//! | [`report`] | sections and tables, for people and for machines |
//! | [`performance`] | many measurements, and the page about them |
//!
//! A measurement is never a test: nothing here fails for being slow, only for a wrong answer.

pub mod args;
pub mod child;
pub mod disk;
pub mod exchange;
pub mod floor;
pub mod gateway;
mod issuer;
pub mod load;
pub mod login;
pub mod machine;
mod measure;
mod names;
pub mod performance;
pub mod process;
mod progress;
pub mod report;
pub mod sdk;
pub mod stead;
pub mod world;

pub use args::Bench;
pub use report::Section;
pub use stead::Stead;

use anyhow::{Context, bail};
use measure::measure;
use tokio::signal::unix::{SignalKind, signal};

/// Measures what was asked for. An interruption ends it, and the server with it.
pub async fn run(stead: &Stead, what: &Bench) -> anyhow::Result<Vec<Section>> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be received")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be received")?;
    let measured = async {
        match what {
            Bench::Report(what) => performance::run(stead, what).await,
            what => Ok(vec![measure(stead, what).await?]),
        }
    };
    tokio::select! {
        done = measured => done,
        _ = terminate.recv() => bail!("interrupted"),
        _ = interrupt.recv() => bail!("interrupted"),
    }
}
