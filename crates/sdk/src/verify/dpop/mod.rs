//! Tokens that are bound to a key (RFC 9449): taken from whoever shows, for this request, to have the key.
//!
//! | file | what it does |
//! |---|---|
//! | this one | how it is set up, and what a proof has to say |
//! | `outside` | where the API is, seen from outside: what `htu` has to be |
//! | `nonces` | nonces, without a memory of them |
//! | `seen` | proofs seen before, so that none is taken twice |
//! | `shared` | the same for several processes, in a place that they share |

mod nonces;
mod outside;
mod seen;
mod shared;

pub use shared::{Noting, SharedProofs, SharedProofsTrouble};

use super::bearer::Scheme;
use super::{Caller, TokenProblem, VerifyError};
use crate::error::SetupError;
use http::{HeaderMap, Method, Uri};
use nonces::Nonces;
use outside::Outside;
use seen::Seen;
use shared::Shared;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stead_proto::digest::{Sha256, constant_time_eq};
use stead_proto::jwt::{Algorithm, DpopClaims, DpopProof, JwtError};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};

/// The header that a proof stands in (RFC 9449 §4.1).
const PROOF: &str = "dpop";

/// What proofs may be signed with, as a challenge says it.
const ALGORITHMS: [Algorithm; 4] = Algorithm::ALL;

/// Most proofs that are remembered, unless said otherwise.
const MAX_PROOFS: usize = 1_000_000;

/// Later than any proof that is meant.
const ABSURD: i64 = 1 << 40;

/// Takes tokens that are bound to a key, with a proof for each request (RFC 9449 §7).
///
/// ```
/// use stead::{Seconds, Verifier, verify::Dpop};
/// let verifier = Verifier::builder()
///     .issuer("https://id.example/acme/v2.0")
///     .audience("api://company-data")
///     .dpop(Dpop::at("https://data.example")?.max_age(Seconds(30)))
///     .build()?;
/// # Ok::<(), stead::SetupError>(())
/// ```
///
/// A proof is for one request: its method, its URL, its token, its moment. It is taken once by each verifier;
/// where several processes serve one API, [`shared_proofs`](Self::shared_proofs) makes that once by all, and
/// [`nonces`](Self::nonces) and a short [`max_age`](Self::max_age) keep small what could be shown to another of them. A bound token without a proof is refused, as it is without
/// any of this.
///
/// What was seen is remembered here, and clones share it: a verifier that takes the place of another takes no proof a
/// second time if it is set up with a clone.
#[derive(Debug, Clone)]
pub struct Dpop {
    outside: Outside,
    max_age: Seconds,
    nonces: Option<Nonces>,
    schemes: &'static [Scheme],
    seen: Arc<Mutex<Seen>>,
    shared: Option<Shared>,
}

/// What is wrong with a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofProblem {
    /// There is none, or more than one.
    #[error("there has to be exactly one DPoP header")]
    NotOne,
    /// Form, algorithm, key or signature.
    #[error("the proof cannot be relied on: {0}")]
    Jwt(JwtError),
    /// For a request with another method.
    #[error("the proof is for another method")]
    OtherMethod,
    /// For a request to another URL.
    #[error("the proof is for another URL")]
    OtherUrl,
    /// For another token, or for none.
    #[error("the proof is for another token")]
    OtherToken,
    /// By another key than the token is bound to.
    #[error("the proof is by another key than the token's")]
    OtherKey,
    /// Made too long ago, or ended.
    #[error("the proof is too old")]
    TooOld,
    /// Made in the future.
    #[error("the proof is not valid yet")]
    NotYet,
    /// Shown before.
    #[error("the proof was used before")]
    Used,
}

impl Dpop {
    /// For an API that its callers reach under this URL, such as `https://data.example`. If a proxy takes a path
    /// away in front of the API's own, with that path. What a request says of its host is not asked.
    pub fn at(url: &str) -> Result<Self, SetupError> {
        Ok(Self {
            outside: Outside::read(url)?,
            max_age: Seconds(60),
            nonces: None,
            schemes: &[Scheme::Bearer, Scheme::Dpop],
            seen: remembering(MAX_PROOFS),
            shared: None,
        })
    }

    /// The same, where it is reached under this URL as well. Of several, a request's host, in its URL or its `Host`, says
    /// for which its proof has to be; there is none for a host that none of them has. Where several are on one host, so
    /// does its port, which is that of the scheme if it names none.
    pub fn also_at(mut self, url: &str) -> Result<Self, SetupError> {
        self.outside = self.outside.and(url)?;
        Ok(self)
    }

    /// For how long a proof can be shown after it was made; 60 seconds by default, besides the leeway of the
    /// verifier.
    #[must_use]
    pub fn max_age(mut self, length: Seconds) -> Self {
        self.max_age = length;
        self
    }

    /// Every proof has to hold a nonce of the last one or two minutes, which callers are told (RFC 9449 §9). They
    /// are made of this key, so that processes with the same key take each other's.
    #[must_use]
    pub fn nonces(mut self, key: &[u8; 32]) -> Self {
        self.nonces = Some(Nonces::new(key));
        self
    }

    /// Takes no bearer tokens.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.schemes = &[Scheme::Dpop];
        self
    }

    /// How many proofs are remembered at most; a million by default, of about 50 bytes. When there are more,
    /// the oldest are forgotten, and none as old as those is taken any more.
    #[must_use]
    pub fn max_proofs(mut self, most: usize) -> Self {
        self.seen = remembering(most);
        self
    }
}

impl Dpop {
    /// Tells other processes of the proofs that are seen here, and takes none that they have seen, by a place that they
    /// share. It is waited for so long. While it does not answer in time, only what was seen here is known.
    #[must_use]
    pub fn shared_proofs(mut self, place: impl SharedProofs, patience: Duration) -> Self {
        self.shared = Some(Shared::new(Arc::new(place), patience));
        self
    }
}

fn remembering(most: usize) -> Arc<Mutex<Seen>> {
    Arc::new(Mutex::new(Seen::new(most)))
}

/// What a request shows besides its token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'r> {
    pub(super) method: &'r Method,
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
}

/// How they are taken at a verifier.
#[derive(Debug)]
pub(super) struct Checking {
    dpop: Dpop,
    leeway: Seconds,
}

impl Checking {
    pub(super) fn new(dpop: Dpop, leeway: Seconds) -> Self {
        Self { dpop, leeway }
    }

    pub(super) fn schemes(&self) -> &'static [Scheme] {
        self.dpop.schemes
    }

    /// The nonce for the next proof, if they need one.
    pub(super) fn nonce(&self, now: Timestamp) -> Option<String> {
        self.dpop.nonces.as_ref().map(|nonces| nonces.at(now))
    }

    /// Whether the caller's token is bound to a key, and the request proves to have it (RFC 9449 §4.3). That it
    /// was not shown before is asked last: only what could be taken is remembered.
    pub(super) async fn check(
        &self,
        caller: &Caller,
        shown: Shown<'_>,
        now: Timestamp,
    ) -> Result<(), VerifyError> {
        let (proof, made) = self.proved(caller, shown, now)?;
        let life = Seconds(self.dpop.max_age.0.saturating_add(self.leeway.0));
        self.dpop.seen.lock().unwrap_or_else(PoisonError::into_inner).first(
            proof,
            made,
            now - life,
        )?;
        if let Some(shared) = &self.dpop.shared {
            // Their clocks may be behind.
            let keep = (made + life + self.leeway).left_at(now);
            shared.first(&proof, keep).await?;
        }
        Ok(())
    }

    /// What the proof is remembered by, and when it was made, if it is one.
    fn proved(
        &self,
        caller: &Caller,
        shown: Shown<'_>,
        now: Timestamp,
    ) -> Result<(Sha256, Timestamp), VerifyError> {
        let key = caller.bound_to().ok_or(TokenProblem::NotBound)?;
        let proof = DpopProof::read(&the_one(shown.headers)?, &ALGORITHMS);
        let proof = proof.map_err(ProofProblem::Jwt)?;
        if proof.key != key {
            return Err(ProofProblem::OtherKey.into());
        }
        self.is_for(&proof.claims, caller, shown)?;
        let made = self.made(&proof.claims, now)?;
        self.has_nonce(&proof.claims, now)?;
        Ok((seen::name(&key, &proof.claims.jti), made))
    }

    fn is_for(
        &self,
        says: &DpopClaims,
        caller: &Caller,
        shown: Shown<'_>,
    ) -> Result<(), ProofProblem> {
        if says.htm != shown.method.as_str() {
            return Err(ProofProblem::OtherMethod);
        }
        if !self.dpop.outside.is_at(&says.htu, shown) {
            return Err(ProofProblem::OtherUrl);
        }
        if says.ath.as_ref() != Some(caller.digest()) {
            return Err(ProofProblem::OtherToken);
        }
        Ok(())
    }

    /// When it was made, if that is neither too long ago nor to come.
    fn made(&self, says: &DpopClaims, now: Timestamp) -> Result<Timestamp, ProofProblem> {
        let time = |secs: i64| {
            let sound = (1..ABSURD).contains(&secs).then(|| Timestamp::from_secs(secs));
            sound.ok_or(ProofProblem::Jwt(JwtError::BadTime))
        };
        let (made, latest) = (time(says.iat)?, now + self.leeway);
        let ended = says.exp.map(time).transpose()?.is_some_and(|end| end + self.leeway <= now);
        if ended || made + self.dpop.max_age + self.leeway <= now {
            return Err(ProofProblem::TooOld);
        }
        if made > latest || says.nbf.map(time).transpose()?.is_some_and(|begins| begins > latest) {
            return Err(ProofProblem::NotYet);
        }
        Ok(made)
    }

    fn has_nonce(&self, says: &DpopClaims, now: Timestamp) -> Result<(), VerifyError> {
        let Some(nonces) = &self.dpop.nonces else { return Ok(()) };
        if says.nonce.as_deref().is_some_and(|nonce| nonces.takes(nonce, now)) {
            return Ok(());
        }
        Err(VerifyError::UseNonce { nonce: nonces.at(now) })
    }
}

/// What proofs may be signed with, in a challenge.
pub(super) fn algorithms() -> String {
    ALGORITHMS.map(Algorithm::as_str).join(" ")
}

fn the_one(headers: &HeaderMap) -> Result<Jwt, ProofProblem> {
    let mut all = headers.get_all(PROOF).iter();
    match (all.next().and_then(|proof| proof.to_str().ok()), all.next()) {
        (Some(proof), None) => Ok(Jwt::new(proof)),
        _ => Err(ProofProblem::NotOne),
    }
}

/// In the same time whatever the difference is.
fn same(one: &str, other: &str) -> bool {
    constant_time_eq(one.as_bytes(), other.as_bytes())
}
