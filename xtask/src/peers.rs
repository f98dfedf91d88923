//! Stead measured beside other servers: they are installed from their lock file, and all are built for speed.

use crate::process::{built, cargo, root, succeeds};
use crate::setup::node;
use std::process::Command;

/// The folder of the peers.
pub(crate) const PEERS: &str = "tests/peers";

/// Each peer as it is started: npm `oidc-provider` in one process, and in one for each of two cores.
const COMMANDS: [&str; 2] =
    ["node tests/peers/oidc-provider.mjs", "node tests/peers/oidc-provider.mjs --workers 2"];

/// Installs, builds, and runs `stead bench peers` with these words.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    node::find_or_install(PEERS)?;
    if !succeeds(&mut cargo(&["build", "--release", "--package", "stead-cli"])) {
        return Err("stead could not be built".to_owned());
    }
    let stead = built().join("../release").join(format!("stead{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(stead);
    command.args(["bench", "peers"]).args(words).current_dir(root());
    for peer in COMMANDS {
        command.args(["--peer", peer]);
    }
    if succeeds(&mut command) { Ok(()) } else { Err("the measurement broke off".to_owned()) }
}
