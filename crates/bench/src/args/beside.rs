//! What may be typed of measurements beside the server's: of the SDK, and of other servers.

use super::{Extent, Rate, Signature, SubjectTokens};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Verifying with the SDK.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// How tokens are signed
    #[arg(
        long,
        value_enum,
        value_name = "NAME,…",
        value_delimiter = ',',
        default_value = "es256,eddsa,rs256"
    )]
    pub algorithms: Vec<Signature>,
    /// How many tokens of each are verified
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub tokens: u32,
}

/// The SDK's tokens acquired before.
#[derive(Debug, Clone, Args)]
pub struct Cache {
    /// For how many users there are tokens
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,100,10000,1000000")]
    pub users: Vec<u32>,
}

/// What is on file, and what is alive.
#[derive(Debug, Clone, Args)]
pub struct Memory {
    /// How many sessions come on file, how many refresh tokens, and how many exchanges are made, twice
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub things: u32,
    /// The folder the server lives in; a temporary one if absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl Memory {
    /// There are no rounds: it is looked at once, after so many.
    pub(crate) fn extent(&self) -> Extent {
        Extent { rounds: 1, seconds: Duration::MAX, requests: self.things.into(), under: None }
    }
}

/// The gateway, beside nginx and Envoy.
#[derive(Debug, Clone, Args)]
pub struct Gateway {
    /// How long and how often
    #[command(flatten)]
    pub extent: Extent,
    /// How many connections, one request at a time on each
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub connections: usize,
    /// How many users call in turns
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub users: u32,
    /// How many requests come before the first round, through each
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub warm_up: u64,
    /// Besides as many as each can: both at a fixed rate, a number a second, `half` of what the slower one can, or
    /// `none`
    #[arg(long, value_name = "RATE", default_value = "half")]
    pub rate: Rate,
    /// For how many users tokens are kept, to tell what that takes in memory
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub cached_users: u32,
    /// The nginx
    #[arg(long, value_name = "FILE", default_value = "/usr/sbin/nginx")]
    pub nginx: PathBuf,
    /// An Envoy, which asks the gateway for each request; not measured if absent
    #[arg(long, value_name = "FILE")]
    pub envoy: Option<PathBuf>,
}

/// Exchanges of Stead and of other servers.
#[derive(Debug, Clone, Args)]
pub struct Peers {
    /// How long and how often
    #[command(flatten)]
    pub extent: Extent,
    /// The command that starts another server; may come several times
    #[arg(long = "peer", value_name = "COMMAND", required = true)]
    pub peers: Vec<String>,
    /// Whether Stead is shown each token once, or one a user again and again; peers are shown theirs again
    #[arg(long, value_enum, default_value_t = SubjectTokens::Cold)]
    pub subject_tokens: SubjectTokens,
    /// How many connections, one request at a time on each
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub connections: usize,
    /// How many users Stead has on file, all of whom are acted for
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub users: u32,
    /// How many exchanges come before the first round, on each server
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub warm_up: u64,
    /// The folder Stead lives in, kept and used again the next time; a temporary one if absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
