//! Forged tokens at a resource (SPEC 6.A KA): the same attacks that the server's own places are tried with.

use crate::stub::World;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey as _};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::TcpListener;
use stead::Jwt;
use stead_proto::digest::base64url;
use stead_proto::jwt::{Jwk, RsaDefault};

/// An issuer's Ed25519 key that signs any header over any claims.
pub(crate) struct Raw(KeyPair);

impl Raw {
    fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ED25519).unwrap())
    }

    fn jwk(&self) -> Value {
        let x = base64url(self.0.public_key_raw());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "alg": "EdDSA", "kid": "raw" })
    }

    pub(crate) fn sign(&self, header: &str, claims: &str) -> Jwt {
        let signed = [header, claims].map(|part| base64url(part.as_bytes())).join(".");
        let signature = self.0.sign(signed.as_bytes()).unwrap();
        Jwt::new(format!("{signed}.{}", base64url(&signature)))
    }
}

/// A world whose issuer publishes such a key, and no other.
pub(crate) async fn world() -> (World, Raw) {
    let (world, raw) = (World::new().await, Raw::new());
    let jwk = Jwk::read(&raw.jwk(), RsaDefault::Refused).unwrap();
    world.publish([jwk]);
    (world, raw)
}

/// An honest header with these members instead; `null` leaves one out.
pub(crate) fn header(changes: &Value) -> String {
    let mut header = json!({ "alg": "EdDSA", "kid": "raw", "typ": "at+jwt" });
    let members = header.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    header.to_string()
}

/// None of these is taken, and an honest one is, before and after.
async fn refuses(world: &World, raw: &Raw, forged: &[Jwt]) {
    let verifier = world.verifier();
    let honest = raw.sign(&header(&json!({})), &world.claims().to_string());
    assert!(verifier.verify(&honest).await.is_ok());
    for token in forged {
        let refused = verifier.verify(token).await.expect_err("refused");
        assert_eq!(refused.status(), 401, "{}", token.expose());
    }
    assert!(verifier.verify(&honest).await.is_ok());
}

#[tokio::test]
async fn ka_01_at_an_api_a_token_without_a_signature_is_refused() {
    let (world, raw) = world().await;
    let mut forged = Vec::new();
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        let signed = raw.sign(&header(&json!({ "alg": alg })), &world.claims().to_string());
        let (unsigned, _) = signed.expose().rsplit_once('.').unwrap();
        forged.push(Jwt::new(format!("{unsigned}.")));
        forged.push(signed);
    }
    refuses(&world, &raw, &forged).await;
}

#[tokio::test]
async fn ka_03_at_an_api_a_key_brought_along_is_never_used() {
    let (world, raw) = world().await;
    let attacker = Raw::new();
    let claims = world.claims().to_string();
    let forged = [json!({}), json!({ "kid": "other" }), json!({ "kid": null })].map(|changes| {
        let mut changes = changes;
        changes["jwk"] = attacker.jwk();
        attacker.sign(&header(&changes), &claims)
    });
    refuses(&world, &raw, &forged).await;
    refuses(&world, &raw, &[raw.sign(&header(&json!({ "jwk": raw.jwk() })), &claims)]).await;
}

#[tokio::test]
async fn ka_04_at_an_api_an_address_in_the_header_is_refused_and_never_visited() {
    let (world, raw) = world().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys.json", listener.local_addr().unwrap());
    let (attacker, claims) = (Raw::new(), world.claims().to_string());
    let mut forged = Vec::new();
    for changes in [json!({ "jku": url }), json!({ "x5u": url }), json!({ "jku": url, "kid": url })]
    {
        forged.push(attacker.sign(&header(&changes), &claims));
        forged.push(raw.sign(&header(&changes), &claims));
    }
    let issuer = world.claims_with(&json!({ "iss": url }));
    forged.push(raw.sign(&header(&json!({})), &issuer.to_string()));
    refuses(&world, &raw, &forged).await;
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn ka_08_at_an_api_a_member_that_stands_twice_is_refused() {
    let (world, raw) = world().await;
    let (head, claims) = (header(&json!({})), world.claims().to_string());
    let twice = |object: &str, name: &str| {
        let rest = object.strip_prefix('{').unwrap();
        format!(r#"{{"{name}":"x",{rest}"#)
    };
    let mut forged = Vec::new();
    for name in ["iss", "sub", "\\u0073ub", "aud", "exp", "act", "\\u0061ct", "scope"] {
        forged.push(raw.sign(&head, &twice(&claims, name)));
    }
    for name in ["alg", "kid", "typ", "\\u0061lg"] {
        forged.push(raw.sign(&twice(&head, name), &claims));
    }
    refuses(&world, &raw, &forged).await;
}

#[tokio::test]
async fn ka_13_at_an_api_what_is_encrypted_packed_or_critical_is_refused() {
    let (world, raw) = world().await;
    let claims = world.claims().to_string();
    let forged = [
        json!({ "zip": "DEF" }),
        json!({ "enc": "A128GCM" }),
        json!({ "alg": "dir", "enc": "A128GCM" }),
        json!({ "alg": "PBES2-HS256+A128KW", "p2c": 2_147_483_648_u64, "p2s": "YQ" }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": [] }),
        json!({ "b64": false }),
    ];
    let forged = forged.map(|changes| raw.sign(&header(&changes), &claims));
    refuses(&world, &raw, &forged).await;
    refuses(&world, &raw, &[Jwt::new("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.YQ.YQ.YQ.YQ")]).await;
}

#[tokio::test]
async fn ka_22_at_an_api_subjects_that_look_alike_stay_what_they_are() {
    let (world, raw) = world().await;
    let as_subject = |sub: &str| {
        let claims = world.claims_with(&json!({ "sub": sub }));
        raw.sign(&header(&json!({})), &claims.to_string())
    };
    for sub in
        ["alice", "\u{ff41}lice", "al\u{200b}ice", "\u{202e}alice", "\u{e9}", "e\u{301}", "Alice"]
    {
        let caller = world.verifier().verify(&as_subject(sub)).await.unwrap();
        assert_eq!(caller.subject().as_str(), sub);
    }
    refuses(&world, &raw, &[as_subject("alice\0"), as_subject("")]).await;
}
