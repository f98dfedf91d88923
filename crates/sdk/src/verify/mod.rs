//! Verify: is this token genuine, for us, and who acts for whom with it?
//!
//! | file | what it does |
//! |---|---|
//! | [`bearer`] | request headers → the one token they hold (RFC 6750) |
//! | this one | token → [`Caller`] |
//! | `trust` | whose tokens are taken, and which names we have there |
//! | [`dpop`](Dpop) | tokens that are bound to a key (RFC 9449) |
//! | `profile` | what an issuer's access tokens look like |
//! | `memory` | tokens verified a moment ago, remembered |
//! | [`feed`](Feed) | what an issuer revokes, heard as it happens |
//! | `caller` | what a proved token says |
//! | `rule` | who may come in: scope, actor, depth of the chain |
//! | `error` | why not |
//! | `answer` | what is answered then |
//! | `resource` | what a protected resource says of itself (RFC 9728) |

mod answer;
pub mod bearer;
mod builder;
mod caller;
mod dpop;
mod error;
mod feed;
mod memory;
mod profile;
mod resource;
mod rule;
mod trust;

pub use builder::VerifierBuilder;
pub use caller::{AudienceClaim, Caller, CallerClaims};
pub use dpop::{Dpop, Noting, ProofProblem, SharedProofs, SharedProofsTrouble};
pub use error::{TokenProblem, VerifyError};
pub use feed::{Feed, FeedState, WhenBroken};
pub use profile::Profile;
pub use resource::ProtectedResource;
pub use rule::{Needs, Rule};
pub use trust::Trust;

use crate::error::SetupError;
use crate::whole::{Sought, Whole};
use bearer::Scheme;
use dpop::{Checking, Shown};
use http::{HeaderMap, Method, Uri};
use memory::{Memory, Remembered};
use std::sync::Arc;
use stead_proto::id::Issuer;
use stead_proto::jwt::{Accept, Algorithm, JwtError, KeySet, Times, Unverified};
use stead_proto::liveness::Descent;
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;
use trust::Trusted;

/// Verifies access tokens (RFC 9068) of one issuer or several, addressed to one resource. Shared: a clone has
/// the same keys.
///
/// A token's `iss`, compared byte by byte, decides which issuer's keys and rules count for it ([`Trust`]).
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
    trusted: Vec<Arc<Trusted>>,
    leeway: Seconds,
    memory: Memory,
    dpop: Option<Checking>,
    resource_metadata: Option<String>,
}

impl Verifier {
    /// Verifies tokens of this issuer for this audience; everything else as it is by default.
    ///
    /// # Errors
    /// When the issuer is no URL that may be asked, or the audience is no name.
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
    /// Strict (RFC 9068 §4, RFC 8725): `iss` is exactly one of ours, `typ` and `aud` are what is agreed with that
    /// issuer (`at+jwt` unless its [`Profile`] says otherwise), it has not expired, its signature is by a key of
    /// the issuer, and it is not bound to a key (`cnf`), since nobody has proved to have that here. A token that
    /// was verified before is remembered by its whole text while its issuer's keys stay the same; its times are
    /// checked each time.
    ///
    /// # Errors
    /// [`VerifyError::InvalidToken`] for a token that is not to be relied on, [`VerifyError::Unavailable`] while
    /// the issuer's keys cannot be had.
    pub async fn verify(&self, token: &Jwt) -> Result<Caller, VerifyError> {
        self.verify_bearer(token.expose()).await
    }

    /// Verifies the bearer token of a request (RFC 6750 §2.1).
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`VerifyError::NoCredentials`] if there is no token, and
    /// [`VerifyError::Malformed`] if there is more than one.
    ///
    /// ```no_run
    /// # async fn f(verifier: stead::Verifier, headers: http::HeaderMap) -> Result<(), stead::VerifyError> {
    /// let caller = verifier.verify_headers(&headers).await?;
    /// println!("{} is here, through {:?}", caller.subject(), caller.actor());
    /// # Ok(()) }
    /// ```
    pub async fn verify_headers(&self, headers: &HeaderMap) -> Result<Caller, VerifyError> {
        // Bytes that were verified a moment ago need not be read once more.
        if let Some(unread) = bearer::unread(headers)
            && let Some(caller) = self.remembered(unread).await?
        {
            return unbound(caller);
        }
        let (_, token) = bearer::find(headers, &[Scheme::Bearer])?;
        self.verify_bearer(token).await
    }

    /// Verifies the token of a request, and, where [`Dpop`] is set up, the proof that comes with it (RFC 9449 §7).
    ///
    /// # Errors
    /// As [`verify_headers`](Self::verify_headers); [`VerifyError::BadProof`] and [`VerifyError::UseNonce`] for a
    /// proof that is not to be relied on.
    ///
    /// ```no_run
    /// # async fn f(verifier: stead::Verifier, request: http::Request<()>) -> Result<(), stead::VerifyError> {
    /// let caller =
    ///     verifier.verify_request(request.method(), request.uri(), request.headers()).await?;
    /// # Ok(()) }
    /// ```
    pub async fn verify_request(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Caller, VerifyError> {
        let Some(dpop) = &self.0.dpop else { return self.verify_headers(headers).await };
        match bearer::find(headers, dpop.schemes())? {
            (Scheme::Bearer, token) => self.verify_bearer(token).await,
            (Scheme::Dpop, token) => {
                let caller = self.known(token).await?;
                let now = self.by(&caller)?.provider.clock().now();
                dpop.check(&caller, Shown { method, uri, headers }, now).await?;
                Ok(caller)
            }
        }
    }

    fn next_nonce(&self, caller: &Caller) -> Option<String> {
        self.0.dpop.as_ref()?.nonce(self.by(caller).ok()?.provider.clock().now())
    }

    async fn verify_bearer(&self, token: &str) -> Result<Caller, VerifyError> {
        unbound(self.known(token).await?)
    }

    /// Who this token speaks for. If it is bound to a key, its sender still has to prove that key.
    async fn known(&self, token: &str) -> Result<Caller, VerifyError> {
        if let Some(caller) = self.remembered(token.as_bytes()).await? {
            return Ok(caller);
        }
        let token = Jwt::new(token);
        let Proof { claims, keys, by, descent } = self.prove(&token).await?;
        let caller = Caller::new(Whole::new(token), claims);
        self.0.memory.keep(Remembered { caller: caller.clone(), keys, by, descent });
        Ok(caller)
    }

    /// Who sends these bytes, if they were verified a moment ago and would be again.
    async fn remembered(&self, token: &[u8]) -> Result<Option<Caller>, VerifyError> {
        let Some(remembered) = self.0.memory.find(&Sought::new(token)) else { return Ok(None) };
        let keys = remembered.by.provider.keys().await?;
        let now = remembered.by.provider.clock().now();
        if !remembered.stands(&keys, now, self.0.leeway) {
            return Ok(None);
        }
        remembered.by.check_alive(remembered.descent.as_ref())?;
        Ok(Some(remembered.caller))
    }

    /// What a token says, the keys that prove it, and whose they are.
    async fn prove(&self, token: &Jwt) -> Result<Proof, VerifyError> {
        let unverified = Unverified::parse(token)?;
        // Both are cheap to ask, and spare issuers questions about tokens that were never for us.
        let by = self.trusted(unverified.issuer()).ok_or(TokenProblem::OtherIssuer)?;
        if !by.profile.takes(unverified.header().typ()) {
            return Err(TokenProblem::NotAnAccessToken.into());
        }
        let keys = by.provider.keys_with(unverified.header().kid()).await?;
        let accept = Accept {
            typ: by.profile.typ(),
            algorithms: &Algorithm::ALL,
            now: by.provider.clock().now(),
            leeway: self.0.leeway,
            times: Times::Required,
        };
        let memory = self.0.memory.of_signatures(&keys, accept.now);
        let claims = match by.profile {
            Profile::Rfc9068 => {
                unverified.verify_remembering(&keys, &accept, &memory)?.into_claims()
            }
            other => {
                other.read(unverified.verify_remembering(&keys, &accept, &memory)?.into_claims())?
            }
        };
        by.check(&claims)?;
        let descent = by.descent(&claims, unverified.header().kid());
        by.check_alive(descent.as_ref())?;
        Ok(Proof { claims, keys, by: Arc::clone(by), descent })
    }

    fn trusted(&self, issuer: Option<&str>) -> Option<&Arc<Trusted>> {
        self.0.trusted.iter().find(|by| issuer == Some(by.provider.issuer().as_str()))
    }

    fn by(&self, caller: &Caller) -> Result<&Arc<Trusted>, TokenProblem> {
        self.trusted(Some(caller.issuer().as_str())).ok_or(TokenProblem::OtherIssuer)
    }

    /// Whether a caller's token is still good: for what goes on longer than a request, such as a WebSocket.
    /// Looks at the clock and at what was heard of revocations; asks nobody.
    ///
    /// # Errors
    /// [`VerifyError::InvalidToken`] if it has expired or was revoked.
    pub fn recheck(&self, caller: &Caller) -> Result<(), VerifyError> {
        let by = self.by(caller)?;
        if by.provider.clock().now() >= caller.expires() + self.0.leeway {
            return Err(JwtError::Expired.into());
        }
        let read = Unverified::parse(caller.token()).ok();
        let key = read.as_ref().and_then(|token| token.header().kid());
        by.check_alive(by.descent(caller.claims(), key).as_ref())
    }

    /// Connects to the revocation feeds, and returns once everything is known that was revoked so far; at once
    /// without a [`Feed`]. Otherwise a verifier connects when it sees its first token.
    pub async fn caught_up(&self) {
        for by in &self.0.trusted {
            if let Some(feed) = by.feed() {
                feed.caught_up(&by.provider).await;
            }
        }
    }

    /// The state of each feed, for monitoring.
    #[must_use]
    pub fn feeds(&self) -> Vec<FeedState> {
        let followed = self.0.trusted.iter().filter_map(|by| Some((by, by.feed()?)));
        followed.map(|(by, feed)| feed.state(&by.provider)).collect()
    }

    /// Whether a caller satisfies a rule, now.
    ///
    /// # Errors
    /// What is missing: a scope, the right actor, a shorter chain, or a stronger or newer sign-in (RFC 9470).
    pub fn permit<R: Rule>(&self, caller: &Caller) -> Result<(), VerifyError> {
        self.permit_needs(caller, &Needs::of::<R>())
    }

    /// The same for a rule that was read from a file.
    pub fn permit_needs<S: AsRef<str>>(
        &self,
        caller: &Caller,
        needs: &Needs<'_, S>,
    ) -> Result<(), VerifyError> {
        let by = self.by(caller)?;
        needs.check(caller, by.provider.clock().now()).map_err(|refused| match refused {
            VerifyError::StepUp(challenge) => {
                VerifyError::StepUp(challenge.at(by.provider.known_authorization_endpoint()))
            }
            other => other,
        })
    }

    /// The issuers whose tokens are taken.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.0.trusted.iter().map(|by| by.provider.issuer())
    }

    /// Where this resource's metadata is (RFC 9728), if it has any.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.0.resource_metadata.as_deref()
    }
}

/// Whoever sends a token as it is must not need to prove a key for it.
fn unbound(caller: Caller) -> Result<Caller, VerifyError> {
    match caller.claims().cnf {
        None => Ok(caller),
        Some(_) => Err(TokenProblem::Bound.into()),
    }
}

/// What a token says, the keys that prove it, whose they are, and what it descends from.
struct Proof {
    claims: CallerClaims,
    keys: Arc<KeySet>,
    by: Arc<Trusted>,
    descent: Option<Arc<Descent>>,
}
