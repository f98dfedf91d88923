//! All that was measured of sign-ins, as a section.

use crate::args::Login;
use crate::load::{Driven, Spread};
use crate::machine::Machine;
use crate::process::Memory;
use crate::report::{Section, Table, median, mib, rounded};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that was measured, and how.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    store: String,
    transport: String,
    users: u32,
    rounds: u32,
    seconds: f64,
    machine: Machine,
    pub(super) points: Vec<Point>,
}

/// What came of the rounds with so many browsers. Medians of the rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Point {
    /// Browsers at a time.
    browsers: usize,
    /// Sign-ins a second.
    a_second: f64,
    /// How long each took, over all its requests.
    latency: Spread,
    /// What one cost the server, in milliseconds of processor time.
    cpu_ms: f64,
    /// What the check of a password alone costs, in milliseconds of one core, measured before each round.
    password_ms: f64,
    /// How many there were.
    sign_ins: u64,
    /// What the server held in memory before and after them, in bytes.
    memory: (Memory, Memory),
}

impl Point {
    pub(super) fn of(
        browsers: usize,
        rounds: &[Driven],
        password_us: &[f64],
        memory: (Memory, Memory),
    ) -> Self {
        let of =
            |number: fn(&Driven) -> f64| median(&rounds.iter().map(number).collect::<Vec<_>>());
        let spreads: Vec<Spread> = rounds.iter().map(|round| round.latencies.spread()).collect();
        Self {
            browsers,
            a_second: of(Driven::a_second),
            latency: Spread::middle(&spreads),
            cpu_ms: of(|round| round.cpu_us().unwrap_or_default()) / 1e3,
            password_ms: median(password_us) / 1e3,
            sign_ins: rounds.iter().map(|round| round.answered).sum(),
            memory,
        }
    }

    /// In one line, for whoever waits.
    pub(super) fn line(&self) -> String {
        format!(
            "{} browsers: {} sign-ins a second, p50 {} ms, CPU {} ms (password {} ms)",
            self.browsers,
            rounded(self.a_second),
            rounded(self.latency.p50_ms),
            rounded(self.cpu_ms),
            rounded(self.password_ms)
        )
    }

    fn row(&self) -> Vec<String> {
        let Spread { p50_ms, p90_ms, p99_ms, max_ms } = self.latency;
        let mut row = vec![self.browsers.to_string()];
        row.extend([self.a_second, p50_ms, p90_ms, p99_ms, max_ms, self.cpu_ms].map(rounded));
        row.extend([self.password_ms, self.cpu_ms / self.password_ms].map(rounded));
        row.push(rounded(mib(self.memory.1.resident)));
        row
    }
}

impl Told {
    /// Nothing yet.
    pub(super) fn about(args: &Login, folder: &Path) -> Self {
        Self {
            store: args.setup.store.name().to_owned(),
            transport: args.setup.transport.name().to_owned(),
            users: args.users,
            rounds: args.extent.rounds,
            seconds: args.extent.seconds.as_secs_f64(),
            machine: Machine::here(folder),
            points: Vec::new(),
        }
    }

    /// For people and for machines.
    pub(super) fn section(self) -> anyhow::Result<Section> {
        let Self { store, transport, .. } = &self;
        let mut table = Table::new(
            &format!("Sign-ins with a password: {store}, {transport}"),
            &[
                "browsers",
                "sign-ins/s",
                "p50 ms",
                "p90 ms",
                "p99 ms",
                "max ms",
                "CPU ms",
                "password ms",
                "CPU ÷ password",
                "RSS MiB",
            ],
        );
        table.rows.extend(self.points.iter().map(Point::row));
        let sign_ins: u64 = self.points.iter().map(|point| point.sign_ins).sum();
        let notes = vec![
            format!(
                "Medians of {} rounds of {} s, {} users taking turns, each time in a new browser: \
                 authorization request, page, password, code, token.",
                self.rounds, self.seconds, self.users
            ),
            "\"Password\" is one check with argon2id (19 MiB, two passes) on one core, measured before each \
             round: the part that is slow on purpose."
                .to_owned(),
            format!("The server kept {sign_ins} new sessions by the end."),
        ];
        let id = format!("login-{store}-{transport}");
        let title = format!("Sign-ins: {store}, {transport}");
        Section::new((&id, &title), self.machine.clone(), (notes, vec![table]), &self)
    }
}
