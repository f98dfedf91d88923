//! Other servers beside ours: the same load on each, in turns.

use super::bout::Bout;
use super::peer::{Peer, Said};
use super::point::Pass;
use super::running;
use super::track::{GUESS, Round, Track};
use crate::args::{Exchange, Peers, Rate, Running, Setup, Signature, SubjectTokens};
use crate::load::Pace;
use crate::machine::Machine;
use crate::process;
use crate::progress::say;
use crate::report::{Section, Table, known, mib, rounded};
use crate::stead::Stead;
use crate::world::{Place, Wanted};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One of those that are measured.
struct Rival<'a> {
    name: String,
    /// Its processes.
    pids: Vec<u32>,
    track: Track<'a>,
    rounds: Vec<Round>,
}

/// What came of the rounds with one of them. Medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Came {
    name: String,
    pass: Pass,
    /// What its processes hold in memory together, in MiB.
    resident_mib: f64,
}

/// Measures Stead, and each peer beside it.
pub async fn run(stead: &Stead, args: &Peers) -> anyhow::Result<Section> {
    let ours = as_exchange(args, None);
    let place = Place::prepare(&ours.setup, ours.algorithm.into())?;
    let mut peers = Vec::new();
    for command in &args.peers {
        peers.push(Peer::start(command).await?);
    }
    let theirs: Vec<Exchange> =
        peers.iter().map(|peer| as_exchange(args, Some(&peer.said))).collect();

    let wanted = Wanted { users: args.users, ..Wanted::default() };
    let (server, track) = Bout::begin(stead, &place, &ours, wanted).await?.apart();
    let name = format!(
        "stead {}, {} subject tokens",
        env!("CARGO_PKG_VERSION"),
        args.subject_tokens.name()
    );
    let mut rivals = vec![Rival { name, pids: vec![server.pid], track, rounds: Vec::new() }];
    for (peer, exchange) in peers.iter().zip(&theirs) {
        let (name, pids) = (peer.said.name.clone(), peer.said.pids.clone());
        let (track, _) = running::track(exchange, &exchange.running)?;
        rivals.push(Rival { name, pids, track, rounds: Vec::new() });
    }
    for rival in &mut rivals {
        rival.track.warm_up(args.connections).await?;
    }
    for number in 1..=args.extent.rounds {
        for rival in &mut rivals {
            rival.round(args.connections).await?;
            say(format!("round {number}: {}", rival.line()));
        }
    }
    let came = rivals.iter().map(Rival::came).collect::<anyhow::Result<Vec<_>>>()?;
    server.stop().await?;
    for peer in peers {
        peer.stop().await?;
    }
    section(args, Machine::here(place.path()), &came)
}

/// One server's settings, in the words of the exchanges.
fn as_exchange(args: &Peers, said: Option<&Said>) -> Exchange {
    Exchange {
        setup: Setup::simple(args.dir.clone()),
        running: said.map_or_else(Running::none, Said::as_running),
        extent: args.extent.clone(),
        algorithm: Signature::Es256,
        subject_tokens: said.map_or(args.subject_tokens, |_| SubjectTokens::Repeated),
        connections: vec![args.connections],
        users: vec![args.users],
        records: vec![0],
        rate: Rate::None,
        warm_up: args.warm_up,
    }
}

impl Rival<'_> {
    /// One more round, with the processor time of all its processes.
    async fn round(&mut self, connections: usize) -> anyhow::Result<()> {
        let expected = self.rounds.last().map_or(GUESS, |last| last.driven.a_second());
        let before = self.cpu()?;
        let mut round = self.track.round(connections, Pace::AsFastAsItCan, expected).await?;
        round.driven.cpu = Some(self.cpu()?.saturating_sub(before));
        self.rounds.push(round);
        Ok(())
    }

    fn cpu(&self) -> anyhow::Result<Duration> {
        self.pids.iter().map(|pid| process::cpu(*pid)).sum()
    }

    fn line(&self) -> String {
        let last = self.rounds.last().map_or(0.0, |round| round.driven.a_second());
        format!("{} exchanges/s: {}", rounded(last), self.name)
    }

    fn came(&self) -> anyhow::Result<Came> {
        let rounds: Vec<_> = self.rounds.iter().map(|round| (&round.driven, round.floor)).collect();
        let memory = self.pids.iter().map(|pid| process::memory(*pid).map(|it| it.resident));
        let bytes: u64 = memory.sum::<anyhow::Result<u64>>()?;
        Ok(Came { name: self.name.clone(), pass: Pass::of(&rounds), resident_mib: mib(bytes) })
    }
}

fn section(args: &Peers, machine: Machine, came: &[Came]) -> anyhow::Result<Section> {
    let mut table = Table::new(
        "Exchanges, as many as each can",
        &[
            "server",
            "exchanges/s",
            "p50 ms",
            "p99 ms",
            "CPU µs",
            "CPU ÷ floor",
            "per CPU second",
            "RSS MiB",
        ],
    );
    for Came { name, pass, resident_mib } in came {
        table.rows.push(vec![
            name.clone(),
            rounded(pass.a_second),
            rounded(pass.latency.p50_ms),
            rounded(pass.latency.p99_ms),
            known(pass.cpu_us),
            known(pass.cpu_per_floor),
            known(pass.cpu_us.map(|us| 1e6 / us)),
            rounded(*resident_mib),
        ]);
    }
    let mut notes = vec![format!(
        "ES256, {} connections, plain HTTP; medians of {} rounds of {} s, in turns. All of them and the client that drives them \
         share the cores of this machine, so that a server that is cheaper leaves more to the client: exchanges \
         per second of a server's own processor time are the fairer number. Stead puts every exchange on record \
         before it answers, durably (SQLite); a peer keeps what it says it keeps.",
        args.connections,
        args.extent.rounds,
        args.extent.seconds.as_secs_f64(),
    )];
    notes.extend(
        came.split_first()
            .into_iter()
            .flat_map(|(ours, peers)| peers.iter().map(|peer| ratio(ours, peer))),
    );
    let shown = args.subject_tokens.name();
    let (id, title) = (format!("peers-{shown}"), format!("Beside other servers, {shown} tokens"));
    let section = Section::new((&id, &title), machine, (notes, vec![table]), &came)?;
    let command = format!("cargo xtask bench-peers --subject-tokens {shown}");
    Ok(Section { command: Some(command), ..section })
}

fn ratio(ours: &Came, peer: &Came) -> String {
    let cpu = peer.pass.cpu_us.zip(ours.pass.cpu_us).map(|(theirs, ours)| theirs / ours);
    format!(
        "Stead answers {} × the exchanges/s of {}, and {} × as many per second of its own processor time.",
        rounded(ours.pass.a_second / peer.pass.a_second.max(f64::MIN_POSITIVE)),
        peer.name,
        known(cpu)
    )
}
