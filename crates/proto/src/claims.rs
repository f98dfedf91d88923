//! What our tokens say: access tokens (RFC 9068, plus what Entra-trained readers look for) and ID tokens.

use crate::acr::{Acr, Amr};
use crate::capability::Capability;
use crate::delegation::{Actor, MayAct};
use crate::digest::Sha256;
use crate::id::{
    Audience, ClientId, ConsentId, FamilyId, GroupId, Issuer, SessionId, Subject, TenantId,
    TokenId, Username,
};
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The claims of an access token we issue.
///
/// Times are whole seconds since 1970 (`NumericDate`). `sub` and `oid` are the user's stable id, or the
/// client's own id in an app-only token (`idtyp` = `app`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Who issued it.
    pub iss: Issuer,
    /// Whom it speaks of.
    pub sub: Subject,
    /// The one resource it is addressed to.
    pub aud: Audience,
    /// Until when it is valid.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// From when it is valid.
    pub nbf: i64,
    /// Its own name.
    pub jti: TokenId,
    /// The client it was issued to: the actor, once there is one.
    pub client_id: ClientId,
    /// What it allows, separated by spaces; absent in app-only tokens that carry `roles` alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<String>,
    /// The same for readers trained on Entra.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scp: Option<String>,
    /// What an application may do as itself; only in app-only tokens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roles: Option<ScopeSet>,
    /// The sign-in it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<SessionId>,
    /// When the user last proved who they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<i64>,
    /// How strongly.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<Acr>,
    /// By what means.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<Amr>,
    /// Who acts for the subject, outermost the last (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<Actor>,
    /// Who alone may exchange it (RFC 8693 §4.4).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub may_act: Option<MayAct>,
    /// The key its holder must prove (RFC 7800); absent in a bearer token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cnf: Option<Confirmation>,
    /// `client_id` again, as Entra names it.
    pub azp: ClientId,
    /// How that client authenticated: 0 not at all, 1 by secret, 2 by key.
    pub azpacr: Azpacr,
    /// The user's id again, as Entra names it.
    pub oid: Subject,
    /// The tenant.
    pub tid: TenantId,
    /// Always `2.0`.
    pub ver: Ver,
    /// `app` in an app-only token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub idtyp: Option<Idtyp>,
    /// The name the user signs in with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferred_username: Option<Username>,
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The user's groups, where the resource asks for them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<GroupId>,
    /// What the client said it can do, for the resource to know.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub xms_cc: Vec<Capability>,
    /// What it descends from, so that asking whether it is alive needs no look-up of issued tokens.
    pub lineage: Lineage,
}

impl AccessTokenClaims {
    /// Whether it speaks of an application alone, not of a user.
    #[must_use]
    pub fn is_app_only(&self) -> bool {
        self.idtyp == Some(Idtyp::App)
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_secs(self.exp)
    }
}

/// Everything a token descends from, besides what other claims already say (`sub`, `sid`, `act`, `jti`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// When the user signed in, in milliseconds; of an app-only token, when it was issued.
    pub auth: Timestamp,
    /// When the first token of the chain came to be, in milliseconds.
    pub since: Timestamp,
    /// When the session, or the refresh token that continues it, ends in any case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// The families of the authorization code and of the refresh tokens it came of, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub families: Vec<FamilyId>,
    /// The tokens it was exchanged from, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tokens: Vec<TokenId>,
    /// The consents it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub consents: Vec<ConsentId>,
    /// Every client on the way, first the one that obtained the first token.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clients: Vec<ClientId>,
}

/// A proof-of-possession key (RFC 7800 §3): by DPoP thumbprint or by certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Confirmation {
    /// RFC 7638 thumbprint of a DPoP key (RFC 9449 §6.1).
    #[serde(rename = "jkt")]
    DpopKey(Sha256),
    /// SHA-256 of a client certificate (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(Sha256),
}

/// How a client authenticated, as Entra's `azpacr` writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Azpacr {
    /// Not at all: a public client.
    #[serde(rename = "0")]
    Public,
    /// By a shared secret.
    #[serde(rename = "1")]
    Secret,
    /// By a private key.
    #[serde(rename = "2")]
    Key,
}

/// Entra's token version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ver {
    /// The only one we write.
    #[serde(rename = "2.0")]
    V2,
}

/// What kind of subject a token speaks of, where it is not a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Idtyp {
    /// An application as itself.
    #[serde(rename = "app")]
    App,
}

/// The claims of an ID token (OpenID Connect Core §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// Who issued it.
    pub iss: Issuer,
    /// The user.
    pub sub: Subject,
    /// The client it is for.
    pub aud: ClientId,
    /// Until when it is valid.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// When the user last proved who they are.
    pub auth_time: i64,
    /// The value sent with the authorization request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<String>,
    /// How strongly the user signed in.
    pub acr: Acr,
    /// By what means.
    pub amr: Vec<Amr>,
    /// The sign-in.
    pub sid: SessionId,
    /// The user again, as Entra names it.
    pub oid: Subject,
    /// The tenant.
    pub tid: TenantId,
    /// Always `2.0`.
    pub ver: Ver,
    /// What the granted OpenID Connect scopes show of the user.
    #[serde(flatten)]
    pub profile: Profile,
}

/// What the scopes `profile`, `email`, `address` and `phone` show of a user (OpenID Connect Core §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The name the user signs in with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferred_username: Option<Username>,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// Whether the mail address was proved; an unproved one never links accounts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email_verified: Option<bool>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Address>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone_number: Option<String>,
}

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// The whole address, lines separated by `\n`.
    pub formatted: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bound_token_names_its_key_as_rfc_9449_and_8705_write_it() {
        let jkt = Confirmation::DpopKey(crate::digest::sha256(b"key"));
        let written = serde_json::to_value(&jkt).unwrap();
        assert_eq!(written, json!({ "jkt": crate::digest::sha256(b"key").to_string() }));
        assert_eq!(serde_json::from_value::<Confirmation>(written).unwrap(), jkt);
    }
}
