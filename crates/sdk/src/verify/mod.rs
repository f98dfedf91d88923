//! Verify: is this token genuine, for us, and who acts for whom with it?
//!
//! | file | what it does |
//! |---|---|
//! | [`bearer`] | request headers → the one token they hold (RFC 6750) |
//! | this one | token → [`Caller`] |
//! | `memory` | tokens verified a moment ago, remembered |
//! | `caller` | what a proved token says |
//! | `rule` | who may come in: scope, actor, depth of the chain |
//! | `error` | why not, and what to answer |
//! | `resource` | what a protected resource says of itself (RFC 9728) |

pub mod bearer;
mod builder;
mod caller;
mod error;
mod memory;
mod resource;
mod rule;

pub use builder::VerifierBuilder;
pub use caller::{AudienceClaim, Caller, CallerClaims};
pub use error::{TokenProblem, VerifyError};
pub use resource::ProtectedResource;
pub use rule::Rule;

use crate::error::SetupError;
use crate::issuer::Provider;
use crate::whole::Sought;
use http::HeaderMap;
use memory::{Memory, Remembered};
use std::sync::Arc;
use stead_proto::id::{Audience, Issuer};
use stead_proto::jwt::{Accept, AcceptTyp, Algorithm, KeySet, Times, Typ, Unverified};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};

/// Verifies access tokens (RFC 9068) of one issuer, addressed to one resource. Shared: a clone has the
/// same keys.
///
/// ```
/// use stead::Verifier;
/// let verifier = Verifier::new("https://id.example/acme/v2.0", "api://company-data")?;
/// # Ok::<(), stead::SetupError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    provider: Provider,
    audience: Audience,
    leeway: Seconds,
    memory: Memory,
    resource_metadata: Option<String>,
}

impl Verifier {
    /// Verifies tokens of this issuer for this audience; all else as it is by default.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, SetupError> {
        Self::builder().issuer(issuer).audience(audience).build()
    }

    /// Starts with nothing set.
    #[must_use]
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Verifies a token.
    ///
    /// Strict: `typ` is `at+jwt`, `iss` and `aud` are exactly ours, it has not expired, its signature
    /// is by a key of the issuer, and it is not bound to a key that nobody has shown. A token that was
    /// verified before is remembered by its whole text, while its issuer's keys stay the same; its times
    /// are looked at each time.
    pub async fn verify(&self, token: &Jwt) -> Result<Caller, VerifyError> {
        self.verify_text(token.expose()).await
    }

    /// Verifies the bearer token of a request.
    ///
    /// ```no_run
    /// # async fn f(verifier: stead::Verifier, headers: http::HeaderMap) -> Result<(), stead::VerifyError> {
    /// let caller = verifier.verify_headers(&headers).await?;
    /// println!("{} is here, through {:?}", caller.subject(), caller.actor());
    /// # Ok(()) }
    /// ```
    pub async fn verify_headers(&self, headers: &HeaderMap) -> Result<Caller, VerifyError> {
        self.verify_text(bearer::find(headers)?).await
    }

    async fn verify_text(&self, token: &str) -> Result<Caller, VerifyError> {
        let sought = Sought::new(token);
        if let Some(remembered) = self.0.memory.find(&sought) {
            let keys = self.0.provider.keys().await?;
            if remembered.stands(&keys, self.now(), self.0.leeway) {
                return Ok(remembered.caller);
            }
        }
        let token = Jwt::new(token);
        let (claims, keys) = self.prove(&token).await?;
        let caller = Caller::new(sought.keep(token), claims);
        self.0.memory.keep(Remembered { caller: caller.clone(), keys });
        Ok(caller)
    }

    /// What a token says, and the keys that prove it.
    async fn prove(&self, token: &Jwt) -> Result<(CallerClaims, Arc<KeySet>), VerifyError> {
        let unverified = Unverified::parse(token)?;
        // Both are cheap to ask, and spare the issuer questions about tokens that were never for us.
        if unverified.typ() != Some(Typ::AccessToken) {
            return Err(TokenProblem::NotAnAccessToken.into());
        }
        if unverified.issuer() != Some(self.issuer().as_str()) {
            return Err(TokenProblem::OtherIssuer.into());
        }
        let keys = self.0.provider.keys_with(unverified.header().kid()).await?;
        let accept = Accept {
            typ: AcceptTyp::Exactly(Typ::AccessToken),
            algorithms: &Algorithm::ALL,
            now: self.now(),
            leeway: self.0.leeway,
            times: Times::Required,
        };
        let claims: CallerClaims = unverified.verify(&keys, &accept)?.into_claims();
        self.check(&claims)?;
        Ok((claims, keys))
    }

    /// Whether a caller satisfies a rule, now.
    pub fn permit<R: Rule>(&self, caller: &Caller) -> Result<(), VerifyError> {
        rule::check::<R>(caller, self.now()).map_err(|refused| match refused {
            VerifyError::StepUp(challenge) => {
                VerifyError::StepUp(challenge.at(self.0.provider.known_authorization_endpoint()))
            }
            other => other,
        })
    }

    /// Who signs the tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.0.provider.issuer()
    }

    /// To whom they are addressed.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.0.audience
    }

    /// Where this resource's metadata is (RFC 9728), if it has any.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.0.resource_metadata.as_deref()
    }

    fn now(&self) -> Timestamp {
        self.0.provider.clock().now()
    }

    /// What a signature does not say: whether it is meant for us, and may be used by whoever holds it.
    fn check(&self, claims: &CallerClaims) -> Result<(), TokenProblem> {
        if claims.iss != *self.issuer() {
            return Err(TokenProblem::OtherIssuer);
        }
        if claims.aud != AudienceClaim::One(self.0.audience.clone()) {
            return Err(TokenProblem::OtherAudience);
        }
        if claims.cnf.is_some() {
            return Err(TokenProblem::Bound);
        }
        // Rules name actors by the names they have at our issuer; another's names mean nothing here.
        let outermost = claims.act.as_ref().and_then(|actor| actor.iss.as_ref());
        if outermost.is_some_and(|iss| *iss != claims.iss) {
            return Err(TokenProblem::ForeignActor);
        }
        Ok(())
    }
}
