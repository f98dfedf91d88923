//! The decisions against a store in memory: one file a flow, a fresh world a test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop"
)]

mod admin;
mod admin_reconcile;
mod admin_sessions;
mod anchors;
mod client_proofs;
mod codes;
mod consented;
mod error_table;
mod exchange_chain;
mod exchange_lifetime;
mod exchange_scopes;
mod explain;
mod lineage;
mod login;
mod login_consent;
mod login_logout;
mod login_session;
mod numbers;
mod proved;
mod refresh_families;
mod retention;
mod tab;
mod tokens;
mod vectors;
mod world;
