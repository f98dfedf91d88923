//! Handles, and the way out for them.

use super::Route;

/// The handles of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandlesConfig {
    /// The most at once.
    pub most: usize,
}

impl Default for HandlesConfig {
    fn default() -> Self {
        Self { most: 100_000 }
    }
}

/// Where the application may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressTarget {
    /// The port that it is asked for at.
    pub port: u16,
    /// The host that it is asked for at, where its requests go, and with which token.
    pub route: Route,
}
