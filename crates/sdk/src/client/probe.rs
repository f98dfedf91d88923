//! Whether the provider takes the credential, found out without a token being issued.

use super::exchange::{Ask, By};
use super::{AcquireError, Obo, Target};
use stead_proto::secret::RefreshToken;

/// A refresh token that nobody was ever given: the provider refuses it, but authenticates the client first
/// (RFC 6749 §5.2).
const NOBODYS: &str = "nobody-was-ever-given-this";

/// Refusals that come after the client was authenticated.
const BELIEVED: [&str; 2] = ["unauthorized_client", "unsupported_grant_type"];

impl Obo {
    /// Whether the provider takes the credential: it is asked for a token that cannot be had, and the refusal tells.
    ///
    /// # Errors
    /// [`AcquireError::Config`] if the credential is not taken or something else is set up wrongly,
    /// [`AcquireError::Unavailable`] if the provider does not answer.
    pub async fn credential_is_taken(&self) -> Result<(), AcquireError> {
        let (nothing, target) = (RefreshToken::new(NOBODYS), Target::parse("urn:nothing/at-all")?);
        let by = By::RefreshToken(&nothing);
        let ask = Ask { by, target: &target, user: None, limit: None };
        match self.0.exchange.fresh(&self.0.provider, &ask).await {
            Ok(_) | Err(AcquireError::Denied(_) | AcquireError::Challenge(_)) => Ok(()),
            Err(AcquireError::Config(problem))
                if BELIEVED.iter().any(|error| problem.contains(error)) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
