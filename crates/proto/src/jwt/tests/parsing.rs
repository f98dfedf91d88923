//! Tokens that are not in the one form we read.

use super::*;
use crate::id::Subject;

#[test]
fn ka_08_a_repeated_claim_is_refused_under_a_true_signature() {
    let key = key(Algorithm::Es256);
    let plain = claims().to_string();
    for member in ["iss", "sub", "aud", "exp", "act", "may_act", "scp", "cnf", "unheard_of"] {
        let (first, rest) = member.split_at(1);
        let first = first.as_bytes()[0];
        for again in [member.to_owned(), format!("\\u{first:04x}{rest}")] {
            let twice = plain.replacen('{', &format!(r#"{{"{member}":null,"{again}":null,"#), 1);
            let token = signed(key, header(key), twice);
            assert_eq!(verify(&token, key), Err(JwtError::RepeatedMember), "{again}");
        }
    }
    let deep = plain.replacen('{', r#"{"act":{"sub":"a","act":{"sub":"b","sub":"c"}},"#, 1);
    assert_eq!(verify(&signed(key, header(key), deep), key), Err(JwtError::RepeatedMember));
    assert_eq!(verify(&signed(key, header(key), plain), key), Ok(claims()));
}

#[test]
fn ka_08_a_repeated_header_member_is_refused() {
    let key = key(Algorithm::Es256);
    let plain = header(key).to_string();
    for again in [r#""alg":"none","#, r#""\u0061lg":"ES256","#, r#""kid":"x","#, r#""typ":"JWT","#]
    {
        let token = signed(key, plain.replacen('{', &format!("{{{again}"), 1), claims());
        assert_eq!(verify(&token, key), Err(JwtError::RepeatedMember), "{again}");
    }
    assert_eq!(verify(&signed(key, plain, claims()), key), Ok(claims()));
}

#[test]
fn an_extension_nobody_understands_is_refused() {
    let key = key(Algorithm::Es256);
    for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
        let header = with(header(key), json!({ "crit": crit, "exp": 0 }));
        assert_eq!(verify(&signed(key, header, claims()), key), Err(JwtError::Critical));
    }
    let harmless = with(header(key), json!({ "cty": "x", "exp": 0, "nonce": "n" }));
    assert_eq!(verify(&signed(key, harmless, claims()), key), Ok(claims()));
}

#[test]
fn ka_13_a_jwe_or_what_resembles_one_is_refused_before_any_cryptography() {
    let key = key(Algorithm::Es256);
    let jwe_algorithms = ["RSA-OAEP", "PBES2-HS256+A128KW", "dir", "ECDH-ES"];
    for alg in jwe_algorithms {
        let header = json!({ "alg": alg, "kid": key.kid(), "typ": "at+jwt" });
        let token = signed(key, header, claims());
        assert_eq!(verify(&token, key), Err(JwtError::AlgorithmRefused), "{alg}");
    }
    let members = [
        json!({ "enc": "A128GCM" }),
        json!({ "zip": "DEF" }),
        json!({ "p2c": 2_147_483_648_u64, "p2s": "c2FsdA" }),
        json!({ "epk": {} }),
        json!({ "b64": false }),
        json!({ "b64": true }),
    ];
    for member in members {
        let token = signed(key, with(header(key), member.clone()), claims());
        assert_eq!(verify(&token, key), Err(JwtError::BadHeader), "{member}");
    }
    let jwe = Jwt::new(format!("{}.a.b.c.d", base64url(br#"{"alg":"dir","enc":"A128GCM"}"#)));
    assert_eq!(verify(&jwe, key), Err(JwtError::NotCompact));
}

#[test]
fn ka_14_what_is_not_three_parts_is_refused() {
    let key = key(Algorithm::EdDsa);
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let text = token.expose();
    let [header, payload, signature] = text.split('.').collect::<Vec<_>>()[..] else {
        panic!("parts")
    };
    let json_form = json!({ "payload": payload, "protected": header, "signature": signature });
    for (other, why) in [
        (format!("{header}.{payload}"), JwtError::NotCompact),
        (format!("{text}."), JwtError::NotCompact),
        (format!("{text}.{signature}.{signature}"), JwtError::NotCompact),
        (String::new(), JwtError::NotCompact),
        (".".repeat(1000), JwtError::NotCompact),
        (".".repeat(1_000_000), JwtError::TooLong),
        (json_form.to_string(), JwtError::NotCompact),
        ("..".to_owned(), JwtError::BadHeader),
    ] {
        assert_eq!(verify(&Jwt::new(other.clone()), key), Err(why), "{other:.60}");
    }
    assert_eq!(verify(&token, key), Ok(claims()));
}

#[test]
fn ka_14_what_is_not_canonical_base64url_is_refused() {
    let key = key(Algorithm::EdDsa);
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let text = token.expose();
    let [header, payload, signature] = text.split('.').collect::<Vec<_>>()[..] else {
        panic!("parts")
    };
    for other in [
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}\r\n"),
        format!("{text}=="),
        format!("{header}.{payload} .{signature}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.\u{feff}{payload}.{signature}"),
    ] {
        assert_eq!(verify(&Jwt::new(other.clone()), key), Err(JwtError::BadEncoding), "{other:?}");
    }
    // Of the last character of 64 bytes only two bits count: but for A, Q, g and w none is canonical.
    let (front, _) = signature.split_at(signature.len() - 1);
    for last in 'B'..='P' {
        let other = Jwt::new(format!("{header}.{payload}.{front}{last}"));
        assert_eq!(verify(&other, key), Err(JwtError::BadEncoding), "{last}");
    }
    assert_eq!(verify(&token, key), Ok(claims()));
}

#[test]
fn header_and_claims_are_json_objects() {
    let key = key(Algorithm::EdDsa);
    for other in ["", "[]", "null", "\"{}\"", "{", "{}{}", "\u{feff}{}"] {
        assert_eq!(verify(&signed(key, other, claims()), key), Err(JwtError::BadHeader), "{other}");
        assert_eq!(
            verify(&signed(key, header(key), other), key),
            Err(JwtError::BadClaims),
            "{other}"
        );
    }
    let not_text = json!({ "alg": 1, "kid": key.kid() });
    assert_eq!(verify(&signed(key, not_text, claims()), key), Err(JwtError::BadHeader));
}

#[test]
fn a_token_is_at_most_16_kib_long() {
    let key = key(Algorithm::EdDsa);
    let of_length =
        |n: usize| signed(key, header(key), with(claims(), json!({ "pad": "x".repeat(n) })));
    let bare = of_length(0).expose().len();
    let fits = of_length((MAX_TOKEN - bare) / 4 * 3 - 2);
    assert!((MAX_TOKEN - 8..=MAX_TOKEN).contains(&fits.expose().len()), "{}", fits.expose().len());
    assert!(verify(&fits, key).is_ok());
    assert_eq!(verify(&of_length(MAX_TOKEN), key), Err(JwtError::TooLong));
    let too_long = with(claims(), json!({ "pad": "x".repeat(MAX_TOKEN) }));
    assert_eq!(key.sign(Typ::AccessToken, &too_long).unwrap_err(), JwtError::TooLong);
}

#[test]
fn a_chain_of_more_than_eight_actors_is_refused() {
    let key = key(Algorithm::EdDsa);
    let chain = |n: usize| {
        let act = (1..n).fold(json!({ "sub": "a" }), |act, _| json!({ "sub": "a", "act": act }));
        signed(key, header(key), with(claims(), json!({ "act": act })))
    };
    assert!(verify(&chain(MAX_ACT_DEPTH), key).is_ok());
    for depth in [MAX_ACT_DEPTH + 1, 1000] {
        assert!(matches!(verify(&chain(depth), key), Err(JwtError::BadClaims | JwtError::TooLong)));
    }
}

#[test]
fn tx_29_an_actor_is_an_object_also_deep_in_the_chain() {
    let key = key(Algorithm::EdDsa);
    for odd in [json!(["api-a"]), json!("api-a"), json!(null), json!(1)] {
        let nested = json!({ "sub": "api-b", "act": odd });
        for members in [json!({ "act": odd }), json!({ "act": nested }), json!({ "may_act": odd })]
        {
            let token = signed(key, header(key), with(claims(), members.clone()));
            assert_eq!(verify(&token, key), Err(JwtError::BadClaims), "{members}");
        }
    }
    let sound = with(claims(), json!({ "act": { "sub": "api-a" }, "may_act": { "sub": "api-b" } }));
    assert_eq!(verify(&signed(key, header(key), &sound), key), Ok(sound));
}

#[test]
fn ka_18_an_issuer_that_looks_alike_stays_as_it_is_written() {
    let key = key(Algorithm::EdDsa);
    for iss in ["https://id.example/t1/", "HTTPS://id.example/t1", "https://id.example/%741"] {
        let token = signed(key, header(key), with(claims(), json!({ "iss": iss })));
        assert_eq!(Unverified::parse(&token).unwrap().issuer(), Some(iss));
    }
    for iss in [json!(["https://id.example/t1"]), json!(null), json!(1)] {
        let token = signed(key, header(key), with(claims(), json!({ "iss": iss })));
        assert_eq!(Unverified::parse(&token).unwrap().issuer(), None);
    }
}

#[test]
fn ka_19_an_audience_is_one_text_where_one_is_expected() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct For {
        aud: crate::id::Audience,
    }
    let key = key(Algorithm::EdDsa);
    let read = |claims: Value| {
        let token = signed(key, header(key), claims);
        let parts = Unverified::parse(&token)?;
        parts
            .verify::<For>(&set_of(&[key]), &accept())
            .map(|proved| proved.claims().aud.to_string())
    };
    for aud in [json!(["api://a", "x"]), json!(["api://a"]), json!(null), json!(1), json!("")] {
        let claims = with(claims(), json!({ "aud": aud }));
        assert_eq!(read(claims.clone()), Err(JwtError::BadClaims), "{claims}");
    }
    assert_eq!(read(without(claims(), "aud")), Err(JwtError::BadClaims));
    assert_eq!(read(claims()), Ok("api://a".to_owned()));
}

#[test]
fn ka_22_subjects_that_look_alike_stay_distinct_and_one_with_a_nul_is_refused() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Who {
        sub: Subject,
    }
    let key = key(Algorithm::EdDsa);
    let read = |sub: &str| {
        let token = signed(key, header(key), with(claims(), json!({ "sub": sub })));
        let parts = Unverified::parse(&token)?;
        parts.verify::<Who>(&set_of(&[key]), &accept()).map(|proved| proved.into_claims().sub)
    };
    let distinct =
        ["alice", "ａlice", "al\u{200b}ice", "\u{202e}alice", "\u{e9}", "e\u{301}", "Alice"];
    let read_back: std::collections::BTreeSet<Subject> =
        distinct.iter().map(|sub| read(sub).unwrap()).collect();
    assert_eq!(read_back.len(), distinct.len());
    assert_eq!(read("alice\0"), Err(JwtError::BadClaims));
}
