//! A client as itself (RFC 6749 §4.4).

use crate::form::Form;
use crate::grants::{ParseError, Target};

/// What a client wants as itself.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// What it wants.
    pub target: Target,
}

impl ClientCredentials {
    /// A request that also speaks of a user is refused: nobody gets a user's request answered with
    /// the client's own powers.
    pub(super) fn read(form: &Form) -> Result<Self, ParseError> {
        for of_a_user in ["requested_token_use", "assertion", "subject_token", "actor_token"] {
            if form.was_sent(of_a_user) {
                return Err(ParseError::Invalid(of_a_user));
            }
        }
        Ok(Self { target: Target::read(form)? })
    }
}
