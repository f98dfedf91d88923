//! `stead gateway`: run it, or look at its file.

use clap::{Args, Subcommand, ValueEnum};

/// The gateway.
#[derive(Debug, Clone, Copy, Args)]
pub struct Gateway {
    /// Instead of running it.
    #[command(subcommand)]
    pub instead: Option<GatewayInstead>,
}

/// What else there is to do with a gateway's file.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum GatewayInstead {
    /// Print one to begin with
    #[command(after_help = "Example:\n  stead gateway example entra > gateway.toml")]
    Example {
        /// For which provider; or for another proxy that asks before it forwards
        #[arg(value_name = "FOR")]
        beginning: Beginning,
    },
    /// Find every mistake in it
    Check,
    /// Print its JSON schema
    Schema,
    /// Print its reference page, docs/reference/gateway.md
    Reference,
}

/// What to begin with: a file of `examples`, for whoever has the program alone.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Beginning {
    /// Stead
    Stead,
    /// Microsoft Entra ID
    Entra,
    /// Okta
    Okta,
    /// Auth0
    Auth0,
    /// Keycloak
    Keycloak,
    /// Any server of RFC 8693
    Rfc8693,
    /// Envoy, Istio, nginx or Traefik in front, which asks
    ExtAuthz,
}

impl Beginning {
    /// The whole file.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Stead => include_str!("../../../../examples/providers/stead.toml"),
            Self::Entra => include_str!("../../../../examples/providers/entra.toml"),
            Self::Okta => include_str!("../../../../examples/providers/okta.toml"),
            Self::Auth0 => include_str!("../../../../examples/providers/auth0.toml"),
            Self::Keycloak => include_str!("../../../../examples/providers/keycloak.toml"),
            Self::Rfc8693 => include_str!("../../../../examples/providers/rfc8693.toml"),
            Self::ExtAuthz => include_str!("../../../../examples/ext-authz.toml"),
        }
    }
}
