//! Where the public listener's certificate comes from.

use super::{Certificate, DevelopmentCa, from_files};
use crate::client_address::TrustedProxies;
use crate::config::Tls;
use crate::moment::Moments;
use crate::start_error::StartError;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderName, HeaderValue};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the certificate comes from that the public listener shows, if it shows one.
#[derive(Debug)]
pub(crate) enum Certificates {
    Development { ca: Box<DevelopmentCa>, names: Vec<String>, shown: Arc<Certificate> },
    Files { cert: PathBuf, key: PathBuf, shown: Arc<Certificate> },
    Proxy(TrustedProxies),
}

impl Certificates {
    /// As configured.
    pub(crate) fn open(tls: &Tls, host: &str, moments: &dyn Moments) -> Result<Self, StartError> {
        match tls {
            Tls::Development { dir, only } => {
                let ca = Box::new(DevelopmentCa::load_or_create(dir, only, &moments.moment())?);
                let mut names = vec![host.to_owned()];
                names.extend(only.iter().filter(|name| *name != host).cloned());
                let shown = Certificate::new(ca.leaf(&names)?);
                Ok(Self::Development { ca, names, shown })
            }
            Tls::Files { cert, key } => {
                let shown = Certificate::new(from_files(cert, key)?);
                Ok(Self::Files { cert: cert.clone(), key: key.clone(), shown })
            }
            Tls::BehindProxy { trusted } => Ok(Self::Proxy(TrustedProxies(trusted.clone()))),
        }
    }

    /// Reads, or makes, the certificate again.
    pub(crate) fn renew(&self) -> Result<(), StartError> {
        match self {
            Self::Development { ca, names, shown } => shown.replace(ca.leaf(names)?),
            Self::Files { cert, key, shown } => shown.replace(from_files(cert, key)?),
            Self::Proxy(_) => {}
        }
        Ok(())
    }

    /// Lets browsers know that this host is never to be asked without TLS (RFC 6797), on every answer. A
    /// development certificate does not: `localhost` is also what other programs of this machine are called.
    /// Behind a proxy, TLS is the proxy's.
    pub(crate) fn vouching(&self) -> Option<(HeaderName, HeaderValue)> {
        let two_years = HeaderValue::from_static("max-age=63072000");
        match self {
            Self::Files { .. } => Some((STRICT_TRANSPORT_SECURITY, two_years)),
            Self::Development { .. } | Self::Proxy(_) => None,
        }
    }

    /// The certificate of the authority that was made for development.
    pub(crate) fn development_ca(&self) -> Option<&Path> {
        match self {
            Self::Development { ca, .. } => Some(ca.certificate_file()),
            Self::Files { .. } | Self::Proxy(_) => None,
        }
    }

    /// What is shown at present; nothing behind a proxy.
    pub(crate) fn shown(&self) -> Option<&Arc<Certificate>> {
        match self {
            Self::Development { shown, .. } | Self::Files { shown, .. } => Some(shown),
            Self::Proxy(_) => None,
        }
    }
}
