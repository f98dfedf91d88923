//! `docs/reference/clients.md`: the matrix, between two comments of a page that is written by hand otherwise.

use crate::clients::case::Case;
use crate::clients::matrix::Matrix;
use crate::clients::script::Outcome;
use crate::clients::versions;
use crate::process::root;
use std::fs;

/// Where it is.
pub(crate) const PAGE: &str = "docs/reference/clients.md";

const BEGIN: &str = "<!-- written by `cargo xtask clients --write`: from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Writes what ran into the page.
pub(crate) fn write(matrix: &Matrix) -> Result<(), String> {
    let page = read()?;
    let (before, _, after) = parts(&page)?;
    let rows = rows(matrix)?;
    fs::write(root().join(PAGE), format!("{before}{BEGIN}\n{rows}\n{END}{after}"))
        .map_err(|error| format!("{PAGE}: {error}"))
}

/// Fails if the page says something else than what ran. About a case that cannot run here it is believed.
pub(crate) fn compare(matrix: &Matrix) -> Result<(), String> {
    let page = read()?;
    let (_, there, _) = parts(&page)?;
    let ran_everywhere: Vec<_> = matrix.iter().cloned().map(believed).collect();
    if there.trim() == rows(&ran_everywhere)?.trim() {
        return Ok(());
    }
    Err(format!(
        "{PAGE} does not say what ran: cargo xtask clients --write, and look at the change"
    ))
}

fn believed((case, outcome): (Case, Outcome)) -> (Case, Outcome) {
    match outcome {
        Outcome::CannotRun(_) => (case, Outcome::Passed),
        outcome => (case, outcome),
    }
}

fn rows(matrix: &Matrix) -> Result<String, String> {
    let mut rows = vec!["| client | version | flow | |".to_owned(), "|---|---|---|---|".to_owned()];
    for (case, outcome) in matrix {
        let version = versions::of(case)?;
        let link = format!("../../{}", case.relative());
        rows.push(format!(
            "| {} | {version} | [{}]({link}) | {} |",
            case.client,
            case.flow,
            cell(outcome)
        ));
    }
    rows.push(String::new());
    Ok(rows.join("\n"))
}

/// A reason may hold anything, and a cell no bar.
fn cell(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "ok".to_owned(),
        Outcome::CannotRun(reason) | Outcome::Failed(reason) => reason.replace('|', "\\|"),
    }
}

fn read() -> Result<String, String> {
    fs::read_to_string(root().join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))
}

fn parts(page: &str) -> Result<(&str, &str, &str), String> {
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| format!("{PAGE} lacks {BEGIN}"))?;
    let (there, after) = rest.split_once(END).ok_or_else(|| format!("{PAGE} lacks {END}"))?;
    Ok((before, there, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_comments_is_written() {
        let page = format!("by hand\n\n{BEGIN}\nold\n\n{END}by hand too\n");
        assert_eq!(parts(&page), Ok(("by hand\n\n", "\nold\n\n", "by hand too\n")));
        assert!(parts("by hand\n").is_err());
    }

    #[test]
    fn a_reason_stays_in_its_cell() {
        assert_eq!(cell(&Outcome::Failed("a|b".to_owned())), "a\\|b");
    }
}
