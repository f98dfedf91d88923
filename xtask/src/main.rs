//! The repository's own commands. `cargo xtask help` lists them.

mod args;
mod clients;
mod guides;
mod layout;
mod part;
mod parts;
mod peers;
mod process;
mod say;
mod setup;
mod tally;

use args::Request;
use part::Part;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)) {
        Ok(Request::Help) => {
            say::line(&args::help());
            ExitCode::SUCCESS
        }
        Ok(Request::Run(parts)) => run(&parts),
        Ok(Request::Clients(asked)) => close("clients", clients::run(&asked)),
        Ok(Request::Guides(words)) => close("guides", parts::guides::run(&words)),
        Ok(Request::Crash(words)) => close("crash", Ok(crash(&words))),
        Ok(Request::BenchPeers(words)) => done("bench-peers", peers::run(&words)),
        Ok(Request::Layout) => done("layout", layout::run()),
        Ok(Request::Conformance) => conformance(),
        Err(mistake) => {
            say::line(&format!("{mistake}\n\n{}", args::help()));
            ExitCode::from(2)
        }
    }
}

/// A part that ran: how it ended, and how long it took.
struct Ran {
    part: Part,
    tally: Tally,
    took: Duration,
}

/// Runs the parts one after another, whatever becomes of each, and closes with one line of totals.
fn run(parts: &[Part]) -> ExitCode {
    let started = Instant::now();
    let ran: Vec<Ran> = parts.iter().map(|part| run_one(*part, started)).collect();
    let total: Tally = ran.iter().map(|ran| ran.tally).sum();
    say::line(&format!("\n── in {} ──", clock(started.elapsed())));
    for Ran { part, tally, took } in &ran {
        say::line(&format!("{:>8}  {:<12} {tally}", clock(*took), part.name()));
    }
    say::line("");
    say::line(&total.to_string());
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_one(part: Part, started: Instant) -> Ran {
    say::line(&format!("\n── {} · {} ──", clock(started.elapsed()), part.title()));
    let begun = Instant::now();
    let tally = part.run().unwrap_or_else(|missing| {
        say::line(&format!("{}: {missing}", part.name()));
        Tally::FAILED
    });
    Ran { part, tally, took: begun.elapsed() }
}

/// Minutes and seconds.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Closes like the whole check.
fn close(name: &str, ran: Result<Tally, String>) -> ExitCode {
    let tally = ran.unwrap_or_else(|mistake| {
        say::line(&format!("{name}: {mistake}"));
        Tally::FAILED
    });
    say::line(&tally.to_string());
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Proves by failure.
fn crash(words: &[String]) -> Tally {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    parts::crash::run(&words)
}

/// Says what kept it from being done, if it is not.
fn done(name: &str, did: Result<(), String>) -> ExitCode {
    match did {
        Ok(()) => ExitCode::SUCCESS,
        Err(mistake) => {
            say::line(&format!("{name}: {mistake}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes the table of conformance anew from the tests found in the tree.
fn conformance() -> ExitCode {
    match tidy::conformance::rewrite() {
        Ok(summary) => {
            say::line(&format!("{}: {summary}", tidy::conformance::PAGE));
            ExitCode::SUCCESS
        }
        Err(mistake) => {
            say::line(&format!("{}: {mistake}", tidy::conformance::PAGE));
            ExitCode::FAILURE
        }
    }
}
