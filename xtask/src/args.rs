//! What was asked for on the command line.

use crate::part::Part;
use std::fmt::Write;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Say what there is.
    Help,
    /// Run these parts in this order.
    Run(Vec<Part>),
    /// Write `docs/reference/conformance.md` anew.
    Conformance,
}

/// Reads the arguments after `cargo xtask`.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Request, String> {
    let args: Vec<String> = args.collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["help" | "--help" | "-h"] => Ok(Request::Help),
        ["test"] => Ok(Request::Run(Part::WHOLE.to_vec())),
        ["conformance"] => Ok(Request::Conformance),
        names => names.iter().map(|name| named(name)).collect::<Result<_, _>>().map(Request::Run),
    }
}

fn named(name: &str) -> Result<Part, String> {
    Part::ALL
        .into_iter()
        .find(|part| part.name() == name)
        .ok_or_else(|| format!("there is no `cargo xtask {name}`"))
}

/// What `cargo xtask help` says.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "cargo xtask test           the whole check; closes with `N passed, N failed`\n\
         cargo xtask PART…          only these parts of it:\n",
    );
    for part in Part::ALL {
        let _ = writeln!(text, "    {:<12} {}", part.name(), part.title());
    }
    text.push_str(
        "cargo xtask conformance    writes docs/reference/conformance.md anew from the tests in the tree\n\
         cargo xtask help           this",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn test_is_the_whole_check_and_names_are_its_parts() {
        assert_eq!(parsed("test"), Ok(Request::Run(Part::WHOLE.to_vec())));
        assert_eq!(parsed("fmt lint"), Ok(Request::Run(vec![Part::Fmt, Part::Lint])));
        assert_eq!(parsed("demo-check"), Ok(Request::Run(vec![Part::DemoCheck])));
    }

    #[test]
    fn a_word_that_is_no_part_is_a_mistake_that_names_it() {
        assert_eq!(parsed("fmt lnit"), Err("there is no `cargo xtask lnit`".to_owned()));
    }

    #[test]
    fn help_names_every_part() {
        assert_eq!(parsed(""), Ok(Request::Help));
        for part in Part::ALL {
            assert!(help().contains(part.name()), "{}", part.name());
        }
    }
}
