//! A certificate authority, for whoever speaks TLS.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose,
    IsCa, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fmt;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its private key, to show to the other side.
#[derive(Debug)]
pub struct Shown {
    certificate: Certificate,
    key: KeyPair,
}

/// Whether who connects has to show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nobody has to.
    Nothing,
    /// Everybody has to, one of the same authority.
    ForACertificate,
}

impl Shown {
    /// The certificate, as the other side sees it.
    pub fn der(&self) -> &CertificateDer<'static> {
        self.certificate.der()
    }

    /// The certificate, as it is written into a file.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Its private key, likewise.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Both in one text.
    pub fn both_pem(&self) -> String {
        self.pem() + &self.key_pem()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authority").field(self.0.der()).finish()
    }
}

impl Default for Authority {
    fn default() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }
}

impl Authority {
    /// A new one, whom nobody trusts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its own certificate, for those who are to trust it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a client of this name.
    pub fn client(&self, name: &str) -> Shown {
        self.certify(name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// A certificate for a server at `localhost`.
    pub fn server(&self) -> Shown {
        self.certify("localhost", ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A server's side of TLS, for `localhost`.
    pub fn acceptor(&self, asks: Asks) -> TlsAcceptor {
        let shown = self.server();
        let key = PrivateKeyDer::try_from(shown.key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = match asks {
            Asks::Nothing => config.with_no_client_auth(),
            Asks::ForACertificate => {
                let roots = Arc::new(self.roots());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = config.with_single_cert(vec![shown.der().clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    fn certify(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> Shown {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        Shown { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }
}
