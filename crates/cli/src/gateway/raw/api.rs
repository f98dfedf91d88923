//! `[api]` as it is written.

use super::For;
use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A token API for the application itself, on this machine and for nobody else: `POST /token` and `POST /introspect`,
/// the paths of nais/texas (`/api/v1/token`, `/api/v1/token/exchange`, `/api/v1/introspect`), and those of Microsoft's
/// authentication sidecar (`/Validate`, `/AuthorizationHeader/NAME`, `/DownstreamApi/NAME`).
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
    /// Whether a caller may say otherwise than `downstream` what an API is asked (`optionsOverride.…` of Microsoft's sidecar):
    /// scopes of the same resource, path, method. Never where requests go.
    #[serde(default)]
    pub allow_overrides: bool,
    /// What callers call a provider, and what it is called here: `tokenx = "corp"`. Providers go by their own names too.
    #[serde(default)]
    pub identity_providers: BTreeMap<String, At<String>>,
    /// An API, by the name that callers know it by: at `/AuthorizationHeader/NAME` and `/DownstreamApi/NAME`.
    #[serde(default)]
    pub downstream: BTreeMap<String, At<Downstream>>,
}

/// An API that callers know by a name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Downstream {
    /// At what its tokens point.
    pub exchange: At<For>,
    /// Where it is, like `https://graph.microsoft.com/v1.0`, if the gateway is to call it.
    pub base_url: Option<At<String>>,
    /// What is called under that, if nothing else is said.
    pub path: Option<At<String>>,
    /// How.
    pub method: Option<At<String>>,
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
