//! Connections to upstreams: kept, shared, and never waited for without end.

use crate::config::Speaks;
use crate::errors::{Code, Fault};
use crate::start_error::StartError;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_mins(1);

/// A body, in whole or as it comes.
pub(crate) type Body = Either<Full<Bytes>, Incoming>;

type Connector = HttpsConnector<HttpConnector>;

/// Clients for upstreams.
pub(crate) struct Clients {
    usual: Client<Connector, Body>,
    http2: Client<Connector, Body>,
}

impl Clients {
    /// Clients that trust the system's certificate authorities and these, PEM.
    pub(crate) fn new(trust: &[u8], connect: Duration) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(trust)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
        let usual = builder.build(connector.clone());
        Ok(Self { usual, http2: builder.http2_only(true).build(connector) })
    }

    /// Sends a request, and waits so long for the head of the answer.
    pub(crate) async fn send(
        &self,
        request: Request<Body>,
        speaks: Speaks,
        patience: Duration,
    ) -> Result<Response<Incoming>, Fault> {
        let client = match speaks {
            Speaks::Usual => &self.usual,
            Speaks::Http2 => &self.http2,
        };
        match timeout(patience, client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(whose(&error).into()),
            Err(_) => Err(Code::UpstreamSlow.into()),
        }
    }
}

/// Whose fault it is that there is no answer.
fn whose(error: &Error) -> Code {
    let hyper = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    // A body that broke off on the caller's side, or could be read in two ways.
    if hyper.is_some_and(hyper::Error::is_user) {
        tracing::debug!(error = error as &dyn std::error::Error, "a body broke off");
        return Code::Ambiguous;
    }
    tracing::warn!(error = error as &dyn std::error::Error, "an upstream cannot be reached");
    Code::UpstreamAway
}

fn tls(trust: &[u8]) -> Result<rustls::ClientConfig, StartError> {
    let bad = |error: &dyn fmt::Display| StartError::Trust(error.to_string());
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

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients")
    }
}
