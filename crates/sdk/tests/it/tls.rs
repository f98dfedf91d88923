//! TLS: a certificate authority of one's own is trusted once it is named, and an application is known by the
//! certificate of its connection (RFC 8705).

use rustls::pki_types::CertificateDer;
use serde_json::json;
use std::time::Duration;
use stead::transport::TransportBuilder;
use stead::{AcquireError, Caller, Credential, Jwt, Obo, Provider, ProviderError, Transport};
use stub_provider::{Asks, Authority, NOON, Shown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Trusts an authority.
fn trusting(authority: &Authority) -> TransportBuilder {
    Transport::builder().root_certificates_pem(authority.pem().as_bytes()).unwrap()
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
    let trusting = trusting(&authority).build().unwrap();
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
    let showing = |shown: &Shown| {
        trusting(&authority).client_certificate_pem(shown.both_pem().as_bytes()).unwrap()
    };
    let own = authority.client("reports-api");
    assert_eq!(acquire(&issuer, showing(&own)).await, Ok(named(own.der())));

    let away = Err(AcquireError::Unavailable { retry_after: None });
    assert_eq!(acquire(&issuer, trusting(&authority)).await, away);
    assert_eq!(acquire(&issuer, showing(&stranger.client("reports-api"))).await, away);
}
