//! Federated credentials as the admin API shows and takes them.

use crate::admin::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stead_core::model::federated::{EXCHANGE_AUDIENCE, Federated, KeysFrom};
use stead_proto::id::{Audience, Issuer, Subject};
use stead_proto::jwt::{JwkSet, RsaDefault};
use utoipa::ToSchema;

/// Another issuer's tokens about an application. All of it is compared byte by byte.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FederatedForm {
    /// Who issues them: an `https` URL.
    #[schema(value_type = String, example = "https://token.actions.githubusercontent.com")]
    pub issuer: Issuer,
    /// Whom they speak of.
    #[schema(value_type = String, example = "system:serviceaccount:reports:api")]
    pub subject: Subject,
    /// Whom they are addressed to, alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, default = "api://AzureADTokenExchange")]
    pub audience: Option<Audience>,
    /// The issuer's public keys (JWKS, RFC 7517 §5); found by its discovery document if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub keys: Option<Value>,
}

impl From<&Federated> for FederatedForm {
    fn from(agreed: &Federated) -> Self {
        Self {
            issuer: agreed.issuer.clone(),
            subject: agreed.subject.clone(),
            audience: Some(agreed.audience.clone()),
            keys: match &agreed.keys {
                KeysFrom::Discovery => None,
                KeysFrom::Given(keys) => serde_json::to_value(keys).ok(),
            },
        }
    }
}

impl FederatedForm {
    /// What is agreed by it.
    pub(super) fn agreed(self) -> Result<Federated, Refusal> {
        let usual = || Audience::parse(EXCHANGE_AUDIENCE);
        let audience = self.audience.map_or_else(usual, Ok);
        let keys = self.keys.map(|set| key_set(&set, RsaDefault::Rs256)).transpose()?;
        Ok(Federated {
            issuer: self.issuer,
            subject: self.subject,
            audience: audience.map_err(|bad| Refusal::Unfit(bad.to_string()))?,
            keys: keys.map_or(KeysFrom::Discovery, KeysFrom::Given),
        })
    }
}

/// A set of public keys as it was written; `rsa` is how RSA keys sign that do not say.
pub(super) fn key_set(written: &Value, rsa: RsaDefault) -> Result<JwkSet, Refusal> {
    let keys = JwkSet::parse_strict(written.to_string().as_bytes(), rsa);
    keys.map_err(|bad| Refusal::Unfit(format!("keys: {bad}")))
}
