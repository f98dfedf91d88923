//! What was asked for on the command line.

use crate::clients::{Asked, Page};
use crate::part::Part;
use std::fmt::Write;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Say what there is.
    Help,
    /// Run these parts in this order.
    Run(Vec<Part>),
    /// Run the client matrix, or some of it.
    Clients(Asked),
    /// Follow the guides whose names have one of these words in them.
    Guides(Vec<String>),
    /// Prove by failure, as these words say.
    Crash(Vec<String>),
    /// Measure Stead beside other servers, with these words.
    BenchPeers(Vec<String>),
    /// Find what runs, and write `crates/cli/layout.ld` anew.
    Layout,
    /// Write `docs/reference/conformance.md` anew.
    Conformance,
}

/// Reads the arguments after `cargo xtask`.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Request, String> {
    let args: Vec<String> = args.collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["help" | "--help" | "-h"] => Ok(Request::Help),
        ["test"] => Ok(Request::Run(Part::WHOLE.to_vec())),
        ["clients", words @ ..] => clients(words).map(Request::Clients),
        ["guides", words @ ..] => Ok(Request::Guides(owned(words))),
        ["bench-peers", words @ ..] => Ok(Request::BenchPeers(owned(words))),
        ["crash", words @ ..] => Ok(Request::Crash(owned(words))),
        ["layout"] => Ok(Request::Layout),
        ["conformance"] => Ok(Request::Conformance),
        names => names.iter().map(|name| named(name)).collect::<Result<_, _>>().map(Request::Run),
    }
}

fn clients(words: &[&str]) -> Result<Asked, String> {
    match words {
        ["--write"] => Ok(Asked { page: Page::Written, ..Asked::default() }),
        _ if words.iter().any(|word| word.starts_with('-')) => {
            Err("cargo xtask clients takes filters, or `--write` alone".to_owned())
        }
        _ => Ok(Asked { filters: owned(words), ..Asked::default() }),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
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
        "cargo xtask clients WORD…  only the cases whose folder, client, flow or file has such a word in it\n\
         cargo xtask clients --write    all of them, and docs/reference/clients.md anew\n\
         cargo xtask guides WORD…   only the guides whose names have such a word in them\n\
         cargo xtask crash --rounds N --stead target/release/stead    proof by failure at length; --help says all\n\
         cargo xtask bench-peers WORD…    Stead measured beside npm oidc-provider; words go to `stead bench peers`\n\
         cargo xtask layout         finds what runs, and writes crates/cli/layout.ld anew, for the linker\n\
         cargo xtask conformance    writes docs/reference/conformance.md anew from the tests in the tree\n\
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
    fn the_client_matrix_takes_words_or_is_written_whole() {
        let some = Asked { filters: vec!["msal".to_owned()], page: Page::Compared };
        assert_eq!(parsed("clients msal"), Ok(Request::Clients(some)));
        assert_eq!(parsed("clients"), Ok(Request::Clients(Asked::default())));
        let written = Asked { filters: Vec::new(), page: Page::Written };
        assert_eq!(parsed("clients --write"), Ok(Request::Clients(written)));
        assert!(parsed("clients --write msal").is_err());
    }

    #[test]
    fn what_is_said_to_bench_peers_is_handed_on() {
        let words = ["--rounds", "2"].map(str::to_owned).to_vec();
        assert_eq!(parsed("bench-peers --rounds 2"), Ok(Request::BenchPeers(words)));
        assert_eq!(parsed("bench-peers"), Ok(Request::BenchPeers(Vec::new())));
    }

    #[test]
    fn what_is_said_to_crash_is_handed_on() {
        let words = ["--rounds", "200"].map(str::to_owned).to_vec();
        assert_eq!(parsed("crash --rounds 200"), Ok(Request::Crash(words)));
        assert_eq!(parsed("fmt crash"), Ok(Request::Run(vec![Part::Fmt, Part::Crash])));
    }

    #[test]
    fn guides_are_followed_all_or_those_that_are_named() {
        assert_eq!(parsed("guides sdk"), Ok(Request::Guides(vec!["sdk".to_owned()])));
        assert_eq!(parsed("guides"), Ok(Request::Guides(Vec::new())));
        assert_eq!(parsed("fmt guides"), Ok(Request::Run(vec![Part::Fmt, Part::Guides])));
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
