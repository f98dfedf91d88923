//! The token types of RFC 8693 §3.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of token is sent or asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenType {
    /// An OAuth access token.
    #[serde(rename = "urn:ietf:params:oauth:token-type:access_token")]
    AccessToken,
    /// An OAuth refresh token.
    #[serde(rename = "urn:ietf:params:oauth:token-type:refresh_token")]
    RefreshToken,
    /// An OpenID Connect ID token.
    #[serde(rename = "urn:ietf:params:oauth:token-type:id_token")]
    IdToken,
    /// A JWT of no more particular kind.
    #[serde(rename = "urn:ietf:params:oauth:token-type:jwt")]
    Jwt,
    /// A SAML 1.1 assertion.
    #[serde(rename = "urn:ietf:params:oauth:token-type:saml1")]
    Saml1,
    /// A SAML 2.0 assertion.
    #[serde(rename = "urn:ietf:params:oauth:token-type:saml2")]
    Saml2,
}

impl TokenType {
    /// All of them.
    pub const ALL: [TokenType; 6] =
        [Self::AccessToken, Self::RefreshToken, Self::IdToken, Self::Jwt, Self::Saml1, Self::Saml2];

    /// The URN.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::RefreshToken => "urn:ietf:params:oauth:token-type:refresh_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
            Self::Saml1 => "urn:ietf:params:oauth:token-type:saml1",
            Self::Saml2 => "urn:ietf:params:oauth:token-type:saml2",
        }
    }

    /// Reads a URN; one we do not know is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
