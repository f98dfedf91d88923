//! No kind of JWT passes for another.

use super::*;

#[test]
fn ka_17_of_all_kinds_in_all_places_only_the_diagonal_passes() {
    let key = key(Algorithm::EdDsa);
    let keys = set_of(&[key]);
    for sent in Typ::ALL {
        let token = key.sign(sent, &claims()).unwrap();
        for expected in Typ::ALL {
            let accept = Accept { typ: AcceptTyp::Exactly(expected), ..accept() };
            let wanted = if sent == expected { Ok(claims()) } else { Err(JwtError::UnexpectedTyp) };
            assert_eq!(
                verify_with(&token, &keys, &accept),
                wanted,
                "{sent} where {expected} is meant"
            );
        }
    }
}

#[test]
fn ka_17_without_a_typ_or_with_an_unknown_one_a_token_fits_no_place_that_names_its_kind() {
    let key = key(Algorithm::EdDsa);
    let odd = [None, Some("jose"), Some("at+jwt;v=1"), Some("at jwt"), Some("")];
    for typ in odd {
        let header =
            typ.map_or(without(header(key), "typ"), |typ| with(header(key), json!({ "typ": typ })));
        let token = signed(key, header, claims());
        for expected in Typ::ALL {
            let accept = Accept { typ: AcceptTyp::Exactly(expected), ..accept() };
            let refused = Err(JwtError::UnexpectedTyp);
            assert_eq!(verify_with(&token, &set_of(&[key]), &accept), refused, "{typ:?}");
        }
    }
    let spelled = with(header(key), json!({ "typ": "application/AT+JWT" }));
    assert_eq!(verify(&signed(key, spelled, claims()), key), Ok(claims()));
    let number = with(header(key), json!({ "typ": 1 }));
    assert_eq!(verify(&signed(key, number, claims()), key), Err(JwtError::BadHeader));
}

#[test]
fn as_02_a_client_assertion_may_leave_its_kind_out_but_not_name_another() {
    let key = key(Algorithm::EdDsa);
    let accept =
        Accept { typ: AcceptTyp::OneOfOrUntyped(&[Typ::ClientAuthentication]), ..accept() };
    let verdict =
        |header: Value| verify_with(&signed(key, header, claims()), &set_of(&[key]), &accept);
    for typ in ["client-authentication+jwt", "JWT", "jwt", "application/jwt"] {
        assert_eq!(verdict(with(header(key), json!({ "typ": typ }))), Ok(claims()), "{typ}");
    }
    assert_eq!(verdict(without(header(key), "typ")), Ok(claims()));
    for typ in ["at+jwt", "oauth-id-jag+jwt", "logout+jwt", "something"] {
        let refused = Err(JwtError::UnexpectedTyp);
        assert_eq!(verdict(with(header(key), json!({ "typ": typ }))), refused, "{typ}");
    }
}
