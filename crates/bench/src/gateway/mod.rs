//! The gateway beside nginx: the same requests through both, to the same upstream, in turns.
//!
//! | file | what it does |
//! |---|---|
//! | `cores` | a core for whoever is measured, the others for the rest |
//! | `others` | who asks and who answers, on one thread |
//! | `upstream` | the service behind them |
//! | `ours`, `nginx` | the two, each a process of its own |
//! | `callers` | who calls: users with genuine tokens |
//! | `rival` | one of those that are measured, and its rounds |
//! | `memory` | what a gateway holds with many users' tokens |
//! | `told` | all of it as a section |
//!
//! The provider is a stub that signs what users bring and always says yes: exchanges are not what is measured here.

mod callers;
mod cores;
mod memory;
mod nginx;
mod others;
mod ours;
mod rival;
mod told;
mod upstream;

use crate::args::{Gateway, Rate};
use crate::issuer::Issuer;
use crate::machine::Machine;
use crate::progress::say;
use crate::report::Section;
use crate::stead::Stead;
use cores::Cores;
use nginx::Nginx;
use others::Others;
use ours::{Between, Ours};
use rival::Rival;
use std::sync::Arc;
use stead_proto::jwt::Algorithm;
use told::Told;

/// How much the gateway may keep while it is measured, in megabytes: as it does unless it is told otherwise.
const USUAL: u32 = 32;

/// Measures both, in turns, then what many users take.
pub async fn run(stead: &Stead, args: &Gateway) -> anyhow::Result<Section> {
    let folder = tempfile::tempdir()?;
    let (machine, cores) = (Machine::here(folder.path()), Cores::share_out()?);
    let issuer = Arc::new(Issuer::start(Algorithm::Es256).await?);
    let others = Others::start(&Issuer::acquired())?;
    let nginx = Nginx::start(&args.nginx, &cores, folder.path(), others.upstream).await?;
    let between = Between { issuer: &issuer, upstream: others.upstream, megabytes: USUAL };
    let ours = Ours::start(stead, &cores, folder.path(), between).await?;

    let asked = callers::asked(&issuer, 0..args.users.max(1)).await?;
    let requests = callers::acted_for(asked.clone());
    let name = format!("stead {}", env!("CARGO_PKG_VERSION"));
    let mut gateway = Rival::new(name, vec![ours.pid], &ours.target, requests);
    let requests = callers::passed_on(asked);
    let mut plain = Rival::new("nginx", nginx.pids()?, &nginx.target, requests);
    in_turns(args, &others, (&mut gateway, &mut plain)).await?;

    let place = (&issuer, &others);
    let memory = memory::measure(stead, &cores, folder.path(), place, args.cached_users).await?;
    let told = Told::of(&gateway, &plain, memory)?;
    ours.stop().await?;
    nginx.stop().await?;
    told.section(args, machine, cores.are_apart())
}

/// Rounds of both, one after the other, as fast as each can and at the same rate.
async fn in_turns(
    args: &Gateway,
    others: &Others,
    (ours, nginx): (&mut Rival, &mut Rival),
) -> anyhow::Result<()> {
    let (connections, extent) = (args.connections, &args.extent);
    for rival in [&*ours, &*nginx] {
        rival.warm_up(others, connections, args.warm_up.max(args.users.into())).await?;
    }
    for number in 1..=extent.rounds {
        say(format!("round {number}"));
        ours.run(others, connections, extent).await?;
        nginx.run(others, connections, extent).await?;
    }
    let rate = match args.rate {
        Rate::None => return Ok(()),
        Rate::Half => ours.a_second().min(nginx.a_second()) / 2.0,
        Rate::PerSecond(rate) => rate,
    };
    for number in 1..=extent.rounds {
        say(format!("round {number} at a fixed rate"));
        ours.walk(others, (connections, rate), extent).await?;
        nginx.walk(others, (connections, rate), extent).await?;
    }
    Ok(())
}
