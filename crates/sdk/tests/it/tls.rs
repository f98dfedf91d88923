//! TLS: a certificate authority of one's own is trusted once it is named, and not before.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use stead::{Provider, ProviderError, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An authority, and an acceptor with a certificate by it for `localhost`.
fn authority() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Answers every connection with a discovery document.
async fn serve(acceptor: TlsAcceptor) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("https://localhost:{}/acme", listener.local_addr().unwrap().port());
    let document = format!(r#"{{"issuer":"{issuer}"}}"#);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            let length = document.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{document}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    issuer
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_once_named_and_not_before() {
    let (pem, acceptor) = authority();
    let issuer = serve(acceptor).await;
    let trusting = Transport::builder().root_certificates_pem(pem.as_bytes()).unwrap();
    let trusting = trusting.build().unwrap();
    let provider = Provider::builder(&issuer).transport(trusting).build().unwrap();
    assert_eq!(provider.metadata().await.unwrap().issuer.as_str(), issuer);

    let stranger = Provider::builder(&issuer).build().unwrap();
    let refused = stranger.metadata().await.unwrap_err();
    assert_eq!(refused, ProviderError::Unreachable { retry_after: None });
}
