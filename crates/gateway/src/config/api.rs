//! The local token API: where it is, who may ask, what may be asked.

use super::{Secret, Upstream};
use http::Method;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use stead::Target;

/// An address that no other machine reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// The address, if it is one.
    #[must_use]
    pub fn new(address: SocketAddr) -> Option<Self> {
        address.ip().is_loopback().then_some(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

/// Where the token API listens: never where other machines could reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiListen {
    /// On loopback. Whoever asks there shows a token.
    Loopback(Loopback),
    /// On a Unix socket, which the file's permissions guard.
    Socket(SocketFile),
}

impl fmt::Display for ApiListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback(loopback) => loopback.address().fmt(f),
            Self::Socket(file) => write!(f, "unix:{}", file.path.display()),
        }
    }
}

/// A Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketFile {
    /// Its path.
    pub path: PathBuf,
    /// Who may connect to it.
    pub open_to: OpenTo,
}

/// Who may connect to a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenTo {
    /// The user that the gateway runs as: mode 0600.
    Owner,
    /// Its group too: mode 0660.
    Group,
}

/// What may be asked of the token API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// What every caller shows; on loopback nobody is answered without one.
    pub token: Option<Secret>,
    /// Whether tokens of the application itself are given.
    pub own_tokens: OwnTokens,
    /// Whether a caller may say otherwise than the configuration what a downstream API is asked.
    pub overrides: Overrides,
    /// What callers call a provider → what it is called here. Providers go by their own names too.
    pub identity_providers: BTreeMap<String, String>,
    /// APIs that callers know by a name.
    pub downstream: Vec<Downstream>,
}

/// Whether tokens of the application itself are given (RFC 6749 §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnTokens {
    /// No: a gateway acts for users.
    Refused,
    /// Yes, where one is asked for by name.
    Given,
}

/// Whether a caller may change what the configuration says of a downstream API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overrides {
    /// No.
    Refused,
    /// Yes, but never where requests go.
    Taken,
}

/// An API that callers know by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downstream {
    /// Its name.
    pub name: String,
    /// The provider's name.
    pub provider: String,
    /// At what tokens for it point.
    pub target: Target,
    /// Where it is, if the gateway is to call it.
    pub base: Option<Base>,
    /// How it is called.
    pub method: Method,
}

/// Where an API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Scheme, host and port.
    pub upstream: Upstream,
    /// The path under which all of it is, in canonical form, with a slash at its end.
    pub path: String,
    /// What is called there where nothing else is said; no slash in front.
    pub relative: String,
}
