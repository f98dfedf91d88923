//! Proof by failure: a real `stead serve` is killed, starved and stopped under load, and what it had promised
//! is looked for.
//!
//! | part | what it does |
//! |---|---|
//! | [`world`] | the folder of a server: its files, and what its clients know |
//! | [`server`] | the process: started, listened to, killed |
//! | [`actor`] | one user and what clients do for them, with what they remember |
//! | [`web`] | how they ask, and which answers there are |
//! | [`nodes`] | where servers are, when there are several |
//! | [`ledger`] | what was promised: every acknowledgement |
//! | [`once`] | what works once |
//! | [`inspect`] | looks, on file, for what was promised |
//! | [`loss`] | a promise that was not kept |
//! | [`cases`] | what is done to the server |
//! | `trouble` | what can be done to a store and undone |
//! | `disk` | disks that fail as asked |
//! | [`report`] | what came of it |
//! | [`page`] | the same, for `docs/reference/failure.md` |
//!
//! Why so: `docs/adr/0025-proof-by-failure.md`.

pub mod actor;
pub mod cases;
mod disk;
pub mod inspect;
pub mod ledger;
pub mod load;
pub mod loss;
pub mod nodes;
pub mod once;
pub mod page;
pub mod report;
pub mod sabotage;
pub mod server;
mod trouble;
pub mod web;
pub mod world;
