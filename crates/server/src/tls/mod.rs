//! Certificates: made by a development CA, or read from files and read again on reload.

mod development_ca;
mod source;

pub use development_ca::{CaError, DevelopmentCa};
pub(crate) use source::Certificates;

use crate::start_error::StartError;
use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ConfigBuilder, ServerConfig, WantsVerifier};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A certificate that can be replaced while connections are served with it.
#[derive(Debug)]
pub struct Certificate(ArcSwap<CertifiedKey>);

impl Certificate {
    /// This one, until it is replaced.
    #[must_use]
    pub fn new(key: CertifiedKey) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(key)))
    }

    /// From now on this one.
    pub fn replace(&self, key: CertifiedKey) {
        self.0.store(Arc::new(key));
    }

    /// How TLS is spoken with it: 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        let mut config = builder()?.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
}

/// Reads a certificate with its chain, and its key.
pub fn from_files(cert: &Path, key: &Path) -> Result<CertifiedKey, StartError> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(cert, error))?;
    if chain.is_empty() {
        return Err(content(cert, "there is no certificate in it; it has to be PEM"));
    }
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    CertifiedKey::from_der(chain, key_der, &aws_lc_rs::default_provider())
        .map_err(|error| content(key, &format!("it is not the key of {}: {error}", cert.display())))
}

fn unreadable(file: &Path, error: rustls::pki_types::pem::Error) -> StartError {
    match error {
        rustls::pki_types::pem::Error::Io(error) => {
            StartError::File { file: file.to_owned(), error }
        }
        other => content(file, &format!("it is no PEM file as expected: {other}")),
    }
}

fn content(file: &Path, problem: &str) -> StartError {
    StartError::Content { file: file.to_owned(), problem: problem.to_owned() }
}

impl From<CaError> for StartError {
    fn from(error: CaError) -> Self {
        match error {
            CaError::Io { file, error } => Self::File { file, error },
            CaError::Content { file, problem } => Self::Content { file, problem },
            CaError::Make(problem) => {
                let error = io::Error::other(problem);
                Self::File { file: PathBuf::from("the development certificate"), error }
            }
        }
    }
}
