//! Walls: what each crate must never reach, and how many dependencies it may have of its own.

use crate::none;
use std::process::Command;

/// A wall: a crate, what it must never reach, and why.
const WALLS: [(&str, &[&str], &str); 9] = [
    (
        "stead-proto",
        &["tokio", "hyper", "axum", "rusqlite", "reqwest", "rand", "stead-core"],
        "the vocabulary opens no socket, reads no clock and throws no dice",
    ),
    (
        "stead-core",
        &["tokio", "hyper", "axum", "rusqlite", "reqwest", "rand", "stead-store"],
        "decisions know no HTTP and no SQL",
    ),
    ("stead-store", &["axum", "hyper", "reqwest", "stead-server"], "a store knows no HTTP"),
    (
        "stead",
        &["stead-core", "stead-store", "stead-server", "stead-cli"],
        "an application that adds the SDK must not get the server with it",
    ),
    (
        "stead-gateway",
        &["stead-core", "stead-store", "stead-server", "stead-cli"],
        "a gateway verifies and exchanges by the SDK, as any application",
    ),
    (
        "stead-telemetry",
        &["stead", "stead-core", "stead-server", "stead-gateway"],
        "server and gateway tell it what they did, and it decides nothing",
    ),
    (
        "stead-cli",
        &["opentelemetry-otlp"],
        "what a collector hears is configured, and not taken out of the environment",
    ),
    ("stead-server", &["stead-cli", "clap"], "endpoints know no command line"),
    (
        "testkit",
        &["stead-cli"],
        "a world to test in is made of the server, not of the command line",
    ),
];

/// The most dependencies a crate may name itself: a dependency is a colleague.
const COLLEAGUES: [(&str, usize); 3] = [("stead-proto", 8), ("stead-core", 8), ("stead", 16)];

#[test]
fn layers_hold() {
    let mut faults = Vec::new();
    for (of, walled_off, why) in WALLS {
        let reached = dependencies(of, &["--edges", "normal,no-proc-macro"]);
        let through = walled_off.iter().filter(|name| reached.iter().any(|it| it == *name));
        faults.extend(through.map(|name| format!("{of} reaches {name}: {why}")));
    }
    none("a wall is broken (cargo tree -e normal -i NAME -p CRATE shows through whom)", &faults);
}

#[test]
fn no_crate_has_more_colleagues_than_it_can_know() {
    let mut faults = Vec::new();
    for (of, most) in COLLEAGUES {
        let direct = dependencies(of, &["--edges", "normal", "--depth", "1"]);
        if direct.len() > most {
            faults.push(format!(
                "{of} has {} of at most {most}: {}",
                direct.len(),
                direct.join(", ")
            ));
        }
    }
    none("a crate has too many direct dependencies", &faults);
}

/// What `cargo tree` prints for a crate with its default features.
fn dependencies(of: &str, options: &[&str]) -> Vec<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package", of, "--prefix", "none"]).args(options);
    let output = tree.current_dir(tidy::tree::root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "cargo tree --package {of}: {said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut names: Vec<_> = printed.lines().filter_map(|line| line.split(' ').next()).collect();
    names.retain(|name| !name.is_empty() && *name != of);
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}
