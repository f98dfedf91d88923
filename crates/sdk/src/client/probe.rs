//! Whether the provider takes the credential, without a token being issued: for those who look before they start.

use super::exchange::{Ask, By};
use super::{AcquireError, Obo, Target};
use stead_proto::secret::RefreshToken;

/// What nobody was ever given. Who may ask is looked at first (RFC 6749 §5.2).
const NOBODYS: &str = "nobody-was-ever-given-this";

/// Errors of somebody who was believed to be who they say they are.
const BELIEVED: [&str; 2] = ["unauthorized_client", "unsupported_grant_type"];

impl Obo {
    /// Asks for what cannot be had, and looks at what the refusal is about. An error is one of the credential, of the
    /// set-up, or of a provider that cannot be asked.
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
