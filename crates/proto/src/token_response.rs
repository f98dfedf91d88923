//! What the token endpoint answers (RFC 6749 §5.1, RFC 8693 §2.2.1), with Entra's extras.

use crate::digest::base64url;
use crate::id::{Subject, TenantId};
use crate::secret::{Jwt, RefreshToken};
use crate::token_type::TokenType;
use serde::{Deserialize, Serialize};

/// An issued token and what is said about it.
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Jwt,
    /// How it is presented.
    pub presented_as: PresentedAs,
    /// Its lifetime in whole seconds.
    pub expires_in: u32,
    /// The scopes, as the client is told them.
    pub scope: String,
    /// What was issued, where RFC 8693 asks to say so.
    pub issued_token_type: Option<TokenType>,
    /// A refresh token, when one was asked for and allowed.
    pub refresh_token: Option<RefreshToken>,
    /// How long that one lives, where it may not be known otherwise: in a page.
    pub refresh_token_expires_in: Option<u32>,
    /// An ID token, when `openid` was asked.
    pub id_token: Option<Jwt>,
    /// Entra's hint about the account, when it was asked for.
    pub client_info: Option<ClientInfo>,
}

/// `token_type` of RFC 6749 §7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PresentedAs {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    #[serde(rename = "DPoP")]
    Dpop,
}

/// Entra's `client_info`: who the account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientInfo {
    /// The user.
    pub uid: Subject,
    /// The tenant.
    pub utid: TenantId,
}

impl ClientInfo {
    /// Unpadded base64url of its JSON, as MSAL reads it.
    #[must_use]
    pub fn encoded(&self) -> String {
        base64url(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// The body on the wire: the only thing that writes tokens out.
#[derive(Serialize)]
pub struct TokenBody<'a> {
    token_type: PresentedAs,
    scope: &'a str,
    expires_in: u32,
    ext_expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_in: Option<u32>,
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<TokenType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
}

impl std::fmt::Debug for TokenBody<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenBody").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl<'a> From<&'a TokenResponse> for TokenBody<'a> {
    fn from(response: &'a TokenResponse) -> Self {
        Self {
            token_type: response.presented_as,
            scope: &response.scope,
            expires_in: response.expires_in,
            ext_expires_in: response.expires_in,
            refresh_in: refresh_in(response.expires_in),
            access_token: response.access_token.expose(),
            issued_token_type: response.issued_token_type,
            refresh_token: response.refresh_token.as_ref().map(RefreshToken::expose),
            refresh_token_expires_in: response.refresh_token_expires_in,
            id_token: response.id_token.as_ref().map(Jwt::expose),
            client_info: response.client_info.as_ref().map(ClientInfo::encoded),
        }
    }
}

/// When MSAL gets the next token while it still has this one: at half of a life of two hours or more.
fn refresh_in(lifetime: u32) -> Option<u32> {
    (lifetime >= 7200).then_some(lifetime / 2)
}

/// A body as read by a client: lenient towards servers that are not ours.
#[derive(Deserialize)]
pub struct ReceivedToken {
    /// The access token.
    pub access_token: String,
    /// How it is to be presented.
    pub token_type: String,
    /// Its lifetime in seconds, when said.
    #[serde(default)]
    pub expires_in: Option<u64>,
    /// What was granted, when said.
    #[serde(default)]
    pub scope: Option<String>,
    /// What was issued, when said.
    #[serde(default)]
    pub issued_token_type: Option<String>,
    /// A refresh token, when there is one.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// An ID token, when there is one.
    #[serde(default)]
    pub id_token: Option<String>,
}

impl std::fmt::Debug for ReceivedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedToken").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_info_is_unpadded_base64url_of_its_json() {
        let info =
            ClientInfo { uid: Subject::parse("u").unwrap(), utid: TenantId::parse("t").unwrap() };
        assert_eq!(info.encoded(), base64url(br#"{"uid":"u","utid":"t"}"#));
    }
}
