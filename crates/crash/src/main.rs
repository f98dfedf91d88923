//! `crash`: what `cargo xtask crash` runs.

use clap::{Parser, ValueEnum};
use crash::cases::{Case, Plan};
use crash::page::{Machine, page};
use crash::report::Verdict;
use crash::world::Kind;
use std::fs;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Kills, starves and stops a real server under load, and looks for what it had promised.
#[derive(Debug, Parser)]
struct Args {
    /// The binary `stead`; `cargo xtask crash` says one built for tests, and what is said after it counts.
    #[arg(long, overrides_with = "stead")]
    stead: PathBuf,
    /// How many times the server is killed.
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// What every die is thrown from; another one each time if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// On which store.
    #[arg(long, default_value = "both")]
    store: Stores,
    /// How many seconds PostgreSQL is away.
    #[arg(long, default_value_t = 30)]
    outage: u64,
    /// Only this case: kill, sabotage, full, read-only, clock, stopped or nodes; may be said several times.
    #[arg(long)]
    only: Vec<String>,
    /// Writes what came of it to this page, such as docs/reference/failure.md.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Writes what came of it to this file as one JSON object.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// On which stores.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stores {
    Sqlite,
    Postgres,
    Both,
}

impl Stores {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Sqlite => &[Kind::Sqlite],
            Self::Postgres => &[Kind::Postgres],
            Self::Both => &[Kind::Sqlite, Kind::Postgres],
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let outage = Duration::from_secs(args.outage);
    let plan = Plan { stead: args.stead.clone(), rounds: args.rounds, outage, seed, say: line };
    line(&format!("seed {seed}"));
    let wanted = |case: &Case| args.only.is_empty() || args.only.iter().any(|it| it == case.name());
    let mut verdicts = Vec::new();
    for &store in args.store.kinds() {
        for case in Case::ALL.into_iter().filter(|case| wanted(case) && case.concerns(store)) {
            let came = case.run(&plan, store).await;
            line(&came.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
            verdicts.extend(came);
        }
    }
    if let Err(error) = written(&args, &verdicts, seed) {
        line(&format!("FAILED  it could not be written down: {error:#}"));
        return ExitCode::FAILURE;
    }
    let bad = verdicts.iter().any(Verdict::is_bad);
    if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Writes the page and the object, as far as they were asked for.
fn written(args: &Args, verdicts: &[Verdict], seed: u64) -> anyhow::Result<()> {
    let machine = Machine::here(&args.stead);
    if let Some(file) = &args.write {
        fs::write(file, page(verdicts, &machine, seed))?;
    }
    if let Some(file) = &args.json {
        let run = serde_json::json!({ "machine": machine, "seed": seed, "cases": verdicts });
        fs::write(file, serde_json::to_string_pretty(&run)?)?;
    }
    Ok(())
}

/// Says a line. That nobody listens any more is no reason to stop.
fn line(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}
