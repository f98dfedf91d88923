//! Functions → a linker script that lays them together.
//!
//! Names of Rust (the v0 scheme, RFC 2603) say everything about a function but two numbers: which build of its crate
//! it is from (`Cs…_`), and what the optimiser appended. Both change from build to build and are left open.

use super::Names;
use std::fmt::Write;

const HEAD: &str = "\
/* What runs in a gateway and in a server, to be laid together, so that few pages of the program are in memory.
   Written by `cargo xtask layout`; docs/adr/0039 says why. What is named here and is not there is no mistake. */
SECTIONS
{
  .text.runs :
  {
";

const TAIL: &str = "  }
}
INSERT BEFORE .text;
";

/// What a gateway runs alone, what both do, what a server runs alone: either's part is in one piece.
pub(super) fn of(gateway: &Names, server: &Names) -> String {
    let [gateway, server] = [gateway, server]
        .map(|names| -> Names { names.iter().map(|name| pattern(name)).collect() });
    let parts = [
        ("a gateway", &gateway - &server),
        ("both", &gateway & &server),
        ("a server", &server - &gateway),
    ];
    let mut text = HEAD.to_owned();
    for (who, names) in parts {
        let _ = writeln!(text, "    /* {who} */");
        for name in names {
            let _ = writeln!(text, "    *({name})");
        }
    }
    text + TAIL
}

/// The section it is in, with what changes from build to build left open. What seldom runs is in `.text.unlikely.`.
fn pattern(name: &str) -> String {
    let lasting = name.split(".llvm.").next().unwrap_or(name);
    if lasting.starts_with("_R") {
        format!(".text.*{}", of_rust(lasting))
    } else {
        format!(".text.{}", of_aws_lc(lasting))
    }
}

/// `…Cs1a2B_5hyper…` → `…Cs*_5hyper…`, and whatever follows.
fn of_rust(name: &str) -> String {
    let mut pattern = String::new();
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once("Cs") {
        pattern.push_str(before);
        pattern.push_str("Cs");
        rest = match behind.split_once('_') {
            Some((number, crate_name)) if is_number(number, crate_name) => {
                pattern.push_str("*_");
                crate_name
            }
            _ => behind,
        };
    }
    pattern + rest + "*"
}

/// A number of base 62, with the length of a name behind it.
fn is_number(number: &str, crate_name: &str) -> bool {
    number.chars().all(|letter| letter.is_ascii_alphanumeric())
        && crate_name.starts_with(|letter: char| letter.is_ascii_digit())
}

/// That library puts its version in front of each name.
fn of_aws_lc(name: &str) -> String {
    match name.strip_prefix("aws_lc_") {
        Some(rest) => {
            format!(
                "aws_lc_*_{}",
                rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_')
            )
        }
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_build_to_build_is_left_open() {
        let cases = [
            (
                "_RNvMs2_NtCsdjzVcMOAgdg_5hyper5protoNtB5_4Conn4pollCs3kXy_13stead_gateway",
                ".text.*_RNvMs2_NtCs*_5hyper5protoNtB5_4Conn4pollCs*_13stead_gateway*",
            ),
            ("_RNvCs1_5stead4main.llvm.123", ".text.*_RNvCs*_5stead4main*"),
            ("_RNvNtC5stead3Css3run", ".text.*_RNvNtC5stead3Css3run*"),
            ("aws_lc_0_47_0_EVP_sha224", ".text.aws_lc_*_EVP_sha224"),
            ("sqlite3Step", ".text.sqlite3Step"),
        ];
        for (name, expected) in cases {
            assert_eq!(pattern(name), expected);
        }
    }

    #[test]
    fn what_both_run_lies_between_what_each_runs_alone() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let text = of(&names(&["b", "both"]), &names(&["a", "both"]));
        let listed: Vec<_> = text.lines().filter(|line| line.contains("*(")).collect();
        assert_eq!(listed, ["    *(.text.b)", "    *(.text.both)", "    *(.text.a)"]);
    }
}
