//! Errors of setting up, and of providers.

use stead_proto::time::Seconds;

/// Why a provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It does not answer, or says that it cannot now. Try again later.
    #[error("the provider cannot be reached")]
    Unreachable {
        /// When it asks to be asked again.
        retry_after: Option<Seconds>,
    },
    /// Its documents are wrong or cannot be trusted; somebody has to look into it.
    #[error("the provider is not what it should be: {0}")]
    Untrustworthy(String),
}

/// Certificates that cannot be read, or TLS that cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the transport cannot be set up: {0}")]
pub struct BadTransport(#[source] pub(crate) reqwest::Error);

/// A mistake in how something of this crate was set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A setting that is required is missing.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// One issuer is trusted twice.
    #[error("the issuer {0} is trusted twice")]
    Twice(stead_proto::id::Issuer),
    /// A name that is not allowed.
    #[error(transparent)]
    Name(#[from] stead_proto::id::BadName),
    /// A provider whose URL cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// TLS that cannot be set up.
    #[error(transparent)]
    Transport(#[from] BadTransport),
    /// A URL under which no API can be reached.
    #[error("{0:?} is no URL that an API is reached under")]
    Url(String),
    /// A certificate that cannot be read.
    #[error("there is no certificate in PEM")]
    Certificate,
    /// A certificate that is not for the private key.
    #[error("the certificate is for another key")]
    OtherKey,
    /// A private key that cannot be read.
    #[error(transparent)]
    Key(#[from] stead_proto::jwt::BadSigningKey),
}
