//! How connections to upstreams are opened: plain or in TLS, to whom the certificate is for.

use super::connection::{Connection, Trouble};
use crate::config::{Speaks, Upstream};
use crate::start_error::StartError;
use hyper::client::conn::{http1, http2};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connection as _, HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// Opens connections.
#[derive(Clone)]
pub(super) struct Connector(HttpsConnector<HttpConnector>);

impl Connector {
    /// One that trusts the system's certificate authorities and these, PEM, and waits so long for a connection.
    pub(super) fn new(trust: &[u8], connect: Duration) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(trust)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        Ok(Self(connector))
    }

    /// Opens a connection, and a task that runs it.
    pub(super) async fn open(&self, upstream: &Upstream) -> Result<Connection, Trouble> {
        let connecting = self.0.clone().oneshot(upstream.origin.clone());
        let stream = connecting.await.map_err(Trouble::Connecting)?;
        if upstream.speaks == Speaks::Http2 || stream.connected().is_negotiated_h2() {
            let (connection, task) =
                http2::handshake(TokioExecutor::new(), stream).await.map_err(Trouble::Spoken)?;
            tokio::spawn(ending(task));
            return Ok(Connection::Http2(connection));
        }
        let (mut connection, task) = http1::handshake(stream).await.map_err(Trouble::Spoken)?;
        tokio::spawn(ending(task.with_upgrades()));
        connection.ready().await.map_err(Trouble::Spoken)?;
        Ok(Connection::Http1(connection))
    }
}

/// Runs a connection to its end. That it broke is only logged: whoever waits for an answer is told by the sender.
async fn ending(task: impl Future<Output = hyper::Result<()>>) {
    if let Err(error) = task.await {
        tracing::debug!(%error, "a connection to an upstream broke");
    }
}

fn tls(trust: &[u8]) -> Result<rustls::ClientConfig, StartError> {
    let bad = |error: &dyn Display| StartError::Trust(error.to_string());
    let roots: Vec<_> = CertificateDer::pem_slice_iter(trust)
        .collect::<Result<_, _>>()
        .map_err(|error| bad(&error))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider));
    let verifier = Arc::new(verifier.map_err(|error| bad(&error))?);
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(&error))?;
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}
