//! Why a gateway does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use stead_telemetry::BadCollector;

/// Why a gateway does not start, or does not take over what is new.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address that cannot be listened on.
    #[error("{address} cannot be listened on: {error}; `stead doctor gateway` says who is there")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// A socket that cannot be listened on.
    #[error("{} cannot be listened on: {error}", path.display())]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No handles can be made.
    #[error("the system has no randomness")]
    NoRandomness,
    /// A certificate or key that cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// Certificate authorities that cannot be read.
    #[error("the certificate authorities to trust cannot be used: {0}")]
    Trust(String),
    /// A collector that cannot be set up.
    #[error(transparent)]
    Collector(#[from] BadCollector),
    /// A provider that cannot be set up.
    #[error("the provider {name} cannot be set up: {problem}")]
    Provider {
        /// Its name in the file.
        name: String,
        /// Why.
        problem: String,
    },
    /// Whose tokens are taken cannot be set up.
    #[error("tokens cannot be verified as it is set up: {0}")]
    Inbound(String),
    /// A route that names a provider nobody set up, or one that knows us by no name.
    #[error("no tokens can be asked of a provider called {0}")]
    NoSuchProvider(String),
}
