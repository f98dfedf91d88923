//! The client matrix: libraries of others, unmodified, against a Stead of their own for every case.
//!
//! | file | what it is |
//! |---|---|
//! | `case` | one script, and what its first lines say |
//! | `tools` | what the chosen ones need on this machine |
//! | `emulator` | the world of one case |
//! | `script` | the run of one case |
//! | `wire` | the rules that every recorded answer keeps |
//! | `matrix` | how all of them ended |
//! | `page` | `docs/reference/clients.md` |
//! | `versions` | which version of a package ran |

pub(crate) mod case;
mod emulator;
mod matrix;
mod page;
mod script;
mod tools;
mod versions;
mod wire;

use crate::parts::demo_check;
use crate::say;
use crate::tally::Tally;
use case::Case;
use script::Outcome;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use tools::Tools;

/// How many cases run at a time.
const AT_A_TIME: usize = 2;

/// Which cases, and what becomes of the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Languages, clients, flows or files; every case if there is none.
    pub(crate) filters: Vec<String>,
    /// Whether the page is written, or compared with what ran.
    pub(crate) page: Page,
}

/// What becomes of the page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// It has to say what ran.
    #[default]
    Compared,
    /// It is written.
    Written,
}

/// Runs what was asked for, and shows the matrix.
pub(crate) fn run(asked: &Asked) -> Result<Tally, String> {
    let cases = case::chosen(&asked.filters)?;
    let tools = Tools::for_cases(&cases)?;
    if !demo_check::build() {
        return Ok(Tally::FAILED);
    }
    let matrix = run_all(cases, &tools);
    say::line(&format!("\n{}", matrix::table(&matrix)));
    let tally = matrix::tally(&matrix);
    if tally.failed > 0 || !asked.filters.is_empty() {
        return Ok(tally);
    }
    match asked.page {
        Page::Written => page::write(&matrix)?,
        Page::Compared => page::compare(&matrix)?,
    }
    Ok(tally)
}

/// Runs the cases, some at a time, each as soon as there is room for it.
fn run_all(cases: Vec<Case>, tools: &Tools) -> Vec<(Case, Outcome)> {
    let waiting = Mutex::new(cases.into_iter());
    let next = || waiting.lock().ok()?.next();
    let work = || std::iter::from_fn(next).map(|case| run_one(case, tools)).collect::<Vec<_>>();
    let mut matrix: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    });
    matrix.sort_by(|(one, _), (other, _)| one.cmp(other));
    matrix
}

fn run_one(case: Case, tools: &Tools) -> (Case, Outcome) {
    let begun = Instant::now();
    let outcome = script::run(&case, tools);
    let seconds = begun.elapsed().as_secs_f32();
    let Case { client, flow, .. } = &case;
    say::line(&match &outcome {
        Outcome::Passed => format!("ok      {seconds:5.1} s  {client} · {flow}"),
        Outcome::CannotRun(reason) => {
            format!("–       {seconds:5.1} s  {client} · {flow}: {reason}")
        }
        Outcome::Failed(reason) => format!(
            "FAILED  {seconds:5.1} s  {client} · {flow}: {reason}\n        its files: {}",
            script::folder(&case).display()
        ),
    });
    (case, outcome)
}
