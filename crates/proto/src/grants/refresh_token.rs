//! Using a refresh token (RFC 6749 §6).

use crate::form::Form;
use crate::grants::{ParseError, Target};
use crate::secret::RefreshToken;

/// A refresh token and what is wanted for it.
#[derive(Debug, Clone)]
pub struct RefreshTokenGrant {
    /// The token.
    pub refresh_token: RefreshToken,
    /// What is wanted; nothing means what was granted.
    pub target: Target,
    /// Whether Entra's `client_info` is wanted.
    pub client_info: bool,
}

impl RefreshTokenGrant {
    pub(super) fn read(form: &Form) -> Result<Self, ParseError> {
        Ok(Self {
            refresh_token: RefreshToken::new(form.required("refresh_token")?),
            target: Target::read(form)?,
            client_info: form.one("client_info")? == Some("1"),
        })
    }
}
