//! Second factors as the admin API shows them: when, and what they are called; nothing that proves them.

use serde::Serialize;
use stead_core::model::factors::{Factors, Passkey, Totp};
use stead_proto::id::CredentialId;
use utoipa::ToSchema;

/// What a user can prove beside their password.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactorsView {
    /// The app that shows one-time codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<TotpView>,
    /// Passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// How many recovery codes are left.
    pub recovery_left: usize,
}

/// An app that shows one-time codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpView {
    /// What the user calls it.
    pub name: String,
    /// When it was added.
    #[schema(format = DateTime)]
    pub enrolled: String,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyView {
    /// Its credential id.
    #[schema(value_type = String)]
    pub id: CredentialId,
    /// What the user calls it.
    pub name: String,
    /// When it was added.
    #[schema(format = DateTime)]
    pub enrolled: String,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub last_used: Option<String>,
}

impl From<Factors> for FactorsView {
    fn from(factors: Factors) -> Self {
        Self {
            recovery_left: factors.recovery_left(),
            totp: factors.totp.map(TotpView::from),
            passkeys: factors.passkeys.into_iter().map(PasskeyView::from).collect(),
        }
    }
}

impl From<Totp> for TotpView {
    fn from(totp: Totp) -> Self {
        Self { name: totp.name, enrolled: totp.enrolled.to_string() }
    }
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            enrolled: passkey.enrolled.to_string(),
            last_used: passkey.last_used.map(|at| at.to_string()),
        }
    }
}
