//! `exp`, `nbf`, `iat`.

use super::*;

fn at(members: Value, times: Times, leeway: u32) -> Result<Value, JwtError> {
    let key = key(Algorithm::EdDsa);
    let token = signed(key, header(key), with(claims(), members));
    verify_with(&token, &set_of(&[key]), &Accept { times, leeway: Seconds(leeway), ..accept() })
}

#[test]
fn a_token_is_valid_until_exp_and_not_at_it() {
    assert!(at(json!({ "exp": NOON + 1 }), Times::Required, 0).is_ok());
    assert_eq!(at(json!({ "exp": NOON }), Times::Required, 0), Err(JwtError::Expired));
    assert!(at(json!({ "exp": NOON }), Times::Required, 1).is_ok());
}

#[test]
fn as_07_a_clock_that_runs_ahead_by_no_more_than_the_leeway_is_forgiven() {
    for (member, error) in [("nbf", JwtError::NotYetValid), ("iat", JwtError::IssuedInTheFuture)] {
        assert!(at(json!({ member: NOON + 8 }), Times::Required, 10).is_ok());
        assert_eq!(at(json!({ member: NOON + 61 }), Times::Required, 10), Err(error));
        assert_eq!(at(json!({ member: NOON + 1 }), Times::Required, 0), Err(error));
    }
}

#[test]
fn a_token_without_exp_is_refused_and_one_without_nbf_and_iat_is_not() {
    let key = key(Algorithm::EdDsa);
    for times in [Times::Required, Times::Lenient, Times::IgnoreExpiry] {
        let accept = Accept { times, ..accept() };
        let verdict = |claims: Value| {
            verify_with(&signed(key, header(key), claims), &set_of(&[key]), &accept)
        };
        assert_eq!(verdict(without(claims(), "exp")), Err(JwtError::BadTime));
        assert!(verdict(without(without(claims(), "nbf"), "iat")).is_ok());
    }
}

#[test]
fn a_time_is_a_whole_number_of_sane_size() {
    let odd = [
        json!(1.5),
        json!(1e10),
        json!(f64::from(2_000_000_000)),
        json!("2000000000"),
        json!(0),
        json!(-1),
        json!(1_i64 << 40),
        json!(u64::MAX),
        json!(null),
        json!(true),
        json!([2_000_000_000]),
    ];
    for member in ["exp", "nbf", "iat"] {
        for value in &odd {
            let verdict = at(json!({ member: value }), Times::Required, 0);
            assert_eq!(verdict, Err(JwtError::BadTime), "{member} {value}");
        }
    }
    assert!(at(json!({ "exp": (1_i64 << 40) - 1 }), Times::Required, 0).is_ok());
}

#[test]
fn the_times_entras_libraries_write_are_read_as_the_whole_seconds_they_mean() {
    let python = json!({ "exp": 1_795_435_210.5, "iat": 1_795_435_199.99, "nbf": NOON });
    let dotnet = json!({ "exp": "1795435210", "iat": "1795435199", "nbf": NOON.to_string() });
    let plain = with(claims(), json!({ "exp": NOON + 10, "iat": NOON - 1, "nbf": NOON }));
    for written in [python, dotnet] {
        assert_eq!(at(written.clone(), Times::Lenient, 0), Ok(plain.clone()));
        assert_eq!(at(written, Times::Required, 0), Err(JwtError::BadTime));
    }
    for odd in
        [json!("x"), json!(""), json!("1e9"), json!("-1"), json!(-0.5), json!(1e300), json!(null)]
    {
        assert_eq!(at(json!({ "exp": odd }), Times::Lenient, 0), Err(JwtError::BadTime), "{odd}");
    }
    assert_eq!(at(json!({ "exp": "1795435200" }), Times::Lenient, 0), Err(JwtError::Expired));
}

#[test]
fn an_old_id_token_still_serves_as_a_hint_but_one_from_the_future_does_not() {
    assert!(at(json!({ "exp": 1000, "iat": 500, "nbf": 500 }), Times::IgnoreExpiry, 0).is_ok());
    let early = at(json!({ "exp": 1000, "iat": NOON + 60 }), Times::IgnoreExpiry, 0);
    assert_eq!(early, Err(JwtError::IssuedInTheFuture));
}

#[test]
fn times_are_looked_at_only_under_a_true_signature() {
    let key = key(Algorithm::EdDsa);
    let old = with(claims(), json!({ "exp": 1 }));
    let forged = with_signature(header(key), &old, &[7; 64]);
    assert_eq!(verify(&forged, key), Err(JwtError::BadSignature));
    assert_eq!(verify(&signed(key, header(key), &old), key), Err(JwtError::Expired));
}
