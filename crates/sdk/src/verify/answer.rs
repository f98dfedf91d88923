//! The answer to a request that is not let in (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3).

use super::bearer::Scheme;
use super::dpop::algorithms;
use super::{Caller, TokenProblem, Verifier, VerifyError};
use crate::challenge::AuthChallenge;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use stead_proto::error::ErrorCode;
use stead_proto::time::Seconds;

/// The header that gives a nonce (RFC 9449 §8.1).
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// When to try again, where nobody said.
const RETRY: Seconds = Seconds(5);

/// What the verifier takes, in whose name it is answered.
#[derive(Debug, Clone, Copy)]
struct Taking<'v> {
    schemes: &'static [Scheme],
    resource_metadata: Option<&'v str>,
}

impl VerifyError {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials
            | Self::InvalidToken(_)
            | Self::BadProof(_)
            | Self::UseNonce { .. }
            | Self::StepUp(_) => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::InsufficientScope { .. }
            | Self::AppOnly
            | Self::ActorRefused
            | Self::ChainTooDeep => StatusCode::FORBIDDEN,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The headers of the answer, where bearer tokens alone are taken; `resource_metadata` is where the resource
    /// describes itself (RFC 9728). See also [`Verifier::refusal`].
    #[must_use]
    pub fn headers(&self, resource_metadata: Option<&str>) -> HeaderMap {
        self.told(Taking { schemes: &[Scheme::Bearer], resource_metadata })
    }

    fn told(&self, taking: Taking<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Self::Unavailable { retry_after } = self {
            let Seconds(seconds) = retry_after.unwrap_or(RETRY);
            headers.insert(header::RETRY_AFTER, seconds.into());
            return headers;
        }
        if let Self::UseNonce { nonce } = self
            && let Ok(nonce) = HeaderValue::from_str(nonce)
        {
            headers.insert(NONCE, nonce);
        }
        for value in self.challenges(taking) {
            headers.append(header::WWW_AUTHENTICATE, value);
        }
        headers
    }

    fn challenges(&self, taking: Taking<'_>) -> Vec<HeaderValue> {
        let schemes = self.schemes(taking.schemes);
        if let Self::StepUp(challenge) = self {
            let bearer = schemes.contains(&Scheme::Bearer).then(|| challenge.www_authenticate());
            let dpop = schemes.contains(&Scheme::Dpop);
            let dpop = dpop.then(|| challenge.in_scheme(begun(Scheme::Dpop)).to_header());
            return bearer.into_iter().flatten().chain(dpop).collect();
        }
        let one = |scheme: &Scheme| self.challenge(begun(*scheme), taking).to_header();
        schemes.iter().map(one).collect()
    }

    fn challenge(&self, mut challenge: AuthChallenge, taking: Taking<'_>) -> AuthChallenge {
        if let Some(code) = self.code() {
            challenge = challenge.with("error", code);
            challenge = challenge.with("error_description", &self.to_string());
        }
        if let Self::InsufficientScope { needed } = self {
            challenge = challenge.with("scope", &needed.to_string());
        }
        match taking.resource_metadata {
            Some(url) => challenge.with("resource_metadata", url),
            None => challenge,
        }
    }

    /// The schemes to challenge in: what is wrong with a proof concerns `DPoP` alone.
    fn schemes(&self, taken: &'static [Scheme]) -> &'static [Scheme] {
        let of_proofs = matches!(
            self,
            Self::BadProof(_) | Self::UseNonce { .. } | Self::InvalidToken(TokenProblem::Bound)
        );
        if of_proofs && taken.contains(&Scheme::Dpop) { &[Scheme::Dpop] } else { taken }
    }

    /// RFC 6750 §3.1, RFC 9449 §7.1. A request without a token is told no error code.
    fn code(&self) -> Option<&'static str> {
        let code = match self {
            Self::NoCredentials | Self::Unavailable { .. } => return None,
            Self::BadProof(_) => return Some("invalid_dpop_proof"),
            Self::UseNonce { .. } => return Some("use_dpop_nonce"),
            Self::Malformed(_) => ErrorCode::InvalidRequest,
            Self::InvalidToken(_) => ErrorCode::InvalidToken,
            Self::StepUp(_) => ErrorCode::InsufficientUserAuthentication,
            Self::InsufficientScope { .. }
            | Self::AppOnly
            | Self::ActorRefused
            | Self::ChainTooDeep => ErrorCode::InsufficientScope,
        };
        Some(code.as_str())
    }
}

impl Verifier {
    /// The headers of the answer to somebody who is not let in: challenges in each scheme that this verifier
    /// takes, and where the resource describes itself. The status is [`VerifyError::status`].
    #[must_use]
    pub fn refusal(&self, error: &VerifyError) -> HeaderMap {
        let schemes = self.0.dpop.as_ref().map_or(&[Scheme::Bearer][..], |dpop| dpop.schemes());
        error.told(Taking { schemes, resource_metadata: self.resource_metadata() })
    }

    /// Headers for the answer to a caller who was let in: the nonce for the next proof, where proofs need one
    /// (RFC 9449 §8.2).
    #[must_use]
    pub fn welcome(&self, caller: &Caller) -> HeaderMap {
        let nonce = self.next_nonce(caller).and_then(|nonce| HeaderValue::try_from(nonce).ok());
        nonce.map(|nonce| (NONCE, nonce)).into_iter().collect()
    }
}

/// A challenge with what its scheme always says.
fn begun(scheme: Scheme) -> AuthChallenge {
    match scheme {
        Scheme::Bearer => AuthChallenge::bearer(),
        Scheme::Dpop => AuthChallenge::dpop().with("algs", &algorithms()),
    }
}
