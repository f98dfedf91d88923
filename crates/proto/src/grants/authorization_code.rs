//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5).

use crate::form::Form;
use crate::grants::{ParseError, Target};
use crate::secret::{AuthorizationCode, CodeVerifier};

/// A code and what proves that it was meant for the sender.
#[derive(Debug, Clone)]
pub struct AuthorizationCodeGrant {
    /// The code.
    pub code: AuthorizationCode,
    /// The redirect URI of the authorization request, repeated.
    pub redirect_uri: Option<String>,
    /// The PKCE verifier; without one no code is redeemed.
    pub verifier: Option<CodeVerifier>,
    /// What is wanted, when it is less than what was authorized.
    pub target: Target,
    /// Whether Entra's `client_info` is wanted.
    pub client_info: bool,
}

impl AuthorizationCodeGrant {
    pub(super) fn read(form: &Form) -> Result<Self, ParseError> {
        Ok(Self {
            code: AuthorizationCode::new(form.required("code")?),
            redirect_uri: form.one("redirect_uri")?.map(str::to_owned),
            verifier: form.one("code_verifier")?.map(CodeVerifier::new),
            target: Target::read(form)?,
            client_info: form.one("client_info")? == Some("1"),
        })
    }
}
