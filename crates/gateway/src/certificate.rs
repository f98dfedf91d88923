//! The certificate of the reverse proxy: read from its files at the start and at every reload.

use crate::config::TlsFiles;
use crate::start_error::StartError;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt::Display;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The certificate that new connections are shown.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    shown: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// What the files say now.
    pub(crate) fn of(files: &TlsFiles) -> Result<Arc<Self>, StartError> {
        let shown = ArcSwap::from_pointee(read(files)?);
        Ok(Arc::new(Self { files: files.clone(), shown }))
    }

    /// What the files say by now, to be [shown](Self::show).
    pub(crate) fn again(&self) -> Result<CertifiedKey, StartError> {
        read(&self.files)
    }

    /// Shows another one from now on. Connections that are open stay so.
    pub(crate) fn show(&self, other: CertifiedKey) {
        self.shown.store(Arc::new(other));
    }

    /// Accepts connections with it.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, StartError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load_full())
    }
}

/// A chain and the key that belongs to it.
fn read(files: &TlsFiles) -> Result<CertifiedKey, StartError> {
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(&error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable(&error))?;
    let provider = aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn Display) -> StartError {
    StartError::Certificate(error.to_string())
}
