//! Failed is ours: what the store could not do.

use std::fmt;

/// The store could not answer. Whoever asked hears only that, the operator hears why.
#[derive(Debug)]
pub enum StoreError {
    /// It is overloaded or shut: trying later may help.
    Unavailable(String),
    /// What is on file cannot be read, or the file cannot be written.
    Broken(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the store is unavailable: {why}"),
            Self::Broken(why) => write!(f, "the store is broken: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
