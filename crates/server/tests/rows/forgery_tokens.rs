//! Attacks on the form, the signature and the claims of a JWT, at every place where one is read
//! (rows KA-08 to KA-22, without what is about the header alone).

use crate::places::{Desk, Place, changed};
use serde_json::{Value, json};
use std::sync::Arc;
use stead_core::commit::Change;
use stead_proto::digest::{base64url, from_base64url};
use stead_proto::id::{Subject, Username};
use stead_proto::jwt::Algorithm;
use testkit::API_A_SECRET;

/// The three parts of a compact JWS.
fn parts(token: &str) -> [&str; 3] {
    <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap()
}

/// The same token under another signature.
fn resigned(token: &str, signature: &[u8]) -> String {
    let [header, claims, _] = parts(token);
    format!("{header}.{claims}.{}", base64url(signature))
}

fn signature_of(token: &str) -> Vec<u8> {
    let [_, _, signature] = parts(token);
    from_base64url(signature).unwrap()
}

#[tokio::test]
async fn ka_08_a_member_that_stands_twice_is_refused_also_under_an_escaped_name() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        desk.refuses(place, repeated(&desk, place)).await;
    }
}

fn repeated(desk: &Desk, place: Place) -> Vec<(String, String)> {
    let mut forged = Vec::new();
    let (header, claims) = (desk.header(place), || desk.claims(place));
    for name in ["iss", "sub", "aud", "exp", "act", "may_act", "scp", "cnf", "unheard_of"] {
        for twice in twice(&claims(), name) {
            forged.push((twice.clone(), desk.key(place).sign(&header.to_string(), &twice)));
        }
    }
    for name in ["alg", "kid", "typ"] {
        for twice in twice(&header, name) {
            forged.push((twice.clone(), desk.key(place).sign(&twice, &claims().to_string())));
        }
    }
    forged
}

/// The same object with this member a second time, under its name and under its name escaped.
fn twice(object: &Value, name: &str) -> [String; 2] {
    let value = object.get(name).cloned().unwrap_or(json!({ "sub": "api-a" }));
    let once = changed(object.clone(), &json!({ name: value })).to_string();
    [name.to_owned(), escaped(name)]
        .map(|again| format!(r#"{{"{again}":{value},{}"#, once.strip_prefix('{').unwrap()))
}

/// `sub` as `\u0073ub`.
fn escaped(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("\\u{:04x}{rest}", first.as_bytes()[0])
}

#[tokio::test]
async fn ka_10_an_es256_signature_of_zeros_in_der_or_too_long_is_refused() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        let token = desk.honest(place);
        let good = signature_of(&token);
        let (r, s) = good.split_at(32);
        let der = [&[0x30, 0x44, 2, 32], r, &[2, 32], s].concat();
        let forged = [
            vec![0; 64],
            [&[0; 32], s].concat(),
            [r, &[0; 32]].concat(),
            [s, r].concat(),
            ORDER.repeat(2),
            vec![0xFF; 64],
            der,
            [&[0], r, &[0], s].concat(),
            [&good[..], &[0]].concat(),
            good[..63].to_vec(),
        ];
        let forged = forged.map(|bytes| (format!("{bytes:02x?}"), resigned(&token, &bytes)));
        desk.refuses(place, forged.to_vec()).await;
    }
}

/// The order of the group P-256.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// The other signature that is as true: (r, n − s).
fn twin(token: &str) -> String {
    let signature = signature_of(token);
    let (r, s) = signature.split_at(32);
    let (mut other, mut borrow) = ([0; 32], 0);
    for place in (0..32).rev() {
        let difference = i16::from(ORDER[place]) - i16::from(s[place]) - borrow;
        borrow = i16::from(difference < 0);
        other[place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    resigned(token, &[r, &other].concat())
}

/// Policy: (r, n − s) verifies. A token is known by its `jti`, never by its bytes, so it is no second one.
#[tokio::test]
async fn ka_10_the_twin_of_a_signature_makes_no_second_token() {
    let desk = Desk::new().await;
    let token = desk.honest(Place::ClientAssertion);
    assert!(desk.takes(Place::ClientAssertion, &token).await);
    assert!(!desk.takes(Place::ClientAssertion, &twin(&token)).await);

    let token = desk.honest(Place::SubjectToken);
    assert!(desk.takes(Place::SubjectToken, &twin(&token)).await);
    let spa = testkit::Auth::Public("spa");
    let revoked = desk.world.t1().post("revoke", spa, &[("token", &token)]).await;
    assert_eq!(revoked.status, 200);
    for place in [Place::SubjectToken, Place::Assertion, Place::Introspection] {
        assert!(!desk.takes(place, &token).await, "{place:?}");
        assert!(!desk.takes(place, &twin(&token)).await, "{place:?}");
    }
}

#[tokio::test]
async fn ka_11_an_rsa_signature_that_only_looks_padded_is_refused() {
    let desk = Desk::of(Algorithm::Rs256).await;
    for place in Place::ALL {
        let token = desk.honest(place);
        let good = signature_of(&token);
        let [header, claims, _] = parts(&token);
        let digest = stead_proto::digest::sha256(format!("{header}.{claims}").as_bytes());
        let mut forged: Vec<Vec<u8>> = vec![
            vec![],
            vec![0; 256],
            [vec![0; 255], vec![1]].concat(),
            vec![0xFF; 256],
            good[1..].to_vec(),
            [&[0], &good[..]].concat(),
            [&good[..], &[0]].concat(),
            digest.as_bytes().to_vec(),
        ];
        // What verification would compute, as if the exponent were 1: sound, short, and with junk behind.
        for (fill, junk) in [(202, 0), (8, 194), (0, 202)] {
            let hash = [SHA256_DIGEST_INFO, digest.as_bytes()].concat();
            let padded = [&[0, 1][..], &vec![0xFF; fill], &[0], &hash, &vec![7; junk]].concat();
            assert_eq!(padded.len(), 256);
            forged.push(padded);
        }
        let forged = forged.iter().map(|bytes| (format!("{bytes:02x?}"), resigned(&token, bytes)));
        desk.refuses(place, forged.collect()).await;
    }
}

/// `DigestInfo` of SHA-256 (RFC 8017 §9.2).
const SHA256_DIGEST_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

#[tokio::test]
async fn ka_14_other_serializations_and_other_alphabets_are_refused() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        let token = desk.honest(place);
        let [header, claims, signature] = parts(&token);
        let flattened = json!({ "protected": header, "payload": claims, "signature": signature });
        let general = json!({ "payload": claims, "signatures": [{ "protected": header, "signature": signature }] });
        let (front, last) = signature.split_at(signature.len() - 1);
        let odd = format!("{front}{}", next_in_base64(last));
        let forged = [
            flattened.to_string(),
            general.to_string(),
            format!("{header}.{claims}"),
            format!("{token}."),
            format!(".{token}"),
            format!("{token}.{signature}"),
            format!("{token}.{signature}.{signature}"),
            "..".to_owned(),
            ".".repeat(10_000),
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\r\n"),
            format!("{header}.\n{claims}.{signature}"),
            format!("{header}.{claims} .{signature}"),
            format!("{header}=.{claims}.{signature}"),
            format!("{token}=="),
            format!("{header}.{claims}.{odd}"),
            format!("{}.{claims}.{signature}", header.replacen('e', "%65", 1)),
            format!("{header}.{claims}.{}", signature.replace('-', "+").replace('_', "/") + "+/"),
            "garbage".to_owned(),
            "\u{feff}a.b.c".to_owned(),
        ];
        desk.refuses(place, forged.map(|token| (format!("{token:.300}"), token)).to_vec()).await;
    }
}

/// The next letter of the alphabet: of 64 bytes' last letter only two bits count, so it means the same bytes.
fn next_in_base64(letter: &str) -> char {
    char::from(letter.as_bytes()[0] + 1)
}

/// A form of a million dots is too large for a token endpoint; where a token is only asked about, it is
/// one that is not active (IN-07).
#[tokio::test]
async fn ka_14_a_million_dots_are_refused_and_nobody_else_notices() {
    let desk = Desk::new().await;
    let dots = ".".repeat(1_000_000);
    let t1 = desk.world.t1();
    assert_eq!(t1.obo_entra(&dots, "api://b/B.read").await.status, 413);
    assert_eq!(t1.obo_exchange(&dots, "api://b", "B.read").await.status, 413);
    let body = [("access_token", dots.as_str())];
    assert_eq!(t1.post("userinfo", testkit::Auth::None, &body).await.status, 413);
    let asked = t1.introspect(("api-a", API_A_SECRET), &dots).await;
    assert_eq!((asked.status, asked.json()), (200, json!({ "active": false })));
    for place in Place::ALL {
        assert!(desk.takes(place, &desk.honest(place)).await, "{place:?}");
    }
}

#[tokio::test]
async fn ka_18_an_issuer_that_nearly_matches_is_another() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        let ours = desk.claims(place)["iss"].as_str().unwrap().to_owned();
        let mut others = vec![
            json!(null),
            json!(1),
            json!([ours]),
            json!(format!("{ours}/")),
            json!(ours.to_uppercase()),
            json!(format!(" {ours}")),
            json!(format!("{ours}\0")),
            json!(format!("{ours}#")),
            json!(desk.world.t2().issuer()),
            json!("https://issuer.evil"),
            json!(ours.replacen("api", "%61pi", 1).replacen("t1", "%741", 1)),
            json!(ours.replacen("localhost", "localhost.issuer.evil", 1) + "?"),
        ];
        if place != Place::ClientAssertion {
            others.push(json!(ours.replacen("https://", "http://", 1)));
            others.push(json!(ours.replacen("https://", "https://user@", 1)));
            others.push(json!(ours.replacen("localhost", "localhost.issuer.evil", 1)));
            others.push(json!(ours.replacen("/t1/", "/00000000-0000-4000-8000-000000000001/", 1)));
        }
        let forged = others
            .iter()
            .map(|iss| (iss.to_string(), desk.with_claims(place, &json!({ "iss": iss }))));
        desk.refuses(place, forged.collect()).await;
    }
}

/// Policy: a token of ours has one audience, as one text; a list is refused, even of ours alone. A client
/// assertion may name us in a list of one (RFC 7519 §4.1.3 lets libraries write that). An ID token may hint
/// at its user whichever client it is for (OpenID Connect Core §3.1.2.1); where a logout leads is for the
/// client alone that it names.
#[tokio::test]
async fn ka_19_an_audience_that_nearly_matches_is_another() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        // Whom an actor's own token is for does not matter: it says who the actor is.
        if place == Place::ActorToken {
            continue;
        }
        let ours = desk.claims(place)["aud"].as_str().unwrap().to_owned();
        let mut others = vec![
            json!(null),
            json!(1),
            json!({}),
            json!([]),
            json!(""),
            json!([ours, "https://issuer.evil"]),
            json!(["https://issuer.evil", ours]),
            json!([ours, ours]),
            json!(format!("{ours}/")),
            json!(ours.get(..ours.len() - 1).unwrap()),
            json!(format!("{ours}x")),
            json!(ours.to_uppercase()),
            json!(format!(" {ours}")),
            json!(format!("{ours}\0")),
            json!("https://issuer.evil"),
        ];
        if place != Place::ClientAssertion {
            others.push(json!([ours]));
        }
        if place == Place::SignInHint {
            others.retain(|aud| !aud.is_string() || aud == "");
        }
        let forged = others
            .iter()
            .map(|aud| (aud.to_string(), desk.with_claims(place, &json!({ "aud": aud }))));
        desk.refuses(place, forged.collect()).await;
    }
}

#[tokio::test]
async fn ka_21_an_edited_token_under_its_old_signature_is_refused_after_the_true_one_was_taken() {
    let desk = Desk::new().await;
    for place in Place::ALL {
        let token = desk.honest(place);
        assert!(desk.takes(place, &token).await, "{place:?}");
        let [header, claims, signature] = parts(&token);
        let said: Value = serde_json::from_slice(&from_base64url(claims).unwrap()).unwrap();
        let edited = changed(said, &json!({ "jti": "another", "exp": 9_999_999_999_i64 }));
        let edited = base64url(edited.to_string().as_bytes());
        let forged = [
            format!("{header}.{edited}.{signature}"),
            format!("{header}.{edited}."),
            format!("{header}.{claims}."),
            format!("{header}.{claims}.{}", base64url(&[0; 64])),
        ];
        desk.refuses(place, forged.map(|token| (token.clone(), token)).to_vec()).await;
    }
}

#[tokio::test]
async fn ka_22_subjects_that_look_alike_are_different_users() {
    let desk = Desk::new().await;
    let alike = [
        "user-\u{ff41}lice",
        "User-alice",
        "user-al\u{200b}ice",
        "\u{202e}user-alice",
        "user-alice\u{301}",
        "user-alic\u{e9}",
        "user-alice\0",
        "user-alice ",
    ];
    for place in [Place::Assertion, Place::SubjectToken, Place::UserInfo, Place::Introspection] {
        let as_other = |name: &&str| {
            (format!("{name:?}"), desk.with_claims(place, &json!({ "sub": name, "oid": name })))
        };
        desk.refuses(place, alike.iter().map(as_other).collect()).await;
    }
    // Once there is such a user it is that one, byte by byte.
    let (composed, apart) = ("user-\u{e9}", "user-e\u{301}");
    let original = Subject::parse("user-alice").unwrap();
    let original = desk.world.sts("t1").store.user(&original).await.unwrap().unwrap();
    let mut twin = Arc::unwrap_or_clone(original);
    twin.id = Subject::parse(composed).unwrap();
    twin.username = Username::parse("e@example.com").unwrap();
    desk.world.commit("t1", vec![Change::PutUser(Box::new(twin))]).await;
    let token =
        |name: &str| desk.with_claims(Place::SubjectToken, &json!({ "sub": name, "oid": name }));
    let answer = desk.world.t1().obo_exchange(&token(composed), "api://b", "B.read").await;
    assert_eq!(answer.claims()["sub"], composed);
    let answer = desk.world.t1().obo_exchange(&token(apart), "api://b", "B.read").await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
    assert_eq!(desk.world.last_reason().await, "user-unknown");
}
