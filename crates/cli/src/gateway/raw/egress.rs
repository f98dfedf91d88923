//! `[handles]` and `[egress]` as they are written.

use super::For;
use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an application gets in the place of its caller's token, where its route says `exchange = "handle"`. It is worth
/// something at this process alone, and no longer than the token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Handles {
    /// The most at once; those that nobody shows give way.
    pub most: At<u32>,
}

impl Default for Handles {
    fn default() -> Self {
        Self { most: At::unsaid(100_000_u32) }
    }
}

/// The way out for an application that holds handles: a proxy for plain HTTP (`HTTP_PROXY`), which puts a token in each
/// handle's place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// A loopback address and port.
    pub listen: At<String>,
    /// Where the application may go; everywhere else it is refused.
    pub target: Vec<At<EgressTarget>>,
}

/// Where an application may go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EgressTarget {
    /// The host that it asks for, like `data.internal`, with a port if it is not 80.
    pub host: At<String>,
    /// Where its requests go: `http://host:port`, `https://host` or `h2c://host:port`; to the host itself if absent.
    pub upstream: Option<At<String>>,
    /// At what the token is to point.
    pub exchange: At<For>,
}
