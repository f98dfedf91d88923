//! How a client says who it is, for whoever asks an issuer in its name.

use super::Provider;
use std::fmt;
use std::pin::Pin;
use stead_proto::id::ClientId;
use stead_proto::secret::ClientSecret;

/// Something a client proves itself with: a [`Credential`](crate::Credential).
pub trait Identify: fmt::Debug + Send + Sync {
    /// What goes along with a request to this provider.
    fn identify<'a>(&'a self, client_id: &'a ClientId, provider: &'a Provider) -> Identified<'a>;
}

/// What goes along with a request, or why there is nothing.
pub type Identified<'a> = Pin<Box<dyn Future<Output = Result<Identity, String>> + Send + 'a>>;

/// A form that says who asks, and perhaps a header that proves it.
pub struct Identity {
    pub(crate) body: String,
    pub(crate) authorization: Option<ClientSecret>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
