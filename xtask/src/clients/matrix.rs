//! The matrix: how every case ended, client by client, flow by flow.

use crate::clients::case::Case;
use crate::clients::script::Outcome;
use crate::tally::Tally;
use std::fmt::Write;

/// The cases that ran, in their order, and how each ended.
pub(crate) type Matrix = [(Case, Outcome)];

/// What a cell says.
fn cell(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::CannotRun(reason) | Outcome::Failed(reason) => reason,
    }
}

/// The matrix for a terminal.
pub(crate) fn table(matrix: &Matrix) -> String {
    let widest = |text: fn(&Case) -> &str| {
        matrix.iter().map(|(case, _)| text(case).chars().count()).max().unwrap_or_default()
    };
    let (clients, flows) = (widest(|case| &case.client), widest(|case| &case.flow));
    let mut table = String::new();
    for (case, outcome) in matrix {
        let Case { client, flow, .. } = case;
        let _ = writeln!(table, "  {client:clients$}  {flow:flows$}  {}", cell(outcome));
    }
    table
}

/// How many passed and failed. What cannot run here is neither: the table says so.
pub(crate) fn tally(matrix: &Matrix) -> Tally {
    matrix
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Passed => Tally::PASSED,
            Outcome::CannotRun(_) => Tally::default(),
            Outcome::Failed(_) => Tally::FAILED,
        })
        .sum()
}
