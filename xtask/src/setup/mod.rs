//! What a fresh machine lacks: found, else installed, else named in one line.

pub(crate) mod chromium;
pub(crate) mod node;

use crate::say;
use crate::tally::Tally;

/// Prepares what the later parts need. What is missing is only said here: it counts where it is needed.
pub(crate) fn prepare() -> Tally {
    match chromium::find_or_install() {
        Ok(path) => say::line(&format!("Chromium: {}", path.display())),
        Err(missing) => say::line(&missing),
    }
    match node::find_or_install() {
        Ok(()) => say::line(&format!("Node packages: {}/node_modules", node::FOLDER)),
        Err(missing) => say::line(&missing),
    }
    Tally::default()
}
