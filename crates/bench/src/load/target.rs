//! Where the server is, and how it is spoken to.

use anyhow::{Context, bail};
use http::Uri;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;

/// Where a server is, and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is called: the `Host` header.
    pub host: String,
    /// TLS, if it speaks that.
    pub tls: Option<Tls>,
}

/// TLS as a client speaks it with one server.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Whom it believes.
    pub config: Arc<ClientConfig>,
    /// Whom it expects.
    pub name: ServerName<'static>,
}

impl Target {
    /// A server at an address, called so; TLS with certificates of this authority, if there is one.
    pub fn at(address: SocketAddr, host: &str, ca: Option<&Path>) -> anyhow::Result<Self> {
        let tls = ca.map(|ca| tls(host, ca)).transpose()?;
        Ok(Self { address, host: host.to_owned(), tls })
    }

    /// The server of a URL.
    pub fn of_url(url: &Uri, ca: Option<&Path>) -> anyhow::Result<Self> {
        let authority = url.authority().with_context(|| format!("{url} names no server"))?;
        let host = authority.host();
        let tls = match (url.scheme_str(), ca) {
            (Some("http"), None) => None,
            (Some("https"), Some(ca)) => Some(tls(host, ca)?),
            (Some("https"), None) => bail!("{url}: name the CA of its certificate by --ca"),
            _ => bail!("{url}: expected https:// and --ca, or http:// without"),
        };
        let port = authority.port_u16().unwrap_or(if tls.is_some() { 443 } else { 80 });
        let mut found = (host.trim_matches(['[', ']']), port).to_socket_addrs()?;
        let address = found.next().with_context(|| format!("{host} has no address"))?;
        Ok(Self { address, host: authority.to_string(), tls })
    }
}

fn tls(host: &str, ca: &Path) -> anyhow::Result<Tls> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(ca).with_context(|| ca.display().to_string())?
    {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    Ok(Tls { config: Arc::new(config), name })
}
