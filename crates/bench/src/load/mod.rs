//! The other side: connections that stay open, one request at a time on each, and how long answers took.
//!
//! | file | what it does |
//! |---|---|
//! | `target` | where the server is, and how it is spoken to |
//! | `requests` | what is asked in a round |
//! | `connection` | one connection, plain or TLS, HTTP/1.1 |
//! | `drive` | all of them, for one round |
//! | `pace` | when the next request is due |
//! | `latencies` | how long answers took |
//!
//! All of it runs on one thread: two cores are shared with the server, and it has to get what it can.

mod connection;
mod drive;
mod latencies;
mod pace;
mod requests;
mod target;

pub use connection::Connection;
pub use drive::{Driven, Load, drive, drive_here};
pub use latencies::{Latencies, Spread};
pub use pace::Pace;
pub use requests::{Question, Requests, posted, wanted};
pub use target::{Target, Tls};
