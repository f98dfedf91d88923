//! An identity provider that does as it is told: what the SDK and the gateway are tested against.
//!
//! | file | what it gives |
//! |---|---|
//! | `stub` | the provider: signs anything, answers as a test tells it to, and remembers what it was asked |
//! | `asked` | what it was asked |
//! | `answers` | what it may answer |
//! | `crossing` | many users, targets and actors at once, and a provider in every mood |
//! | `authority` | certificates, for whoever speaks TLS |
//!
//! It knows neither of them and nothing of the server, so that trying the SDK builds no server.
//! A test that cannot set up should stop, so everything here panics instead of returning errors.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot set up should stop"
)]

mod answers;
mod asked;
mod authority;
pub mod crossing;
mod stub;

pub use answers::{changed, given, says};
pub use asked::Asked;
pub use authority::{Asks, Authority, Shown};
pub use stub::Stub;

/// When it is, at first: noon of a day, in seconds since the epoch.
pub const NOON: i64 = 1_795_435_200;
