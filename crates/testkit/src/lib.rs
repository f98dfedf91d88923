//! A world to test in: two tenants, their users and applications, behind real HTTPS, with a clock that
//! stands still until it is told otherwise.
//!
//! | file | what it gives |
//! |---|---|
//! | `world` | a running server, fresh for each test |
//! | `fixture` | who and what is on file in it |
//! | `tenant` | one tenant's endpoints, and the journeys everybody takes |
//! | `authenticator` | an app that shows one-time codes |
//! | `browser` | a browser without JavaScript: cookies, forms, redirects seen |
//! | `answer` | a response, whole |
//! | `clock` | the clock |
//! | `collector` | somebody who is told of spans |
//! | `log` | what the server logged |
//! | `forge` | tokens made by hand, to be refused |
//! | `key` | private keys in the open, for headers and claims that no honest signer writes |
//! | `passkey` | a passkey provider in software, honest or not |
//! | `operator` | other resource files, and the admin API |
//! | `raw` | requests that no well-behaved client sends |
//!
//! A test that cannot set up should stop, so everything here panics instead of returning errors.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot set up should stop"
)]

mod answer;
mod authenticator;
mod browser;
mod clock;
mod collector;
mod elsewhere;
mod fixture;
mod forge;
mod key;
mod log;
mod operator;
mod passkey;
mod raw;
mod tenant;
mod world;

pub use answer::Answer;
pub use authenticator::Authenticator;
pub use browser::{Browser, Page};
pub use clock::StillClock;
pub use collector::{Collector, Told};
pub use elsewhere::{Elsewhere, Says};
pub use fixture::{
    API_A_SECRET, API_B_SECRET, API_C_SECRET, DAEMON_SECRET, PASSWORD, SPA_CALLBACK, SPA_ORIGIN,
    WEB_CALLBACK, WEB_SECRET,
};
pub use forge::Forge;
pub use key::RawKey;
pub use log::{listen, logged};
pub use passkey::{Manners, PasskeyDevice, SoftKey};
pub use tenant::{At, Auth, CHALLENGE, Pairs, VERIFIER};
pub use world::{Stopped, World};
