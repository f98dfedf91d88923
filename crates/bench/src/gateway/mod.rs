//! The gateway beside nginx, and beside Envoy that asks it: the same requests through each, to the same upstream, in turns.
//!
//! | file | what it does |
//! |---|---|
//! | `cores` | a core for whoever is measured, the others for the rest |
//! | `others` | who asks and who answers, on one thread |
//! | `upstream` | the service behind them |
//! | `collector` | where the gateway's spans go, if anywhere |
//! | `field` | those that take turns |
//! | `ours`, `nginx`, `envoy` | those that are measured, each a process of its own |
//! | `front` | a proxy that is not ours |
//! | `callers` | who calls: users with genuine tokens |
//! | `rival` | one of those that are measured, and its rounds |
//! | `memory` | what a gateway holds with many users' tokens |
//! | `tokens` | what a kept token costs at the token API |
//! | `told` | all of it as a section |
//!
//! The provider is a stub that signs what users bring and always says yes: exchanges are not what is measured here.

mod callers;
mod collector;
mod cores;
mod envoy;
mod field;
mod front;
mod memory;
mod nginx;
mod others;
mod ours;
mod rival;
mod tokens;
mod told;
mod upstream;

use crate::args::Gateway;
use crate::issuer::Issuer;
use crate::machine::Machine;
use crate::report::Section;
use crate::stead::Stead;
use cores::Cores;
use field::Fleet;
use others::Others;
use std::sync::Arc;
use stead_proto::jwt::Algorithm;
use told::Told;

/// Measures all of them, in turns, then what many users take, and what the token API costs.
pub async fn run(stead: &Stead, args: &Gateway) -> anyhow::Result<Section> {
    let folder = tempfile::tempdir()?;
    let (machine, cores) = (Machine::here(folder.path()), Cores::share_out()?);
    let issuer = Arc::new(Issuer::start(Algorithm::Es256).await?);
    let others = Others::start(&issuer.acquired_begins()?)?;
    let fleet = Fleet::start(stead, &cores, folder.path(), (&issuer, &others), args).await?;

    let mut field = fleet.field(callers::asked(&issuer, 0..args.users.max(1)).await?, args)?;
    field.take_turns(&others, args).await?;
    let race = field.told(fleet.spans_dropped().await?)?;
    fleet.stop().await?;

    let place = (&issuer, &others);
    let memory = memory::measure(stead, &cores, folder.path(), place, args.cached_users).await?;
    let tokens = tokens::measure(stead, &cores, folder.path(), place, args).await?;
    Told { race, memory, tokens }.section(args, machine, cores.are_apart())
}
