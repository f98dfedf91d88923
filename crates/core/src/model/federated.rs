//! Federated credentials: another issuer's token about a program, taken as that program's proof of who it is.

use serde::{Deserialize, Serialize};
use stead_proto::id::{Audience, Issuer, Subject};
use stead_proto::jwt::JwkSet;

/// The audience that such tokens carry unless something else was agreed; the name Entra gave it, which
/// everybody who issues them knows how to ask for.
pub const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// What was agreed about the tokens of another issuer. All of it is compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federated {
    /// Who issues them.
    pub issuer: Issuer,
    /// Whom they speak of: the program, as that issuer knows it.
    pub subject: Subject,
    /// Whom they are addressed to, and nobody else beside.
    pub audience: Audience,
    /// Where the issuer's public keys come from.
    #[serde(default)]
    pub keys: KeysFrom,
}

/// Where another issuer's public keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysFrom {
    /// From the issuer itself, by its discovery document.
    #[default]
    Discovery,
    /// They were given.
    Given(JwkSet),
}
