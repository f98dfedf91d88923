//! A PostgreSQL of one's own: found on this machine, started in a folder and on a port that nobody else
//! has, gone when whoever started it is gone. For tests, benchmarks and the rounds that kill things.
//!
//! | module | what it does |
//! |---|---|
//! | `programs` | where PostgreSQL's programs are, and as whom they are run |
//! | `folder` | what is in a server's folder: its settings, who may come in, its certificate |
//! | `server` | starts, stops, kills and freezes it |
//! | `shared` | one for all tests of a process, or of all processes; each test gets a place of its own |

mod folder;
mod programs;
mod server;
mod shared;

pub use folder::Durability;
pub use programs::{Missing, Programs};
pub use server::Server;
pub use shared::{SERVER, Shared, execute, shared};

/// The user that connects, who may do everything.
pub const USER: &str = "stead";

/// Another user, who has to show [`GUARDED_PASSWORD`] to be let in by the network.
pub const GUARDED: &str = "guarded";

/// The password of [`GUARDED`].
pub const GUARDED_PASSWORD: &str = "let me in";
