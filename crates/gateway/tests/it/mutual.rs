//! A provider that asks for a certificate in the handshake (RFC 8705): the gateway shows its own, and is nobody without.

use crate::stub::Beside;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use stead_gateway::config::{CredentialConfig, Secret};
use stead_proto::secret::ClientSecret;
use stub_provider::{Asks, Authority, Stub};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A listener that lets in nobody without a certificate, and remembers whose were shown.
struct Guarded {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shown: Arc<Mutex<Vec<CertificateDer<'static>>>>,
}

impl axum::serve::Listener for Guarded {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, peer) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                let certificates = stream.get_ref().1.peer_certificates().unwrap();
                self.shown.lock().unwrap().push(certificates[0].clone());
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The provider, and whose certificates it was shown.
async fn provider(authority: &Authority) -> (Stub, Arc<Mutex<Vec<CertificateDer<'static>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stub = Stub::at(&format!("https://localhost:{port}"));
    let shown = Arc::default();
    let acceptor = authority.acceptor(Asks::ForACertificate);
    let guarded = Guarded { listener, acceptor, shown: Arc::clone(&shown) };
    let app = stub.router();
    tokio::spawn(async move { axum::serve(guarded, app).await.unwrap() });
    (stub, shown)
}

/// A gateway that trusts the authority and proves who it is like this.
async fn beside(stub: &Stub, authority: &Authority, credential: CredentialConfig) -> Beside {
    let trust = authority.pem().into_bytes();
    Beside::of(stub.clone(), |config| {
        config.trust = trust;
        config.providers[0].client.as_mut().unwrap().credential = credential;
    })
    .await
}

fn showing(pem: String) -> CredentialConfig {
    CredentialConfig::Tls(Secret(ClientSecret::new(pem)))
}

#[tokio::test]
async fn a_gateway_is_known_to_the_provider_by_the_certificate_of_its_connection() {
    let authority = Authority::new();
    let (stub, shown) = provider(&authority).await;
    let own = authority.client("reports-api");
    let gateway = beside(&stub, &authority, showing(own.both_pem())).await;
    assert_eq!(gateway.status("/0/a", &stub.token("alice", "dashboard")).await, 200);
    let shown = shown.lock().unwrap();
    assert!(!shown.is_empty() && shown.iter().all(|certificate| certificate == own.der()));
    let asked = stub.asked();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(asked.get("client_id"), "reports-api");
    for other in ["client_secret", "client_assertion"] {
        assert!(!asked.form.contains_key(other), "{other} beside the certificate");
    }
}

#[tokio::test]
async fn a_gateway_without_a_certificate_or_with_a_strangers_is_let_in_by_nobody() {
    let authority = Authority::new();
    let (stub, shown) = provider(&authority).await;
    let strangers = Authority::new().client("reports-api").both_pem();
    let secret = CredentialConfig::Secret(Secret(ClientSecret::new("s3cret")));
    for credential in [showing(strangers), secret] {
        let gateway = beside(&stub, &authority, credential).await;
        let answer = gateway.get("/0/a", &stub.token("alice", "dashboard")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 503);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], "STEAD-2013");
        assert_eq!(gateway.upstream.seen().len(), 0);
    }
    assert!(shown.lock().unwrap().is_empty() && stub.asked().is_empty());
}
