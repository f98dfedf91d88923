//! The command line: one binary, `stead`.
//!
//! | module | what it does |
//! |---|---|
//! | [`args`] | what may be typed |
//! | [`commands`] | one file a command |
//! | [`config`] | `stead.toml` → what the server takes |
//! | [`resources`] | resource files → what a tenant shall have |
//! | [`demo`] | the whole journey on this machine |
//! | [`serve`] | the server, run until it is told to stop |
//! | [`gateway`] | `gateway.toml` → what the gateway takes; the gateway, run until it is told to stop |
//! | [`emulate`] | the same server with the names and shapes of another |
//! | [`client_config`] | a library's client for one application, as a module to paste |
//! | [`doctor`] | what a server stands on, looked at |
//! | [`document`] | TOML with places, checked against the shape of a type |
//! | [`member`] | JSON of others, looked into |
//! | [`mistake`] | what is wrong in a file, and where |
//! | [`canonical`] | what is on file → a resource file that says the same |
//! | [`admin_client`] | the admin API, of which these commands are the first client |
//! | [`out`] | the one way to standard output |
//! | [`private`] | files that only their owner may read |
//!
//! Nothing here decides who may act for whom: that is `stead-core`, asked through the server.

pub mod admin_client;
pub mod args;
pub mod canonical;
pub mod client_config;
pub mod commands;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod document;
pub mod emulate;
pub mod gateway;
pub mod member;
pub mod mistake;
pub mod out;
pub mod private;
pub mod resources;
pub mod serve;

use clap::Parser;
use std::process::ExitCode;

/// Runs what was typed. What was refused or failed is said in a sentence, and the status is 1.
#[must_use]
pub fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(error) => {
            out::note(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
