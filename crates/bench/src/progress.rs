//! What is going on, for whoever waits: on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a long work says how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// Says what happens now. Where nobody listens, the numbers still speak.
pub(crate) fn say(what: impl Display) {
    _ = writeln!(io::stderr().lock(), "{what}");
}

/// How far a long work is.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    whole: u64,
    said: Instant,
}

impl Progress {
    /// Begins a work of so many steps.
    pub(crate) fn of(what: &'static str, whole: u64) -> Self {
        Self { what, whole, said: Instant::now() }
    }

    /// So many steps are done: said now and then.
    pub(crate) fn at(&mut self, done: u64) {
        let last = done >= self.whole;
        if !last && self.said.elapsed() < EVERY {
            return;
        }
        self.said = Instant::now();
        let (what, whole) = (self.what, self.whole);
        let mut err = io::stderr().lock();
        _ = match (err.is_terminal(), last) {
            (true, false) => write!(err, "\r  {what}: {done} of {whole}"),
            (true, true) => writeln!(err, "\r  {what}: {done} of {whole}"),
            (false, _) => writeln!(err, "  {what}: {done} of {whole}"),
        };
        _ = err.flush();
    }
}
