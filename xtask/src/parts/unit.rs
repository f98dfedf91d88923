//! Tests of the whole workspace: as many cases as the test binaries report. They share a PostgreSQL that is
//! started for them, and the rows of the specification are gone through once more with everything in it. The SDK's cache in a real Redis comes last.

use crate::process::{cargo, root, watched};
use crate::setup::{postgres, redis};
use crate::tally::Tally;
use private_postgres::{Durability, SERVER, Server, Shared};
use std::process::Command;

pub(crate) fn run() -> Result<Tally, String> {
    postgres::find_or_install()?;
    redis::find_or_install()?;
    let folder = root().join("target/postgres").join(std::process::id().to_string());
    let server = Server::start(&folder, Durability::Fast)?;
    let on_it = |args: &[&str]| {
        let mut tests = cargo(args);
        tests.env(SERVER, Shared::told(&server));
        tests
    };
    let mut tally = count(&mut on_it(&["test", "--workspace", "--no-fail-fast"]));
    let mut rows = on_it(&["test", "--package", "stead-server", "--test", "rows"]);
    tally += count(rows.env("STEAD_TEST_STORE", "postgresql"));
    let redis = ["test", "--package", "stead", "--features", "redis", "--test", "it", "redis::"];
    tally += count(&mut cargo(&redis));
    Ok(tally)
}

/// Runs `cargo test …` and adds up what its binaries report. A build that breaks or a binary that dies
/// reports nothing, so its exit status counts as a case of its own.
pub(crate) fn count(command: &mut Command) -> Tally {
    let mut tally = Tally::default();
    let succeeded =
        watched(command, |line| tally += Tally::of_cargo_test(line).unwrap_or_default());
    tally.and_exit(succeeded)
}
