//! Forged tokens: no signature, another's signature, a key brought along.

use super::*;

#[test]
fn ka_01_alg_none_is_refused_in_any_spelling() {
    let key = key(Algorithm::Es256);
    for alg in ["none", "None", "nOnE", "NONE", "", " none", "es256", "ES256\u{0}"] {
        let header = with(header(key), json!({ "alg": alg }));
        for signature in [&b""[..], &[0; 64]] {
            let token = with_signature(&header, claims(), signature);
            assert_eq!(verify(&token, key), Err(JwtError::AlgorithmRefused), "{alg:?}");
        }
    }
    let unnamed = with_signature(without(header(key), "alg"), claims(), b"");
    assert_eq!(verify(&unnamed, key), Err(JwtError::BadHeader));
    let unsigned = with_signature(header(key), claims(), b"");
    assert_eq!(verify(&unsigned, key), Err(JwtError::BadSignature));
    assert_eq!(verify(&signed(key, header(key), claims()), key), Ok(claims()));
}

#[test]
fn ka_02_hs256_keyed_with_the_public_key_is_refused() {
    let key = key(Algorithm::Rs256);
    let jwk = serde_json::to_value(key.public_jwk()).unwrap();
    let modulus = jwk["n"].as_str().unwrap();
    let secrets =
        [jwk.to_string(), modulus.to_owned(), format!("-----BEGIN PUBLIC KEY-----\n{modulus}")];
    for (secret, alg) in secrets.iter().zip(["HS256", "HS384", "HS512"]) {
        let header = with(header(key), json!({ "alg": alg }));
        let hmac_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let input = signing_input(&header, claims());
        let tag = aws_lc_rs::hmac::sign(&hmac_key, input.as_bytes());
        let token = with_signature(&header, claims(), tag.as_ref());
        assert_eq!(verify(&token, key), Err(JwtError::AlgorithmRefused), "{alg}");
    }
    assert_eq!(verify(&signed(key, header(key), claims()), key), Ok(claims()));
}

#[test]
fn ka_02_a_key_signs_with_its_own_algorithm_only() {
    // The same RSA key, the same bytes: PS256 in the header of a key that is for RS256.
    let (_, pkcs8) = SigningKey::generate(Algorithm::Rs256).unwrap();
    let rs256 = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8).unwrap();
    let ps256 = SigningKey::from_pkcs8(Algorithm::Ps256, &pkcs8).unwrap();
    assert_eq!(rs256.kid(), ps256.kid());
    let token = ps256.sign(Typ::AccessToken, &claims()).unwrap();
    assert_eq!(verify(&token, &rs256), Err(JwtError::WrongKeyAlgorithm));
    assert_eq!(verify(&token, &ps256), Ok(claims()));
    // And a PS256 signature that says RS256 is no RS256 signature.
    let lying = signed(&ps256, header(&rs256), claims());
    assert_eq!(verify(&lying, &rs256), Err(JwtError::BadSignature));
}

#[test]
fn an_algorithm_that_is_not_accepted_here_is_refused_before_the_key_is_looked_for() {
    let key = key(Algorithm::Rs256);
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let narrow = Accept { algorithms: &[Algorithm::Es256], ..accept() };
    assert_eq!(verify_with(&token, &KeySet::default(), &narrow), Err(JwtError::AlgorithmRefused));
    assert_eq!(verify_with(&token, &KeySet::default(), &accept()), Err(JwtError::UnknownKey));
}

#[test]
fn ka_03_a_key_brought_along_is_never_used() {
    let ours = key(Algorithm::Es256);
    let attacker = new_key(Algorithm::Es256);
    for kid in [ours.kid(), attacker.kid()] {
        let header = with(header(ours), json!({ "kid": kid, "jwk": attacker.public_jwk() }));
        assert_eq!(verify(&signed(&attacker, header, claims()), ours), Err(JwtError::BadHeader));
    }
    let theirs = with(header(ours), json!({ "jwk": ours.public_jwk() }));
    assert_eq!(verify(&signed(ours, theirs, claims()), ours), Err(JwtError::BadHeader));
}

#[test]
fn ka_04_a_place_to_fetch_a_key_from_is_refused_and_a_certificate_means_nothing() {
    let ours = key(Algorithm::Es256);
    let attacker = new_key(Algorithm::Es256);
    for member in ["jku", "x5u"] {
        let header = with(header(ours), json!({ member: "https://attacker.example/keys" }));
        assert_eq!(verify(&signed(ours, header, claims()), ours), Err(JwtError::BadHeader));
    }
    // Entra's libraries send certificates along: whatever they say, the key is ours or none.
    let shapes =
        [json!({ "x5c": ["MIIB"] }), json!({ "x5c": "MIIB", "x5t": "a", "x5t#S256": "b=" })];
    for certificate in shapes {
        let header = with(header(ours), certificate);
        assert_eq!(
            verify(&signed(&attacker, &header, claims()), ours),
            Err(JwtError::BadSignature)
        );
        assert_eq!(verify(&signed(ours, &header, claims()), ours), Ok(claims()));
    }
}

#[test]
fn ka_05_a_kid_that_is_odd_or_unknown_finds_no_key() {
    let key = key(Algorithm::Es256);
    let with_kid = |kid: Value| signed(key, with(header(key), json!({ "kid": kid })), claims());
    for kid in ["../../dev/null", "%00", "'OR'1'='1", "kid"] {
        assert_eq!(verify(&with_kid(json!(kid)), key), Err(JwtError::UnknownKey), "{kid}");
    }
    for kid in
        [json!("' OR 1=1--"), json!("\0"), json!(""), json!("k".repeat(600)), json!(1), json!(null)]
    {
        assert_eq!(verify(&with_kid(kid.clone()), key), Err(JwtError::BadHeader), "{kid}");
    }
    let huge = with_kid(json!("k".repeat(1 << 20)));
    assert_eq!(verify(&huge, key), Err(JwtError::TooLong));
    assert_eq!(verify(&with_kid(json!(key.kid())), key), Ok(claims()));
}

#[test]
fn ka_05_without_a_kid_the_key_is_the_only_one_of_its_algorithm_or_none() {
    let (ec, ed) = (key(Algorithm::Es256), key(Algorithm::EdDsa));
    let other_ec = new_key(Algorithm::Es256);
    let token = signed(ec, without(header(ec), "kid"), claims());
    assert_eq!(verify_with(&token, &set_of(&[ec, ed]), &accept()), Ok(claims()));
    let two = set_of(&[ec, &other_ec]);
    assert_eq!(verify_with(&token, &two, &accept()), Err(JwtError::UnknownKey));
    assert_eq!(verify_with(&token, &set_of(&[ed]), &accept()), Err(JwtError::UnknownKey));
}

#[test]
fn ka_06_the_same_kid_at_another_issuer_is_another_key() {
    let (_, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
    let ours = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).unwrap();
    let theirs = new_key(Algorithm::Es256);
    let one_kid = |key: &SigningKey| {
        let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
        jwk["kid"] = json!("2026-11");
        let set = json!({ "keys": [jwk] }).to_string();
        KeySet::from_jwks(&JwkSet::parse_strict(set.as_bytes(), RsaDefault::Refused).unwrap())
    };
    let token = signed(&theirs, with(header(&theirs), json!({ "kid": "2026-11" })), claims());
    assert_eq!(verify_with(&token, &one_kid(&ours), &accept()), Err(JwtError::BadSignature));
    assert_eq!(verify_with(&token, &one_kid(&theirs), &accept()), Ok(claims()));
}

/// The order of P-256: as r or s it means zero.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

#[test]
fn ka_10_an_es256_signature_of_zeros_or_of_another_form_is_refused() {
    let key = key(Algorithm::Es256);
    let input = signing_input(header(key), claims());
    let true_one = key.sign_bytes(input.as_bytes()).unwrap();
    let zero_r = [&[0; 32], &true_one[32..]].concat();
    let zero_s = [&true_one[..32], &[0; 32]].concat();
    let der = [&[0x30, 0x44, 0x02, 0x20], &true_one[..32], &[0x02, 0x20], &true_one[32..]].concat();
    let padded = [&[0], &true_one[..32], &[0], &true_one[32..]].concat();
    for forged in [
        vec![0; 64],
        zero_r,
        zero_s,
        ORDER.repeat(2),
        vec![0xFF; 64],
        der,
        padded,
        [&true_one[..], &[0]].concat(),
        true_one[..63].to_vec(),
    ] {
        let token = with_signature(header(key), claims(), &forged);
        assert_eq!(verify(&token, key), Err(JwtError::BadSignature), "{forged:02x?}");
    }
    assert_eq!(verify(&with_signature(header(key), claims(), &true_one), key), Ok(claims()));
}

#[test]
fn ka_10_an_ed25519_signature_has_64_bytes() {
    let key = key(Algorithm::EdDsa);
    let true_one = key.sign_bytes(signing_input(header(key), claims()).as_bytes()).unwrap();
    for forged in [vec![0; 64], true_one[..63].to_vec(), [&true_one[..], &[0]].concat()] {
        let token = with_signature(header(key), claims(), &forged);
        assert_eq!(verify(&token, key), Err(JwtError::BadSignature), "{forged:02x?}");
    }
    assert_eq!(verify(&with_signature(header(key), claims(), &true_one), key), Ok(claims()));
}

#[test]
fn ka_11_an_rsa_signature_that_is_not_the_keys_is_refused() {
    for alg in [Algorithm::Rs256, Algorithm::Ps256] {
        let key = key(alg);
        let true_one = key.sign_bytes(signing_input(header(key), claims()).as_bytes()).unwrap();
        let one = [vec![0; 255], vec![1]].concat();
        let shorter = true_one[..255].to_vec();
        let longer = [&[0], &true_one[..]].concat();
        for forged in [vec![], vec![0; 256], one, vec![0xFF; 256], shorter, longer] {
            let token = with_signature(header(key), claims(), &forged);
            assert_eq!(verify(&token, key), Err(JwtError::BadSignature), "{alg} {}", forged.len());
        }
        assert_eq!(verify(&with_signature(header(key), claims(), &true_one), key), Ok(claims()));
    }
}

#[test]
fn ka_21_a_signature_does_not_carry_over_to_other_claims() {
    let key = key(Algorithm::Es256);
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let (_, signature) = token.expose().rsplit_once('.').unwrap();
    let edited = signing_input(header(key), with(claims(), json!({ "sub": "mallory" })));
    let edited = Jwt::new(format!("{edited}.{signature}"));
    assert_eq!(verify(&edited, key), Err(JwtError::BadSignature));
    assert_eq!(verify(&token, key), Ok(claims()));
}
