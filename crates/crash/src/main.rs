//! `crash`: what `cargo xtask crash` runs.

use clap::Parser;
use crash::cases::{Case, Plan};
use crash::world::Kind;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Kills, starves and stops a real server under load, and looks for what it had promised.
#[derive(Debug, Parser)]
struct Args {
    /// The binary `stead`.
    #[arg(long)]
    stead: PathBuf,
    /// How many times the server is killed.
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// What every die is thrown from; another one each time if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Only this case; may be said several times.
    #[arg(long)]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let plan = Plan { stead: args.stead, rounds: args.rounds, seed, say: line };
    line(&format!("seed {seed}"));
    let mut bad = false;
    let wanted = |case: &Case| args.only.is_empty() || args.only.iter().any(|it| it == case.name());
    for case in Case::ALL.into_iter().filter(wanted) {
        for verdict in case.run(&plan, Kind::Sqlite).await {
            line(&verdict.to_string());
            bad |= verdict.is_bad();
        }
    }
    if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Says a line. That nobody listens any more is no reason to stop.
fn line(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}
