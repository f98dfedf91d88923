//! How an application proves who it is: what is sent, as whole values.

use crate::stub::{Asked, NOON, World};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::fs;
use stead::{AcquireError, Algorithm, Credential, SetupError, SigningKey};
use stead_proto::client_auth::JWT_BEARER_ASSERTION;
use stead_proto::digest::{from_base64url, sha256};

const ROWS: &str = "api://company-data/Rows.Read";

async fn asked_with(world: &World, credential: Credential) -> Asked {
    world.obo_with(credential).token(&world.caller("alice"), ROWS).await.unwrap();
    world.last_asked()
}

/// The header and claims of the statement, `jti` taken out.
fn statement(asked: &Asked) -> (Value, Value) {
    let mut parts = asked.get("client_assertion").split('.');
    let mut read = || -> Value {
        serde_json::from_slice(&from_base64url(parts.next().unwrap()).unwrap()).unwrap()
    };
    let (header, mut claims) = (read(), read());
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 32);
    (header, claims)
}

fn claims_for(audience: &str) -> Value {
    json!({
        "iss": "reports-api", "sub": "reports-api", "aud": audience,
        "iat": NOON, "exp": NOON + 60,
    })
}

fn token_endpoint(world: &World) -> String {
    world.metadata("token_endpoint").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_statement_goes_to_the_token_endpoint_where_that_was_said() {
    let world = World::new().await;
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let kid = key.kid().to_string();
    let credential = Credential::private_key(key).addressed_to_the_token_endpoint();
    let (header, claims) = statement(&asked_with(&world, credential).await);
    assert_eq!(header, json!({ "alg": "ES256", "kid": kid, "typ": "JWT" }));
    assert_eq!(claims, claims_for(&token_endpoint(&world)));
}

#[tokio::test]
async fn a_certificate_is_named_by_its_thumbprint() {
    let world = World::new().await;
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["reports-api".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let credential =
        Credential::certificate_pem(Algorithm::Es256, &certificate.pem(), &key.serialize_pem());
    let asked = asked_with(&world, credential.unwrap()).await;
    let (header, claims) = statement(&asked);
    let thumbprint = sha256(certificate.der()).to_string();
    assert_eq!(header, json!({ "alg": "ES256", "x5t#S256": thumbprint, "typ": "JWT" }));
    assert_eq!(claims, claims_for(&token_endpoint(&world)));
    assert_eq!(asked.get("client_assertion_type"), JWT_BEARER_ASSERTION);
    assert_eq!(asked.get("client_id"), "reports-api");
}

#[tokio::test]
async fn a_certificate_of_another_key_is_a_mistake_at_once() {
    let generate = |algorithm| KeyPair::generate_for(algorithm).unwrap();
    let algorithms = [
        (&rcgen::PKCS_ECDSA_P256_SHA256, Algorithm::Es256),
        (&rcgen::PKCS_ED25519, Algorithm::EdDsa),
        (&rcgen::PKCS_RSA_SHA256, Algorithm::Ps256),
    ];
    for (of_key, algorithm) in algorithms {
        let (own, other) = (generate(of_key), generate(of_key));
        let certificate = CertificateParams::new(vec!["reports-api".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&own).unwrap().pem();
        let with = |key: &KeyPair| {
            Credential::certificate_pem(algorithm, &certificate, &key.serialize_pem())
        };
        assert!(matches!(with(&other), Err(SetupError::OtherKey)), "{algorithm}");
        assert!(with(&own).is_ok(), "{algorithm}");
    }
}

#[tokio::test]
async fn a_token_file_is_read_each_time() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    for (number, token) in ["h.first.s", "h.second.s\n"].into_iter().enumerate() {
        fs::write(&path, token).unwrap();
        let asked = asked_with(&world, Credential::token_file(&path)).await;
        assert_eq!(asked.get("client_assertion"), token.trim(), "{number}");
        assert_eq!(asked.get("client_assertion_type"), JWT_BEARER_ASSERTION);
        assert_eq!((asked.get("client_id"), &asked.authorization), ("reports-api", &None));
    }
    let asked = asked_with(&world, Credential::spiffe_file(&path)).await;
    assert_eq!(
        asked.get("client_assertion_type"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
    );
}

#[tokio::test]
async fn a_token_file_that_is_missing_empty_or_something_else_asks_nobody() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let obo = world.obo_with(Credential::token_file(&path));
    let alice = world.caller("alice");
    let long = "a".repeat(100_000);
    for text in [None, Some(""), Some(" \n"), Some("two words"), Some(&long)] {
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        let refused = obo.token(&alice, ROWS).await.unwrap_err();
        assert!(matches!(refused, AcquireError::Config(_)), "{refused:?}");
    }
    assert_eq!(world.exchanges(), 0);
    // And as soon as it is there, it counts.
    fs::write(&path, "h.good.s").unwrap();
    assert!(obo.token(&alice, ROWS).await.is_ok());
}

#[tokio::test]
async fn who_shows_a_certificate_names_itself_and_may_have_to_ask_elsewhere() {
    let world = World::new().await;
    let asked = asked_with(&world, Credential::tls()).await;
    assert_eq!((asked.get("client_id"), asked.authorization.as_ref()), ("reports-api", None));
    assert!(
        !asked.form.contains_key("client_secret") && !asked.form.contains_key("client_assertion")
    );

    let elsewhere = token_endpoint(&world).replace("/token", "/mtls/token");
    world.set_metadata("mtls_endpoint_aliases", json!({ "token_endpoint": elsewhere }));
    let asked = asked_with(&world, Credential::tls()).await;
    assert_eq!(asked.path, "/mtls/token");
    assert_eq!(asked_with(&world, Credential::secret("s")).await.path, "/token");
}

#[test]
fn no_credential_is_ever_shown() {
    let (_, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(&*pkcs8)
    );
    for (credential, shown) in [
        (Credential::secret("s3cret"), "Credential(client_secret_basic)"),
        (Credential::secret_in_body("s3cret"), "Credential(client_secret_post)"),
        (
            Credential::private_key_pem(Algorithm::Es256, &pem).unwrap(),
            "Credential(private_key_jwt)",
        ),
        (Credential::token_file("/var/run/token"), "Credential(token file)"),
        (Credential::tls(), "Credential(tls_client_auth)"),
    ] {
        assert_eq!(format!("{credential:?}"), shown);
    }
}
