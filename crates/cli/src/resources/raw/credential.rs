//! What an application proves itself with, as it is written.

use crate::document::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// Something an application proves itself with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Credential {
    /// A file that holds a shared secret.
    SecretFile(At<String>),
    /// A file that holds public keys as a JWK set.
    JwksFile(At<String>),
    /// The JWK set itself, as JSON: it holds public keys only.
    Jwks(At<String>),
    /// Another issuer's tokens about the application.
    Federated(At<Federated>),
}

/// Another issuer's tokens about the application, sent as its client assertion: a Kubernetes service
/// account's, a CI job's, another tenant's. Everything is compared byte by byte.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Federated {
    /// Who issues them: an `https` URL, as in their `iss`.
    pub issuer: At<String>,
    /// Whom they speak of: their `sub`.
    pub subject: At<String>,
    /// Whom they are addressed to: their only `aud`; `api://AzureADTokenExchange` if absent.
    pub audience: Option<At<String>>,
    /// A file that holds the issuer's public keys as a JWK set. Without it and `jwks`, the issuer is asked
    /// for them, by its discovery document.
    pub jwks_file: Option<At<String>>,
    /// That JWK set itself, as JSON.
    pub jwks: Option<At<String>>,
}
