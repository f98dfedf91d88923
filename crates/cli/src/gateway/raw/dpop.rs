//! `[inbound.dpop]` as it is written.

use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tokens that are bound to a key of whoever sends them are taken, each with a proof for its request (DPoP, RFC 9449).
/// Without this they are refused. The new token that goes on is bound to none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dpop {
    /// Where callers reach the gateway, like `https://api.example.com`: what their proofs have to be for. Also where
    /// another program does TLS in front: no header is asked for it. Where there are several, the host that a request
    /// names says for which of them its proof has to be, and its port where several are on one host.
    pub origin: Vec<At<String>>,
    /// Whether a token has to be bound.
    #[serde(default)]
    pub mode: DpopMode,
    /// A file with a text drawn at random, 32 characters at least, the same for all gateways behind one address: with
    /// it each proof has to hold a nonce of the last minutes, which is made of that text.
    pub nonce_key_file: Option<At<String>>,
}

/// Whether a token has to be bound to a key.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DpopMode {
    /// Tokens that are bound to none are taken too.
    #[default]
    Accept,
    /// No others are taken.
    Require,
}
