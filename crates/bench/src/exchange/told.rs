//! All of it as a section.

use super::point::{Pass, Point};
use crate::args::{Exchange, SubjectTokens};
use crate::machine::Machine;
use crate::report::{Section, Table, flatness, median, rounded};
use crate::world::Place;
use serde::{Deserialize, Serialize};
use stead_proto::jwt::Algorithm;
use stead_server::moment::{Moments, SystemMoments};

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
    pub(super) fn about(args: &Exchange, place: &Place) -> Self {
        Self {
            algorithm: Algorithm::from(args.algorithm).as_str().to_owned(),
            subject_tokens: args.subject_tokens.name().to_owned(),
            store: args.setup.store.name().to_owned(),
            transport: args.setup.transport.name().to_owned(),
            rounds: args.extent.rounds,
            seconds: args.extent.seconds.as_secs_f64(),
            machine: Machine::here(place.path()),
            starts: Vec::new(),
            points: Vec::new(),
        }
    }

    /// For people and for machines.
    pub(super) fn section(self) -> anyhow::Result<Section> {
        let Self { algorithm, subject_tokens, store, transport, .. } = &self;
        let variant = format!("{algorithm}, {subject_tokens} subject tokens, {store}, {transport}");
        let mut tables = vec![self.fastest(&variant)];
        tables.extend(self.paced(&variant));
        tables.push(self.starting());
        Ok(Section {
            id: format!("exchange-{algorithm}-{subject_tokens}-{store}-{transport}").to_lowercase(),
            title: format!("Exchanges: {variant}"),
            at: SystemMoments.moment().now.to_string(),
            version: format!("stead {}", env!("CARGO_PKG_VERSION")),
            machine: self.machine.clone(),
            notes: self.notes(),
            tables,
            numbers: serde_json::to_value(&self)?,
        })
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
            row.push(rounded(point.fastest.cpu_per_floor));
            row.extend([rounded(point.resident_mib), rounded(point.peak_mib)]);
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
            row.push(rounded(paced.cpu_per_floor));
            row.push(rounded(2.0 * point.fsync.p99_ms + 2.0));
            table.rows.push(row);
        }
        (!table.rows.is_empty()).then_some(table)
    }

    fn starting(&self) -> Table {
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
        table
    }

    fn notes(&self) -> Vec<String> {
        let of =
            |number: fn(&Point) -> f64| median(&self.points.iter().map(number).collect::<Vec<_>>());
        let tokens = if self.subject_tokens == SubjectTokens::Cold.name() {
            "Each subject token is shown once, and users take turns."
        } else {
            "One subject token each of a thousand users at most is shown again and again."
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
            format!(
                "An fsync of a page takes {} ms (p50), {} ms (p99) on this disk, measured before each round.",
                rounded(of(|point| point.fsync.p50_ms)),
                rounded(of(|point| point.fsync.p99_ms))
            ),
        ];
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
        let costs: Vec<f64> =
            self.points.iter().filter(alike).map(|point| point.fastest.cpu_per_floor).collect();
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
    [pass.a_second, latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms, pass.cpu_us]
        .map(rounded)
        .to_vec()
}
