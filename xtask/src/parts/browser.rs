//! The journey in a browser: as many cases as `tests/browser` reports.
//!
//! The tests are Node's (`node --test`). They find the binary in `STEAD`, the browser in `CHROMIUM`, and
//! put their pictures into the directory `SCREENSHOTS`.

use crate::parts::demo_check;
use crate::process::{root, screenshots, stead, watched};
use crate::setup::{chromium, node};
use crate::tally::Tally;
use std::process::Command;

pub(crate) fn run() -> Result<Tally, String> {
    let browser = chromium::find_or_install()?;
    node::find_or_install(node::BROWSER_TESTS)?;
    if !demo_check::build() {
        return Ok(Tally::FAILED);
    }
    let mut tally = Tally::default();
    let mut tests = Command::new("node");
    tests
        .args(["--test", "--test-reporter=spec"])
        .current_dir(root().join(node::BROWSER_TESTS))
        .env("STEAD", stead())
        .env("CHROMIUM", browser)
        .env("SCREENSHOTS", screenshots());
    let succeeded =
        watched(&mut tests, |line| tally += Tally::of_node_test(line).unwrap_or_default());
    if tally == Tally::default() {
        return Err(
            "no test ran: there is none in tests/browser, or Node could not start one".to_owned()
        );
    }
    Ok(tally.and_exit(succeeded))
}
