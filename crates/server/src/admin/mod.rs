//! The admin API: who may change what, over HTTP, on a listener of its own.
//!
//! | module | what it holds |
//! |---|---|
//! | `routes` | which path is which, and the machine description made from that |
//! | `desk` | what a handler is handed: the tenant, the moment, a body that was understood |
//! | `refusal` | what is answered when something does not end well |
//! | [`types`] | what goes in and out, apart from the model: no secret has a field to leave by |
//! | `applications`, `users`, … | the handlers: read, ask `stead_core::admin`, write |
//!
//! Whoever holds the token may do everything for every tenant; there are no roles yet.

mod applications;
mod consents;
mod desk;
mod explain;
mod factors;
mod faults;
mod groups;
mod health;
mod keys;
mod records;
mod refusal;
mod revocations;
mod routes;
mod sessions;
pub mod types;
mod users;

pub use routes::{ROUTES, description, router};
