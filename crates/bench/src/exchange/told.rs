//! All of it as a section.

use super::point::{Pass, Point};
use crate::args::Exchange;
use crate::load::Spread;
use crate::machine::Machine;
use crate::report::{Section, Table, flatness, known, median, rounded};
use serde::{Deserialize, Serialize};
use std::path::Path;
use stead_proto::jwt::Algorithm;

/// Everything that was measured, and how.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// How tokens are signed.
    algorithm: String,
    /// Whether each token is shown once.
    subject_tokens: String,
    /// What records are kept in.
    store: String,
    /// How the server is spoken to.
    transport: String,
    /// How many rounds there were at each point.
    rounds: u32,
    /// How long each took, in seconds.
    seconds: f64,
    /// On what.
    machine: Machine,
    /// How the servers started.
    pub(super) starts: Vec<Start>,
    /// Point by point.
    pub(super) points: Vec<Point>,
}

/// How long a server took to start, with so much on file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Start {
    /// Users.
    pub(super) users: u32,
    /// Applications, beside those that take part.
    pub(super) applications: u32,
    /// Records.
    pub(super) records: u64,
    /// From the start of its process to its first answer; the median of several.
    pub(super) first_answer_ms: f64,
}

impl Told {
    /// Nothing yet.
    pub(super) fn about(args: &Exchange, folder: &Path) -> Self {
        let running = args.running.url.is_some();
        let or_given = |name: &str| if running { "given" } else { name }.to_owned();
        Self {
            algorithm: Algorithm::from(args.algorithm).as_str().to_owned(),
            subject_tokens: or_given(args.subject_tokens.name()),
            store: or_given(args.setup.store.name()),
            transport: or_given(args.setup.transport.name()),
            rounds: args.extent.rounds,
            seconds: args.extent.seconds.as_secs_f64(),
            machine: Machine::here(folder),
            starts: Vec::new(),
            points: Vec::new(),
        }
    }

    /// For people and for machines.
    pub(super) fn section(self) -> anyhow::Result<Section> {
        let Self { algorithm, subject_tokens, store, transport, .. } = &self;
        let variant = match store.as_str() {
            "given" => format!("{algorithm}, a server that ran, tokens that were given"),
            _ => format!("{algorithm}, {subject_tokens} subject tokens, {store}, {transport}"),
        };
        let mut tables = vec![self.fastest(&variant)];
        tables.extend(self.paced(&variant));
        tables.extend(self.starting());
        let id = format!("exchange-{algorithm}-{subject_tokens}-{store}-{transport}");
        let title = format!("Exchanges: {variant}");
        Section::new((&id, &title), self.machine.clone(), (self.notes(), tables), &self)
    }

    fn fastest(&self, variant: &str) -> Table {
        let mut table = Table::new(
            &format!("As many as it can: {variant}"),
            &[
                "users",
                "records",
                "connections",
                "exchanges/s",
                "p50 ms",
                "p90 ms",
                "p99 ms",
                "max ms",
                "CPU µs",
                "floor µs",
                "CPU ÷ floor",
                "RSS MiB",
                "peak MiB",
            ],
        );
        for point in &self.points {
            let mut row = place(point);
            row.extend(numbers(&point.fastest));
            row.push(rounded(point.floor.both_us()));
            row.push(known(point.fastest.cpu_per_floor));
            row.extend([known(point.resident_mib), known(point.peak_mib)]);
            table.rows.push(row);
        }
        table
    }

    fn paced(&self, variant: &str) -> Option<Table> {
        let mut table = Table::new(
            &format!("At a fixed rate, from when each was due: {variant}"),
            &[
                "users",
                "records",
                "connections",
                "exchanges/s",
                "p50 ms",
                "p90 ms",
                "p99 ms",
                "max ms",
                "CPU µs",
                "CPU ÷ floor",
                "2 × fsync p99 + 2 ms",
            ],
        );
        for point in &self.points {
            let Some(paced) = &point.paced else { continue };
            let mut row = place(point);
            row.extend(numbers(paced));
            row.push(known(paced.cpu_per_floor));
            row.push(known(point.fsync.map(|fsync| 2.0 * fsync.p99_ms + 2.0)));
            table.rows.push(row);
        }
        (!table.rows.is_empty()).then_some(table)
    }

    fn starting(&self) -> Option<Table> {
        let mut table = Table::new(
            "From the start of the process to its first answer",
            &["users", "applications", "records", "ms"],
        );
        for start in &self.starts {
            table.rows.push(vec![
                start.users.to_string(),
                start.applications.to_string(),
                start.records.to_string(),
                rounded(start.first_answer_ms),
            ]);
        }
        (!table.rows.is_empty()).then_some(table)
    }

    fn notes(&self) -> Vec<String> {
        let of =
            |number: fn(&Point) -> f64| median(&self.points.iter().map(number).collect::<Vec<_>>());
        let tokens = match self.subject_tokens.as_str() {
            "cold" => "Each subject token is shown once, and users take turns.",
            "repeated" => {
                "One subject token each of a thousand users at most is shown again and again."
            }
            _ => "The subject tokens that were given are shown again and again.",
        };
        let mut notes = vec![
            format!(
                "Medians of {} rounds of {} s. {tokens} Client and server share the machine's cores.",
                self.rounds, self.seconds
            ),
            format!(
                "The floor is one signature made ({} µs) and one verified ({} µs) on one core, measured before \
                 and after each round.",
                rounded(of(|point| point.floor.sign_us)),
                rounded(of(|point| point.floor.verify_us))
            ),
        ];
        let disk: Vec<Spread> = self.points.iter().filter_map(|point| point.fsync).collect();
        if !disk.is_empty() {
            let Spread { p50_ms, p99_ms, .. } = Spread::middle(&disk);
            notes.push(format!(
                "An fsync of a page takes {} ms (p50), {} ms (p99) on this disk, measured before each round.",
                rounded(p50_ms),
                rounded(p99_ms)
            ));
        }
        if let Some(last) = self.points.last() {
            notes.push(format!("The last server had answered {} exchanges.", last.exchanges));
        }
        notes.extend(self.flat("users", |point| point.users.into()));
        notes.extend(self.flat("records", |point| point.records));
        notes
    }

    /// How flat the cost is while something grows, at the same number of connections.
    fn flat(&self, what: &str, size: fn(&Point) -> u64) -> Option<String> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let alike = |point: &&Point| point.connections == first.connections;
        let costs: Vec<f64> = self
            .points
            .iter()
            .filter(alike)
            .filter_map(|point| point.fastest.cpu_per_floor)
            .collect();
        (size(first) != size(last)).then(|| {
            format!(
                "From {} to {} {what} the cost (CPU ÷ floor) differs by a factor of {}.",
                size(first),
                size(last),
                rounded(flatness(&costs))
            )
        })
    }
}

fn place(point: &Point) -> Vec<String> {
    vec![point.users.to_string(), point.records.to_string(), point.connections.to_string()]
}

fn numbers(pass: &Pass) -> Vec<String> {
    let latency = &pass.latency;
    let times = [latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms];
    let mut cells = vec![rounded(pass.a_second)];
    cells.extend(times.map(rounded));
    cells.push(known(pass.cpu_us));
    cells
}
