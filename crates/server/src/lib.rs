//! Stead's endpoints and pages. Nothing here decides: a handler reads, asks [`stead_core`], writes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | the resolved configuration |
//! | [`serve`] | from a configuration to a running server, and back |
//! | [`app`] | what the handlers share |
//! | `routes` | which path is which |
//! | `oauth`, `pages`, [`admin`] | the endpoints of clients, of people, of administrators |
//! | `error` | OAuth code → HTTP status, once |
//! | [`master_key`] | another master key, while no server runs |
//! | [`moment`] | the one place with a clock and dice |
//! | [`listen`], [`tls`] | sockets, certificates, the development CA |
//!
//! What it does not do: decide who may do what (`stead-core`), read configuration files or the
//! environment (`stead-cli`), write SQL (`stead-store`).

pub mod admin;
mod admin_token;
mod anchors;
pub mod app;
mod client_address;
pub mod config;
mod cookie;
mod error;
mod faults;
mod flow;
mod followers;
mod foreign_keys;
pub mod keys;
pub mod listen;
pub mod master_key;
pub mod metrics;
pub mod moment;
mod oauth;
mod pages;
mod passkeys;
pub mod passwords;
mod patience;
mod places;
mod proved;
mod public_url;
mod qr;
mod rate_limit;
mod readiness;
mod recovery;
mod request;
mod retention;
mod routes;
pub mod serve;
mod session_cookie;
mod shortcut;
mod sockets;
mod start_error;
mod telemetry;
mod tenants;
pub mod tls;
mod totp;
mod wire_log;

pub use client_address::{BadNetwork, Network};
pub use pages::assets::CHALLENGE_SCRIPT;
pub use serve::{ReloadError, Running, start};
pub use sockets::AdminAddress;
pub use start_error::StartError;
