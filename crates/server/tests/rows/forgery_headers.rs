//! Attacks on the header of a JWT, at every place where one is read (rows KA-01 to KA-06, KA-13, KA-17).

use crate::places::{Desk, Place, changed};
use aws_lc_rs::hmac;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use stead_proto::digest::base64url;
use stead_proto::jwt::{Algorithm, Typ};
use testkit::RawKey;

/// Header and claims under this signature, whatever it is.
fn under(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    [header.as_bytes(), claims.as_bytes(), signature].map(base64url).join(".")
}

#[tokio::test]
async fn ka_01_a_token_without_a_signature_is_refused_however_it_says_so() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        desk.refuses(place, unsigned(&desk, place)).await;
    }
}

fn unsigned(desk: &Desk, place: Place) -> Vec<(String, String)> {
    let mut forged = Vec::new();
    for alg in ["none", "None", "nOnE", "NONE", "", " none"] {
        let header = changed(desk.header(place), &json!({ "alg": alg }));
        for signature in [&b""[..], &[0; 64]] {
            forged.push((alg.to_owned(), under(&header, &desk.claims(place), signature)));
        }
    }
    let unsaid = changed(desk.header(place), &json!({ "alg": null }));
    for (what, header) in [("no algorithm", unsaid), ("no signature", desk.header(place))] {
        forged.push((what.to_owned(), under(&header, &desk.claims(place), b"")));
    }
    forged
}

#[tokio::test]
async fn ka_02_hs256_keyed_with_the_public_key_in_any_shape_is_refused() {
    let desk = Desk::of(Algorithm::Rs256).await;
    for place in Place::ALL {
        let key = desk.key(place);
        let mut forged = Vec::new();
        for (shape, secret) in shapes_of(key) {
            let header = changed(desk.header(place), &json!({ "alg": "HS256" }));
            let claims = desk.claims(place);
            let input = under(&header, &claims, b"");
            let input = input.trim_end_matches('.');
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), input.as_bytes());
            forged.push((shape.to_owned(), under(&header, &claims, tag.as_ref())));
        }
        desk.refuses(place, forged).await;
    }
}

/// The public key as somebody might have it at hand who takes it for a shared secret.
fn shapes_of(key: &RawKey) -> Vec<(&'static str, Vec<u8>)> {
    let jwk = serde_json::to_value(key.public()).unwrap();
    let number =
        |name: &str| stead_proto::digest::from_base64url(jwk[name].as_str().unwrap()).unwrap();
    let (modulus, exponent) = (number("n"), number("e"));
    let pkcs1 = sequence(&[integer(&modulus), integer(&exponent)].concat());
    let rsa = b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";
    let bits = tagged(3, &[&[0], pkcs1.as_slice()].concat());
    let der = sequence(&[rsa.as_slice(), &bits].concat());
    let base64 = standard_base64(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}-----END PUBLIC KEY-----\n");
    vec![
        ("PEM", pem.clone().into_bytes()),
        ("PEM without its last line end", pem.trim_end().as_bytes().to_vec()),
        ("DER", der),
        ("PKCS #1", pkcs1),
        ("JWK", jwk.to_string().into_bytes()),
        ("modulus", modulus),
        ("modulus in base64url", jwk["n"].as_str().unwrap().as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ]
}

fn standard_base64(bytes: &[u8]) -> String {
    let text = base64url(bytes).replace('-', "+").replace('_', "/");
    let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    let lines =
        padded.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line)));
    lines.collect()
}

fn integer(number: &[u8]) -> Vec<u8> {
    tagged(2, &[&[0], number].concat())
}

fn sequence(inside: &[u8]) -> Vec<u8> {
    tagged(0x30, inside)
}

fn tagged(tag: u8, inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    let length = match inside.len() {
        0..128 => vec![length[1]],
        128..256 => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [vec![tag], length, inside.to_vec()].concat()
}

#[tokio::test]
async fn ka_02_a_key_is_for_its_own_algorithm_alone() {
    let desk = Desk::of(Algorithm::Rs256).await;
    for place in Place::ALL {
        let pss = desk.key(place).as_if_for(Algorithm::Ps256);
        let (header, claims) = (pss.header(place.typ()), desk.claims(place));
        let said = pss.sign(&header.to_string(), &claims.to_string());
        let lying = pss.sign(&desk.header(place).to_string(), &claims.to_string());
        let forged = vec![("PS256 by the key of RS256".into(), said), ("a lie".into(), lying)];
        desk.refuses(place, forged).await;
    }
}

#[tokio::test]
async fn ka_03_a_key_brought_along_in_the_header_is_never_used() {
    let desk = Desk::new().await;
    let attacker = RawKey::generate(Algorithm::Es256);
    for place in Place::ALL {
        let mut forged = Vec::new();
        for kid in [json!(attacker.kid()), json!(desk.key(place).kid()), json!(null)] {
            let brought = json!({ "kid": kid, "jwk": attacker.public() });
            let header = changed(desk.header(place), &brought).to_string();
            forged.push((header.clone(), attacker.sign(&header, &desk.claims(place).to_string())));
            let plain = changed(desk.header(place), &json!({ "kid": kid })).to_string();
            forged.push((plain.clone(), attacker.sign(&plain, &desk.claims(place).to_string())));
        }
        desk.refuses(place, forged).await;
    }
}

/// A chain of certificates in `x5c` is not an address and not refused for itself: Entra's libraries send
/// it in client assertions. It never chooses the key.
#[tokio::test]
async fn ka_04_an_address_in_the_header_is_refused_and_never_visited() {
    let desk = Desk::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    for place in Place::ALL {
        desk.refuses(place, leading_to(&address.to_string(), &desk, place)).await;
    }
    // The system queues connections for a listener: had anybody come, one would be waiting.
    let visit = listener.accept().map(|(_, from)| from);
    assert_eq!(visit.unwrap_err().kind(), ErrorKind::WouldBlock);
    let visitor = TcpStream::connect(address).unwrap();
    assert_eq!(listener.accept().unwrap().1, visitor.local_addr().unwrap());
}

/// Tokens whose header, or issuer, leads to this address.
fn leading_to(address: &str, desk: &Desk, place: Place) -> Vec<(String, String)> {
    let attacker = RawKey::generate(Algorithm::Es256);
    // Keys are looked up by issuer: one that is an address is nobody's, too.
    let issuer = json!({ "iss": format!("http://{address}") });
    let mut forged = vec![("an issuer".to_owned(), desk.with_claims(place, &issuer))];
    for brought in
        [members(&format!("http://{address}")), members(&format!("https://{address}"))].concat()
    {
        let header = changed(desk.header(place), &brought).to_string();
        let claims = desk.claims(place).to_string();
        forged.push((header.clone(), attacker.sign(&header, &claims)));
        if brought.get("x5c").is_none() {
            // Even under the true signature.
            forged.push((header.clone(), desk.key(place).sign(&header, &claims)));
        }
    }
    forged
}

/// Members of a header by which a key could be found.
fn members(url: &str) -> [Value; 6] {
    [
        json!({ "jku": url }),
        json!({ "x5u": url }),
        json!({ "jku": url, "x5u": url, "kid": null }),
        json!({ "kid": url }),
        json!({ "x5c": ["MIIB"], "kid": url }),
        json!({ "x5c": ["MIIB"], "x5t": "YQ", "x5t#S256": "YQ" }),
    ]
}

#[tokio::test]
async fn ka_05_a_kid_that_is_a_path_or_sql_or_huge_or_unknown_finds_no_key() {
    let desk = Desk::new().await;
    let kids = [
        json!("../../dev/null"),
        json!("/dev/null"),
        json!("' OR 1=1--"),
        json!("\0"),
        json!(""),
        json!("unknown"),
        json!("k".repeat(10_000)),
        json!(1),
        json!(["a"]),
        json!({}),
    ];
    for place in Place::ALL {
        let with_kid =
            |kid: &Value| (format!("{kid:.60}"), desk.with_header(place, &json!({ "kid": kid })));
        desk.refuses(place, kids.iter().map(with_kid).collect()).await;
        // Without a name the key is found if there is only one of its algorithm, never another's.
        let stranger = RawKey::generate(Algorithm::Es256);
        let unnamed = changed(desk.header(place), &json!({ "kid": null })).to_string();
        let forged = stranger.sign(&unnamed, &desk.claims(place).to_string());
        assert!(!desk.takes(place, &forged).await, "{place:?}");
        let honest = desk.key(place).sign(&unnamed, &desk.claims(place).to_string());
        assert!(desk.takes(place, &honest).await, "{place:?}");
    }
}

#[tokio::test]
async fn ka_06_a_key_of_another_tenant_or_client_counts_for_nothing_also_under_our_kid() {
    let desk = Desk::new().await;
    let other_tenant = desk.world.own_key("t2", Algorithm::Es256).await;
    for place in Place::ALL {
        let others: &[&RawKey] = match place {
            Place::ClientAssertion => &[&desk.own, &other_tenant],
            _ => &[&desk.client, &other_tenant],
        };
        let forged = others.iter().flat_map(|other| by_another(other, &desk, place)).collect();
        desk.refuses(place, forged).await;
    }
}

/// What would be honest, signed with another's key: under its own name, and under ours.
fn by_another(other: &RawKey, desk: &Desk, place: Place) -> [(String, String); 2] {
    [other.kid(), desk.key(place).kid()].map(|kid| {
        let header = changed(desk.header(place), &json!({ "kid": kid })).to_string();
        (header.clone(), other.sign(&header, &desk.claims(place).to_string()))
    })
}

#[tokio::test]
async fn ka_13_what_is_encrypted_or_packed_is_refused_before_anybody_unpacks_it() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        let mut forged: Vec<(String, String)> = Vec::new();
        for header in [
            json!({ "alg": "dir", "enc": "A128GCM" }),
            json!({ "alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF" }),
            json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_648_u64, "p2s": "YQ" }),
            json!({ "alg": "ECDH-ES", "enc": "A128GCM", "epk": { "kty": "EC" } }),
        ] {
            let head = base64url(header.to_string().as_bytes());
            forged.push((format!("{header} in five parts"), format!("{head}.YQ.YQ.YQ.YQ")));
            let members = changed(desk.header(place), &header);
            let signed =
                desk.key(place).sign(&members.to_string(), &desk.claims(place).to_string());
            forged.push((format!("{header} in three parts"), signed));
        }
        for member in [
            json!({ "zip": "DEF" }),
            json!({ "enc": "A128GCM" }),
            json!({ "p2c": 2_147_483_648_u64, "p2s": "YQ" }),
            json!({ "b64": false }),
            json!({ "crit": ["b64"], "b64": false }),
            json!({ "crit": ["exp"], "exp": 1 }),
            json!({ "crit": [] }),
        ] {
            forged.push((member.to_string(), desk.with_header(place, &member)));
        }
        desk.refuses(place, forged).await;
    }
}

/// Of client assertions alone some may leave their kind out, or call themselves plain `JWT` (AS-02).
#[tokio::test]
async fn ka_17_of_all_kinds_each_place_takes_its_own_alone() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        for typ in Typ::ALL {
            let token = desk.key(place).jwt(typ, &desk.claims(place));
            let fits =
                typ == place.typ() || (place == Place::ClientAssertion && typ == Typ::IdToken);
            assert_eq!(desk.takes(place, &token).await, fits, "{typ} at {place:?}");
        }
        for (typ, fits) in [
            (json!(null), place == Place::ClientAssertion),
            (json!(""), false),
            (json!("jose"), false),
            (json!(1), false),
            (json!(place.typ().as_str().to_uppercase()), true),
            (json!(format!("application/{}", place.typ())), true),
        ] {
            let token = desk.with_header(place, &json!({ "typ": typ }));
            assert_eq!(desk.takes(place, &token).await, fits, "{typ} at {place:?}");
        }
    }
}

/// What is honest in one place, taken to every other: only places for the very same token agree.
#[tokio::test]
async fn ka_17_what_is_honest_in_one_place_is_nothing_in_another() {
    let desk = Desk::new().await;
    for from in Place::ALL {
        for to in Place::ALL {
            assert_eq!(
                desk.takes(to, &desk.honest(from)).await,
                same(from, to),
                "{from:?} at {to:?}"
            );
        }
    }
}

fn same(from: Place, to: Place) -> bool {
    use Place::{ActorToken, Assertion, Introspection, LogoutHint, SignInHint, SubjectToken};
    let alike = [&[Assertion, SubjectToken, Introspection][..], &[SignInHint, LogoutHint]];
    from == to
        || alike.iter().any(|places| places.contains(&from) && places.contains(&to))
        // An actor's own token for `api-a`, about which `api-a` may ask.
        || (from == ActorToken && to == Introspection)
}
