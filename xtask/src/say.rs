//! What is said to whoever runs this: on standard output, a line at a time.

use std::io::{Write, stdout};

/// Says a line. That nobody listens any more is no reason to stop the check.
pub(crate) fn line(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}
