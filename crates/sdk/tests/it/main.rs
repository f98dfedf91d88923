//! The SDK against a small issuer of its own, over HTTP on loopback. Time stands where a test puts it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set up should stop"
)]

mod acquire;
mod cache;
mod credentials;
mod crossing;
mod discovery;
mod disorder;
mod dpop;
mod dpop_shared;
mod elsewhere;
mod forgery;
mod grpc;
mod issuers;
mod keys;
mod long_running;
mod memory;
mod outgoing;
mod own;
mod providers;
#[cfg(feature = "redis")]
mod redis;
mod resting;
mod stub;
mod tls;
mod verify;
mod web;
