//! What runs in a gateway and in a server, found by running them, and put down for the linker to lay together.
//!
//! | file | what it does |
//! |---|---|
//! | this one | runs both under callgrind, and writes `crates/cli/layout.ld` |
//! | `counted` | what callgrind wrote → which functions ran |
//! | `script` | functions → a linker script |

mod counted;
mod script;

use crate::process::{built, cargo, root, succeeds};
use crate::say;
use crate::setup::{nginx, valgrind};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is written.
const FILE: &str = "crates/cli/layout.ld";

/// A gateway with more users than are ready at once: proxy, token API, what rests.
const GATEWAY: &[&str] =
    &["gateway", "--seconds=3", "--rate=none", "--warm-up=100", "--cached-users=1500"];

/// A server that is started, asked for tokens, and stopped.
const SERVER: &[&[&str]] = &[
    &["exchange", "--seconds=4", "--connections=4", "--users=5", "--warm-up=20"],
    &["login", "--seconds=4", "--browsers=1", "--users=5"],
];

/// The names of functions, as the linker sees them.
type Names = BTreeSet<String>;

/// Builds for speed, runs what is to be laid together, and writes the script.
pub(crate) fn run() -> Result<(), String> {
    valgrind::find_or_install()?;
    nginx::find_or_install()?;
    if !succeeds(&mut cargo(&["build", "--release", "--package", "stead-cli"])) {
        return Err("stead could not be built".to_owned());
    }
    let gateway = ran(&[GATEWAY])?;
    let server = ran(SERVER)?;
    let text = script::of(&gateway, &server);
    fs::write(root().join(FILE), text).map_err(|error| format!("{FILE}: {error}"))?;
    let (gateway, server) = (gateway.len(), server.len());
    say::line(&format!("{FILE}: {gateway} functions of a gateway, {server} of a server"));
    Ok(())
}

/// What ran while these measurements were made.
fn ran(measurements: &[&[&str]]) -> Result<Names, String> {
    let folder = built().join("../layout");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for words in measurements {
        measure(words, &folder)?;
    }
    let counts = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Names::new();
    for count in counts.flatten() {
        let path = count.path();
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        names.extend(counted::functions(&text, "stead"));
    }
    Ok(names)
}

fn measure(words: &[&str], folder: &Path) -> Result<(), String> {
    let under = format!(
        "valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file={}/count.%p",
        folder.display()
    );
    let mut command = Command::new(stead());
    command.arg("bench").args(words).args(["--rounds=1", "--requests=3000", "--under", &under]);
    if succeeds(&mut command) { Ok(()) } else { Err("the measurement broke off".to_owned()) }
}

fn stead() -> PathBuf {
    built().join("../release").join(format!("stead{}", std::env::consts::EXE_SUFFIX))
}
