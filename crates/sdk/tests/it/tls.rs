//! TLS: a certificate authority of one's own is trusted once it is named, and an application is known by the
//! certificate of its connection (RFC 8705).

use crate::stub::NOON;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose,
    IsCa, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use stead::transport::TransportBuilder;
use stead::{AcquireError, Caller, Credential, Jwt, Obo, Provider, ProviderError, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Whether who connects has to show a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nothing,
    ForACertificate,
}

/// Signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn certify(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// For `localhost`.
    fn acceptor(&self, asks: Asks) -> TlsAcceptor {
        let (leaf, key) = self.certify("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = if asks == Asks::ForACertificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let config = config.with_single_cert(vec![leaf.der().clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    fn trusted(&self) -> TransportBuilder {
        Transport::builder().root_certificates_pem(self.0.pem().as_bytes()).unwrap()
    }
}

/// Answers with a discovery document, and at `/token` with a token that names the certificate of the connection.
async fn serve(acceptor: TlsAcceptor) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let issuer = format!("{base}/acme");
    let document = json!({
        "issuer": issuer, "token_endpoint": format!("{base}/token"),
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:token-exchange"],
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            // Who refuses our certificate says so only now.
            let _ = answer(stream, &document.to_string()).await;
        }
    });
    issuer
}

async fn answer(
    mut stream: TlsStream<tokio::net::TcpStream>,
    document: &str,
) -> std::io::Result<()> {
    let mut request = vec![0; 16 * 1024];
    let length = stream.read(&mut request).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let body = match request.get(..length) {
        Some(request) if request.starts_with(b"POST /token ") => token_for(shown),
        _ => document.to_owned(),
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await
}

fn token_for(shown: Option<&CertificateDer<'_>>) -> String {
    let shown = shown.map_or_else(|| "nobody".to_owned(), named);
    json!({ "access_token": shown, "token_type": "Bearer", "expires_in": 300 }).to_string()
}

fn named(certificate: &CertificateDer<'_>) -> String {
    stead_proto::digest::sha256(certificate).to_string()
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_once_named_and_not_before() {
    let authority = Authority::new();
    let issuer = serve(authority.acceptor(Asks::Nothing)).await;
    let trusting = authority.trusted().build().unwrap();
    let provider = Provider::builder(&issuer).transport(trusting).build().unwrap();
    assert_eq!(provider.metadata().await.unwrap().issuer.as_str(), issuer);

    let stranger = Provider::builder(&issuer).build().unwrap();
    let refused = stranger.metadata().await.unwrap_err();
    assert_eq!(refused, ProviderError::Unreachable { retry_after: None });
}

/// Alice, whose token nobody reads here.
fn alice(issuer: &str) -> Caller {
    let claims = json!({
        "iss": issuer, "sub": "alice", "aud": "api://reports-api", "client_id": "dashboard",
        "exp": 2 * NOON,
    });
    Caller::from_verified(Jwt::new("alice's"), serde_json::from_value(claims).unwrap())
}

async fn acquire(issuer: &str, transport: TransportBuilder) -> Result<String, AcquireError> {
    let transport = transport.timeouts(Duration::from_mins(1), Duration::from_mins(1));
    let provider = Provider::builder(issuer).transport(transport.build().unwrap()).build().unwrap();
    let obo = Obo::builder().provider(provider).client_id("reports-api");
    let obo = obo.credential(Credential::tls()).budget(Duration::from_mins(1)).build().unwrap();
    let token = obo.token(&alice(issuer), "api://company-data/Rows.Read").await?;
    Ok(token.expose().to_owned())
}

#[tokio::test]
async fn an_application_is_known_by_the_certificate_of_its_connection() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let issuer = serve(authority.acceptor(Asks::ForACertificate)).await;
    let showing = |(certificate, key): &(Certificate, KeyPair)| {
        let pem = certificate.pem() + &key.serialize_pem();
        authority.trusted().client_certificate_pem(pem.as_bytes()).unwrap()
    };
    let own = authority.certify("reports-api", ExtendedKeyUsagePurpose::ClientAuth);
    assert_eq!(acquire(&issuer, showing(&own)).await, Ok(named(own.0.der())));

    let away = Err(AcquireError::Unavailable { retry_after: None });
    assert_eq!(acquire(&issuer, authority.trusted()).await, away);
    let forged = stranger.certify("reports-api", ExtendedKeyUsagePurpose::ClientAuth);
    assert_eq!(acquire(&issuer, showing(&forged)).await, away);
}
