//! The server from outside: over real sockets, in real TLS.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up should stop")]

mod admin;
mod admin_versions;
mod authority;
mod cors;
mod feed;
mod feed_wire;
mod limits;
mod pages;
mod passkeys;
mod passkeys_refused;
mod proved;
mod serve;
mod shortcut;
mod shutdown;
mod unavailable;
mod world;
