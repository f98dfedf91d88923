//! Proofs that several processes see: each tells the others of its own, in a place that they share.

use super::ProofProblem;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stead_proto::digest::Sha256;
use stead_proto::time::Seconds;

/// Whether a name is noted for the first time, when that is known.
pub type Noting<'s> = Pin<Box<dyn Future<Output = Result<bool, SharedProofsTrouble>> + Send + 's>>;

/// A place outside of the process where proofs that were seen are noted, so that none is taken twice by processes that
/// serve one API: Redis, Valkey, a table. The names say nothing: each is a SHA-256 of a key's thumbprint and of a proof's
/// `jti`. Whoever can take names out of it can have proofs taken twice.
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::Mutex;
/// use stead::Seconds;
/// use stead::verify::{Noting, SharedProofs};
///
/// /// In memory, for ever: to see what one looks like.
/// #[derive(Debug, Default)]
/// struct Board(Mutex<HashSet<String>>);
///
/// impl SharedProofs for Board {
///     fn first<'s>(&'s self, name: &'s str, _keep: Seconds) -> Noting<'s> {
///         Box::pin(async move { Ok(self.0.lock().unwrap().insert(name.to_owned())) })
///     }
/// }
/// ```
pub trait SharedProofs: fmt::Debug + Send + Sync + 'static {
    /// Notes a name for at least so long, unless it is there: whether it was not, in one step with the noting.
    fn first<'s>(&'s self, name: &'s str, keep: Seconds) -> Noting<'s>;
}

/// What is wrong with such a place, in a sentence for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SharedProofsTrouble(pub String);

/// Such a place as one verifier uses it.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    place: Arc<dyn SharedProofs>,
    patience: Duration,
    /// Whether it was in trouble when it was last asked.
    troubled: Arc<AtomicBool>,
}

impl Shared {
    pub(super) fn new(place: Arc<dyn SharedProofs>, patience: Duration) -> Self {
        Self { place, patience, troubled: Arc::default() }
    }

    /// Notes a proof for all, unless one of them did. Where that cannot be known in time, what this process has seen
    /// itself has to do: the log says so when it begins, and when it has ended.
    pub(super) async fn first(&self, proof: &Sha256, keep: Seconds) -> Result<(), ProofProblem> {
        let name = proof.to_string();
        let noting = tokio::time::timeout(self.patience, self.place.first(&name, keep)).await;
        let late = |_| Err(SharedProofsTrouble("it does not answer in time".to_owned()));
        let noted = noting.unwrap_or_else(late);
        let troubled = self.troubled.swap(noted.is_err(), Ordering::Relaxed);
        match &noted {
            Err(trouble) if !troubled => {
                tracing::warn!(%trouble, "the shared memory of proofs is in trouble");
            }
            Ok(_) if troubled => tracing::info!("the shared memory of proofs answers again"),
            _ => {}
        }
        if noted == Ok(false) { Err(ProofProblem::Used) } else { Ok(()) }
    }
}
