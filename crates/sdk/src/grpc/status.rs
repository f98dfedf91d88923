//! Refusals as gRPC statuses, with the challenges of HTTP among their metadata.

use crate::challenge::Challenge;
use crate::client::AcquireError;
use crate::verify::{Verifier, VerifyError};
use http::{HeaderMap, StatusCode, header};
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

/// The demand to sign in again that a status holds, if it holds one.
#[must_use]
pub fn challenge_of(status: &Status) -> Option<Challenge> {
    Challenge::from_headers(&status.metadata().clone().into_headers())
}

/// Refuses in the name of a verifier.
pub(super) fn refused(error: &VerifyError, verifier: &Verifier) -> Status {
    status(error, verifier.refusal(error))
}

impl From<VerifyError> for Status {
    fn from(error: VerifyError) -> Self {
        status(&error, error.headers(None))
    }
}

impl From<AcquireError> for Status {
    /// A challenge is passed on, a refusal is told with its trace, and an unavailable provider is `UNAVAILABLE`. Of a
    /// mistake in the set-up the caller hears only that there is one.
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Challenge(challenge) => VerifyError::StepUp(challenge).into(),
            AcquireError::Denied(denied) => Self::permission_denied(denied.to_string()),
            AcquireError::Unavailable { retry_after } => {
                VerifyError::Unavailable { retry_after }.into()
            }
            AcquireError::Config(problem) => {
                tracing::error!(problem, "no token can be acquired");
                Self::internal("the service is not set up to do this")
            }
        }
    }
}

fn status(error: &VerifyError, mut headers: HeaderMap) -> Status {
    // No cache stands between gRPC's two ends.
    headers.remove(header::CACHE_CONTROL);
    let code = match error.status() {
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::Unauthenticated,
    };
    Status::with_metadata(code, error.to_string(), MetadataMap::from_headers(headers))
}
