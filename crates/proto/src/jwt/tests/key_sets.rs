//! Key sets: ours as published, others' as read, clients' as registered.

use super::*;
use crate::id::KeyId;
use std::slice;

fn jwk(alg: Algorithm) -> Value {
    serde_json::to_value(key(alg).public_jwk()).unwrap()
}

fn set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn lenient(keys: &[Value]) -> Vec<Jwk> {
    JwkSet::parse(&set(keys), RsaDefault::Rs256).unwrap().iter().cloned().collect()
}

fn strict(keys: &[Value]) -> Result<JwkSet, BadJwkSet> {
    JwkSet::parse_strict(&set(keys), RsaDefault::Rs256)
}

#[test]
fn jk_01_and_02_what_we_publish_is_public_named_and_for_one_use() {
    let published: JwkSet = Algorithm::ALL.into_iter().map(|alg| key(alg).public_jwk()).collect();
    let written = serde_json::to_value(&published).unwrap();
    let keys = written["keys"].as_array().unwrap();
    let members =
        |i: usize| keys[i].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(members(0), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(members(1), ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(members(2), ["alg", "e", "kid", "kty", "n", "use"]);
    for (jwk, alg) in keys.iter().zip(Algorithm::ALL) {
        assert_eq!(jwk["alg"], alg.as_str());
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["kid"], key(alg).public_jwk().thumbprint().to_string());
    }
    let read = JwkSet::parse_strict(written.to_string().as_bytes(), RsaDefault::Refused).unwrap();
    assert_eq!(read, published);
}

#[test]
fn a_thumbprint_is_the_one_rfc_7638_and_8037_print() {
    let rsa = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let thumbprints: Vec<_> =
        lenient(&[rsa, ed]).iter().map(|jwk| jwk.thumbprint().to_string()).collect();
    assert_eq!(
        thumbprints,
        [
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        ]
    );
}

#[test]
fn a_private_key_is_read_back_as_the_same_key() {
    for alg in Algorithm::ALL {
        let (made, pkcs8) = SigningKey::generate(alg).unwrap();
        let read = SigningKey::from_pkcs8(alg, &pkcs8).unwrap();
        assert_eq!(read.public_jwk(), made.public_jwk());
        assert_eq!(verify(&read.sign(Typ::AccessToken, &claims()).unwrap(), &made), Ok(claims()));
        let other = if alg == Algorithm::Es256 { Algorithm::EdDsa } else { Algorithm::Es256 };
        assert_eq!(SigningKey::from_pkcs8(other, &pkcs8).unwrap_err(), BadSigningKey);
    }
}

/// Each with what is wrong about it.
fn unusable() -> Vec<(Value, JwkProblem)> {
    let ec = || jwk(Algorithm::Es256);
    let rsa = || jwk(Algorithm::Rs256);
    let modulus_of = |bytes: usize| base64url(&vec![0xFF; bytes]);
    vec![
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), JwkProblem::Symmetric),
        (json!("key"), JwkProblem::NotAKey),
        (json!(["OKP", "Ed25519", jwk(Algorithm::EdDsa)["x"]]), JwkProblem::NotAKey),
        (json!({ "crv": "P-256" }), JwkProblem::NotAKey),
        (with(ec(), json!({ "kid": 1 })), JwkProblem::NotAKey),
        (with(ec(), json!({ "kty": "AKP" })), JwkProblem::KeyType),
        (with(ec(), json!({ "crv": "secp256k1" })), JwkProblem::KeyType),
        (with(ec(), json!({ "d": "AA" })), JwkProblem::Private),
        (with(rsa(), json!({ "dp": "AA" })), JwkProblem::Private),
        (with(ec(), json!({ "use": "enc" })), JwkProblem::Use),
        (with(ec(), json!({ "key_ops": ["sign"] })), JwkProblem::KeyOps),
        (with(ec(), json!({ "alg": "ES256K" })), JwkProblem::Algorithm),
        (with(ec(), json!({ "alg": "RS256" })), JwkProblem::Algorithm),
        (with(ec(), json!({ "alg": "HS256" })), JwkProblem::Algorithm),
        (with(rsa(), json!({ "alg": "RSA-OAEP" })), JwkProblem::Algorithm),
        // Not on the curve, and one byte short.
        (with(ec(), json!({ "y": base64url(&[7; 32]) })), JwkProblem::Material),
        (with(ec(), json!({ "x": base64url(&[7; 31]) })), JwkProblem::Material),
        (without(ec(), "y"), JwkProblem::Material),
        (with(rsa(), json!({ "n": modulus_of(255) })), JwkProblem::RsaSize),
        (with(rsa(), json!({ "n": modulus_of(1025) })), JwkProblem::RsaSize),
        (with(rsa(), json!({ "n": base64url(&[0xFE; 256]) })), JwkProblem::Material),
        (with(rsa(), json!({ "e": "AQ" })), JwkProblem::RsaExponent),
        (with(rsa(), json!({ "e": "Aw" })), JwkProblem::RsaExponent),
        (with(rsa(), json!({ "e": base64url(&[1, 0, 0]) })), JwkProblem::RsaExponent),
        (with(rsa(), json!({ "e": "" })), JwkProblem::RsaExponent),
    ]
}

#[test]
fn an_unusable_key_is_left_out_of_an_issuers_set_and_an_error_in_a_clients() {
    let good = jwk(Algorithm::EdDsa);
    let alone = lenient(slice::from_ref(&good));
    for (bad, problem) in unusable() {
        assert_eq!(lenient(&[good.clone(), bad.clone()]), alone, "{bad}");
        let refused = Err(BadJwkSet::Key { index: 1, problem });
        assert_eq!(strict(&[good.clone(), bad.clone()]), refused, "{bad}");
    }
    assert_eq!(strict(&[good]).unwrap().iter().cloned().collect::<Vec<_>>(), alone);
}

#[test]
fn members_that_add_nothing_do_no_harm() {
    let more = json!({ "x5c": ["MIIB"], "x5t": "a", "key_ops": ["verify"], "ext": true });
    assert_eq!(lenient(&[with(jwk(Algorithm::Rs256), more)]), lenient(&[jwk(Algorithm::Rs256)]));
    let plain = without(without(jwk(Algorithm::Es256), "use"), "alg");
    assert_eq!(lenient(&[plain]), lenient(&[jwk(Algorithm::Es256)]));
}

#[test]
fn two_different_keys_of_one_name_are_both_left_out() {
    let (a, b) = (jwk(Algorithm::Es256), jwk(Algorithm::EdDsa));
    let same_name = with(b.clone(), json!({ "kid": a["kid"] }));
    assert_eq!(lenient(&[a.clone(), same_name.clone()]), []);
    let refused = BadJwkSet::Key { index: 1, problem: JwkProblem::RepeatedKid };
    assert_eq!(strict(&[a.clone(), same_name]), Err(refused));
    assert_eq!(lenient(&[a.clone(), a.clone()]), lenient(slice::from_ref(&a)));
    assert_eq!(lenient(&[a, b]).len(), 2);
}

#[test]
fn an_rsa_key_that_names_no_algorithm_gets_the_one_the_caller_says() {
    let untold = set(&[without(jwk(Algorithm::Rs256), "alg")]);
    let alg = |rsa| JwkSet::parse_strict(&untold, rsa).map(|set| set.iter().next().unwrap().alg());
    assert_eq!(alg(RsaDefault::default()), Ok(Algorithm::Rs256));
    assert_eq!(alg(RsaDefault::Ps256), Ok(Algorithm::Ps256));
    let refused = BadJwkSet::Key { index: 0, problem: JwkProblem::Algorithm };
    assert_eq!(alg(RsaDefault::Refused), Err(refused));
}

#[test]
fn a_set_has_limits_and_a_shape() {
    let parse =
        |bytes: &[u8]| JwkSet::parse(bytes, RsaDefault::Rs256).map(|set| set.iter().count());
    assert_eq!(parse(&set(&vec![jwk(Algorithm::EdDsa); MAX_KEYS])), Ok(1));
    assert_eq!(parse(&set(&vec![json!({}); MAX_KEYS + 1])), Err(BadJwkSet::TooMany));
    assert_eq!(parse(&vec![b' '; MAX_JWK_SET + 1]), Err(BadJwkSet::TooLong));
    for text in ["{}", "[]", r#"{"keys":{}}"#, r#"{"keys":null}"#] {
        assert_eq!(parse(text.as_bytes()), Err(BadJwkSet::NotASet), "{text}");
    }
    let twice = parse(br#"{"keys":[],"keys":[]}"#);
    assert_eq!(twice, Err(BadJwkSet::Json(crate::json::JsonError::DuplicateMember)));
    assert_eq!(parse(br#"{"keys":[]}"#), Ok(0));
    assert_eq!(strict(&[]), Err(BadJwkSet::Empty));
}

#[test]
fn a_key_is_found_by_its_name_or_by_being_the_only_one() {
    let (ec, ed) = (key(Algorithm::Es256), key(Algorithm::EdDsa));
    let both = set_of(&[ec, ed]);
    assert_eq!(both.get(ed.kid()).map(VerifyingKey::alg), Some(Algorithm::EdDsa));
    assert!(both.get(key(Algorithm::Rs256).kid()).is_none());
    assert!(both.single().is_none() && set_of(&[ec]).single().is_some());
    assert!(KeySet::default().single().is_none());
}

#[test]
fn a_key_under_another_name_is_published_and_signs_under_that_name() {
    let (signer, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
    let renamed = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).unwrap();
    let renamed = renamed.named(KeyId::parse("2026-11").unwrap());
    assert_eq!(renamed.kid().as_str(), "2026-11");
    assert_eq!(renamed.public_jwk().kid(), Some(renamed.kid()));
    assert_eq!(renamed.public_jwk().thumbprint(), signer.public_jwk().thumbprint());
    let token = renamed.sign(Typ::AccessToken, &json!({ "sub": "alice" })).unwrap();
    let header = Unverified::parse(&token).unwrap();
    assert_eq!(serde_json::to_value(header.header().kid()).unwrap(), "2026-11");
}
