//! `[api]` as it is written.

use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A token API for the application itself, on this machine and for nobody else: `POST /token` and `POST /introspect`,
/// and the paths of nais/texas (`/api/v1/token`, `/api/v1/token/exchange`, `/api/v1/introspect`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// A Unix socket, like `unix:/run/stead/api.sock`, or a loopback address and port.
    pub listen: At<String>,
    /// Who may use the socket.
    #[serde(default)]
    pub socket_for: SocketFor,
    /// A file with a token that every caller shows in the header `X-Stead-Api-Token`. Needed on loopback, where
    /// everybody on the machine could ask otherwise.
    pub token_file: Option<At<String>>,
    /// Whether tokens of the application itself are given, where one is asked for by name (client credentials).
    /// Nobody who asks on behalf of a user is ever given one.
    #[serde(default)]
    pub own_tokens: bool,
    /// What callers call a provider, and what it is called here: `tokenx = "corp"`. Providers go by their own names too.
    #[serde(default)]
    pub identity_providers: BTreeMap<String, At<String>>,
}

/// Who may use a socket.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SocketFor {
    /// The user that the gateway runs as: mode 0600.
    #[default]
    Owner,
    /// Its group too: mode 0660.
    Group,
}
