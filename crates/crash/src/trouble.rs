//! What can be done to a store while a server runs on it.

use crate::server::Server;
use std::time::Duration;

/// Something that can be done to a store and undone.
pub(crate) trait Trouble {
    /// Does it.
    fn begin(&mut self, server: &Server) -> anyhow::Result<()>;
    /// For how long, at least.
    fn lasts(&self) -> Duration {
        Duration::ZERO
    }
    /// Undoes it.
    fn end(&mut self, server: &Server) -> anyhow::Result<()>;
}
