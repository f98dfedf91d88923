//! A JWT as authorization grant (RFC 7523 §2.1): addressed to the authorization server, not to an API.

use crate::form::Form;
use crate::grants::{ParseError, Target};
use crate::secret::Jwt;

/// An assertion about a user made by somebody this tenant may trust.
#[derive(Debug, Clone)]
pub struct JwtBearer {
    /// The assertion.
    pub assertion: Jwt,
    /// What is wanted for it.
    pub target: Target,
}

impl JwtBearer {
    pub(super) fn read(form: &Form) -> Result<Self, ParseError> {
        Ok(Self { assertion: Jwt::new(form.required("assertion")?), target: Target::read(form)? })
    }
}
