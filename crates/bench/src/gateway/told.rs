//! All that was measured, as a section.

use super::memory::Memory;
use super::rival::Rival;
use crate::args::Gateway;
use crate::load::{Driven, Spread};
use crate::machine::Machine;
use crate::report::{Section, Table, known, median, rounded};
use serde::{Deserialize, Serialize};

/// What came of the rounds with one of them. Medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Came {
    name: String,
    fastest: Pass,
    paced: Option<Pass>,
    /// What its processes hold in memory together after the rounds, in MiB.
    resident_mib: f64,
}

/// Several rounds of the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pass {
    /// Requests a second.
    a_second: f64,
    /// How long they took. The longest is that of all rounds.
    latency: Spread,
    /// What one cost, in microseconds of processor time.
    cpu_us: f64,
    /// Which part of a core was busy with them.
    busy: f64,
}

/// Ours over nginx's, in the same round. Medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beside {
    cpu: f64,
    a_second: f64,
    p99: f64,
    paced_cpu: Option<f64>,
    paced_p99: Option<f64>,
}

/// Everything that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    stead: Came,
    nginx: Came,
    beside: Beside,
    memory: Memory,
}

impl Came {
    pub(super) fn of(rival: &Rival, resident_mib: f64) -> Self {
        Self {
            name: rival.name.clone(),
            fastest: Pass::of(&rival.fastest),
            paced: (!rival.paced.is_empty()).then(|| Pass::of(&rival.paced)),
            resident_mib,
        }
    }
}

impl Pass {
    fn of(rounds: &[Driven]) -> Self {
        let of =
            |number: fn(&Driven) -> f64| median(&rounds.iter().map(number).collect::<Vec<_>>());
        let spreads: Vec<Spread> = rounds.iter().map(|round| round.latencies.spread()).collect();
        Self {
            a_second: of(Driven::a_second),
            latency: Spread::middle(&spreads),
            cpu_us: of(cpu_us),
            busy: of(|round| cpu_us(round) * round.a_second() / 1e6),
        }
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let Self { a_second, latency, cpu_us, busy } = self;
        let numbers = [*a_second, latency.p50_ms, latency.p99_ms, latency.max_ms, *cpu_us];
        let mut cells = vec![name.to_owned()];
        cells.extend(numbers.map(rounded));
        cells.push(format!("{:.0}", busy * 100.0));
        cells
    }
}

impl Beside {
    fn of(ours: &Rival, nginx: &Rival) -> Self {
        Self {
            cpu: ratio((&ours.fastest, &nginx.fastest), cpu_us).unwrap_or_default(),
            a_second: ratio((&ours.fastest, &nginx.fastest), Driven::a_second).unwrap_or_default(),
            p99: ratio((&ours.fastest, &nginx.fastest), p99).unwrap_or_default(),
            paced_cpu: ratio((&ours.paced, &nginx.paced), cpu_us),
            paced_p99: ratio((&ours.paced, &nginx.paced), p99),
        }
    }
}

fn cpu_us(round: &Driven) -> f64 {
    round.cpu_us().unwrap_or_default()
}

fn p99(round: &Driven) -> f64 {
    round.latencies.spread().p99_ms
}

/// The median of the ratios of two that took turns; none without rounds.
fn ratio((ours, theirs): (&[Driven], &[Driven]), of: fn(&Driven) -> f64) -> Option<f64> {
    let pairs = ours.iter().zip(theirs);
    let ratios: Vec<f64> =
        pairs.map(|(ours, theirs)| of(ours) / of(theirs).max(f64::MIN_POSITIVE)).collect();
    (!ratios.is_empty()).then(|| median(&ratios))
}

impl Told {
    /// Of both, driven in turns.
    pub(super) fn of(ours: &Rival, nginx: &Rival, memory: Memory) -> anyhow::Result<Self> {
        let beside = Beside::of(ours, nginx);
        Ok(Self { stead: ours.came()?, nginx: nginx.came()?, beside, memory })
    }

    /// As a section.
    pub(super) fn section(
        &self,
        args: &Gateway,
        machine: Machine,
        apart: bool,
    ) -> anyhow::Result<Section> {
        let mut tables = vec![self.fastest()];
        tables.extend(self.paced());
        tables.extend([self.ratios(), self.memory()]);
        let parts = (self.notes(args, apart), tables);
        Section::new(("gateway", "The gateway beside nginx"), machine, parts, self)
    }

    fn fastest(&self) -> Table {
        let mut table = Table::new(
            "As many as each can",
            &["proxy", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU µs", "busy %", "RSS MiB"],
        );
        for came in [&self.stead, &self.nginx] {
            let mut cells = came.fastest.cells(&came.name);
            cells.push(rounded(came.resident_mib));
            table.rows.push(cells);
        }
        table
    }

    fn paced(&self) -> Option<Table> {
        let mut table = Table::new(
            "At the same rate, from when each was due",
            &["proxy", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU µs", "busy %"],
        );
        for came in [&self.stead, &self.nginx] {
            table.rows.push(came.paced.as_ref()?.cells(&came.name));
        }
        Some(table)
    }

    fn ratios(&self) -> Table {
        let mut table =
            Table::new("The gateway ÷ nginx, in the same round", &["", "CPU", "requests/s", "p99"]);
        let Beside { cpu, a_second, p99, paced_cpu, paced_p99 } = self.beside;
        let first = "as many as each can".to_owned();
        table.rows.push(vec![first, rounded(cpu), rounded(a_second), rounded(p99)]);
        if paced_p99.is_some() {
            let dash = "–".to_owned();
            let second = "at the same rate".to_owned();
            table.rows.push(vec![second, known(paced_cpu), dash, known(paced_p99)]);
        }
        table
    }

    fn memory(&self) -> Table {
        let mut table = Table::new(
            "What the gateway holds in memory",
            &["users", "idle MiB", "remembering them MiB", "bytes a user"],
        );
        let Memory { idle_mib, users, remembering_mib, user_bytes, .. } = &self.memory;
        table.rows.push(vec![
            users.to_string(),
            rounded(*idle_mib),
            rounded(*remembering_mib),
            format!("{user_bytes:.0}"),
        ]);
        table
    }

    fn notes(&self, args: &Gateway, apart: bool) -> Vec<String> {
        let (coming, going) = self.memory.token_bytes;
        let cores = if apart {
            "Each proxy has one worker and the last core of the machine to itself. Who asks and who answers are one thread on \
             another core, which never sleeps while it asks as fast as it can, so that waking it is in nobody's cost; a proxy \
             that is not busy all the time waited for it."
        } else {
            "Each proxy has one worker; it shares the machine's one core with who asks and who answers."
        };
        vec![
            format!(
                "GET of 1 KiB over {} connections that stay open, plain HTTP/1.1 on both sides, one upstream; medians \
                 of {} rounds of {} s, in turns. {} users ask in turns, each with a token of {coming} bytes.",
                args.connections,
                args.extent.rounds,
                args.extent.seconds.as_secs_f64(),
                args.users,
            ),
            "nginx passes on what comes. The gateway verifies the token (remembered), looks at scope and chain, puts in its \
             place the one that the provider gave for the upstream (kept), and takes out what may not be said from outside; \
             the upstream checks which one it got."
                .to_owned(),
            cores.to_owned(),
            format!(
                "Idle is a gateway that has answered one request. Then each user calls once: both tokens are kept, the one \
                 that came ({coming} bytes) and the one for the upstream ({going} bytes)."
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Latencies;
    use std::time::Duration;

    fn round(answered: u64, cpu_ms: u64) -> Driven {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_millis(cpu_ms));
        let cpu = Some(Duration::from_millis(cpu_ms));
        Driven { answered, took: Duration::from_secs(1), latencies, cpu }
    }

    #[test]
    fn ratios_are_of_rounds_that_followed_each_other() {
        // 100 µs beside 50, 300 beside 100, 90 beside 90.
        let ours = [round(1000, 100), round(1000, 300), round(1000, 90)];
        let theirs = [round(1000, 50), round(1000, 100), round(1000, 90)];
        assert!((ratio((&ours, &theirs), cpu_us).unwrap() - 2.0).abs() < 1e-9);
        assert!((ratio((&ours, &theirs), Driven::a_second).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(ratio((&[], &theirs), cpu_us), None);
    }

    #[test]
    fn a_pass_tells_how_busy_its_core_was() {
        let pass = Pass::of(&[round(1000, 500)]);
        assert!((pass.busy - 0.5).abs() < 1e-9 && (pass.cpu_us - 500.0).abs() < 1e-9);
    }
}
