//! What holds for all tokens.

use super::*;
use proptest::prelude::*;

fn any_algorithm() -> impl Strategy<Value = Algorithm> {
    proptest::sample::select(&Algorithm::ALL)
}

proptest! {
    #[test]
    fn what_is_signed_is_verified_alike(alg in any_algorithm(), sub in ".{0,40}", number in any::<i64>()) {
        let claims = with(claims(), json!({ "sub": sub, "number": number, "list": [sub, null] }));
        let token = key(alg).sign(Typ::AccessToken, &claims).unwrap();
        prop_assert_eq!(verify(&token, key(alg)), Ok(claims));
    }

    #[test]
    fn a_token_with_one_bit_flipped_is_refused(alg in any_algorithm(), place in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let token = key(alg).sign(Typ::AccessToken, &claims()).unwrap();
        let mut bytes = token.expose().as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] ^= 1_u8 << bit;
        let flipped = Jwt::new(String::from_utf8(bytes).unwrap());
        prop_assert!(verify(&flipped, key(alg)).is_err(), "bit {} of byte {}", bit, place);
    }

    #[test]
    fn no_bytes_make_the_parser_stumble(text in ".{0,80}", dots in "[A-Za-z0-9_.-]{0,80}") {
        for text in [text, dots] {
            let _ = Unverified::parse(&Jwt::new(text));
        }
    }
}
