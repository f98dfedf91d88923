//! The decisions against a store in memory: one file a flow, a fresh world a test.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set up should stop")]

mod admin;
mod admin_reconcile;
mod login;
mod login_consent;
mod login_logout;
mod login_session;
mod tab;
mod world;
