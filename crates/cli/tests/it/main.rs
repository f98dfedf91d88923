//! The real binary, run as people run it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set up should stop")]

mod admin;
mod audit;
mod backup;
mod bad_input;
mod bench;
mod check;
mod client_config;
mod doctor;
mod doctor_gateway;
mod emulate;
mod emulated;
mod faults;
mod help;
mod keys;
mod postgres;
mod reload;
mod stead;
mod token;
mod token_live;
mod told;
