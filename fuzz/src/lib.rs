//! What must hold for any bytes from outside, one function a parser.
//!
//! Each takes anything and returns; a broken promise is a panic. cargo-fuzz runs them by way of
//! `fuzz_targets/`, the test run by way of [`TARGETS`]. `corpus/<name>/` holds bytes to start from.

mod forms;

pub use forms::{authorize_query, token_request};

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::LazyLock;
use stead_cli::mistake::Mistakes;
use stead_cli::resources::{self, Input};
use stead_core::admin::check_world;
use stead_core::model::tenant::Tenant;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::delegation::{Actor, MayAct};
use stead_proto::device::UserCode;
use stead_proto::id::{TenantId, TenantName};
use stead_proto::json;
use stead_proto::jwt::{
    Accept, AcceptTyp, Algorithm, DpopProof, JwtError, KeySet, SigningKey, Times, Typ, Unverified,
    Verified,
};
use stead_proto::scope::{ScopeRequest, ScopeSet, Wanted};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};

/// A property of a parser: takes any bytes, panics when the property does not hold.
pub type Target = fn(&[u8]);

/// All properties, by the name of their corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("compact_jws", compact_jws),
    ("dpop_proof", dpop_proof),
    ("claims_with_act", claims_with_act),
    ("scope_string", scope_string),
    ("token_request", token_request),
    ("authorize_query", authorize_query),
    ("resource_file", resource_file),
    ("user_code", user_code),
];

/// A resource file is read, or told what is wrong with it at places that are in it; never both.
///
/// # Panics
/// When a mistake is outside of the file, or a file without mistakes does not fit together.
pub fn resource_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // What it points to on this machine is not what is tried here.
    if text.contains("_file") {
        return;
    }
    let (Ok(id), Ok(name)) = (TenantId::parse("fuzz"), TenantName::parse("fuzz")) else { return };
    let mut mistakes = Mistakes::default();
    let inputs = [Input::new("fuzz.toml", text, "")];
    let desired = resources::load(&Tenant { id, name }, &inputs, &mut mistakes);
    let lines = text.matches('\n').count() + 1;
    let wrong = mistakes.any_error();
    for mistake in mistakes.sorted() {
        let place = mistake.place.as_ref();
        assert!(
            place.is_none_or(|place| place.line() <= lines),
            "a mistake beyond the end: {mistake}"
        );
    }
    assert!(
        wrong || check_world(&desired).is_empty(),
        "a file without mistakes does not fit together"
    );
}

/// A token that parses is not believed, and its claims signed by us say the same again.
///
/// # Panics
/// When a token nobody signed is accepted, or a signed one is read as something else.
pub fn compact_jws(data: &[u8]) {
    static KEY: LazyLock<Option<SigningKey>> =
        LazyLock::new(|| SigningKey::generate(Algorithm::EdDsa).ok().map(|(key, _)| key));
    let (Some(key), Ok(text)) = (KEY.as_ref(), std::str::from_utf8(data)) else { return };
    let token = Jwt::new(text);
    let Ok(parts) = Unverified::parse(&token) else { return };
    let keys: KeySet = [key.public_jwk().verifying_key()].into_iter().collect();
    let verify = |parts: &Unverified<'_>| {
        parts.verify::<serde_json::Value>(&keys, &at_noon()).map(Verified::into_claims)
    };
    assert!(verify(&parts).is_err(), "a token that nobody signed is accepted");

    let claims = parts.claims_for_display();
    let Ok(signed) = key.sign(Typ::AccessToken, &claims) else { return };
    match Unverified::parse(&signed).and_then(|parts| verify(&parts)) {
        Ok(read) => assert_eq!(read, claims, "a signed token is read as something else"),
        Err(error) => assert!(is_about_time(error), "a signed token is refused: {error}"),
    }
}

/// Nobody here signs proofs, so that what is taken says what the one genuine proof of the corpus says.
///
/// # Panics
/// When it says anything else.
pub fn dpop_proof(data: &[u8]) {
    const GENUINE: &str = include_str!("../corpus/dpop_proof/rfc9449");
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = |text| DpopProof::read(&Jwt::new(text), &Algorithm::ALL);
    if let Ok(proof) = read(text) {
        assert_eq!(Ok(proof), read(GENUINE), "a proof that nobody signed is taken");
    }
}

fn at_noon() -> Accept<'static> {
    Accept {
        typ: AcceptTyp::Exactly(Typ::AccessToken),
        algorithms: &Algorithm::ALL,
        now: Timestamp::from_secs(1_795_435_200),
        leeway: Seconds(0),
        times: Times::Required,
    }
}

fn is_about_time(error: JwtError) -> bool {
    use JwtError::{BadTime, Expired, IssuedInTheFuture, NotYetValid};
    matches!(error, BadTime | Expired | IssuedInTheFuture | NotYetValid)
}

/// JSON, claims and actor chains that are read are written and read alike.
///
/// # Panics
/// When they are not.
pub fn claims_with_act(data: &[u8]) {
    if let Ok(value) = json::parse(data) {
        assert_eq!(json::parse(value.to_string().as_bytes()), Ok(value));
    }
    round_trip::<AccessTokenClaims>(data);
    round_trip::<MayAct>(data);
    if let Some(actor) = round_trip::<Actor>(data) {
        assert_eq!(actor.depth(), actor.iter().count());
        assert!(actor.depth() <= json::MAX_DEPTH, "deeper than JSON may be");
    }
}

fn round_trip<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let read: T = json::from_slice(data).ok()?;
    let written = serde_json::to_vec(&read).ok();
    let again = written.as_deref().map(json::from_slice::<T>);
    assert_eq!(again, Some(Ok(read)), "read, written, and read otherwise");
    again?.ok()
}

/// Scopes that are read are written and read alike, and a set is a set.
///
/// # Panics
/// When they are not.
pub fn scope_string(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(set) = ScopeSet::parse(text) {
        let legal = |b: u8| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~');
        assert!(set.iter().all(|scope| scope.as_str().bytes().all(legal)), "RFC 6749 §3.3");
        assert_eq!(ScopeSet::parse(&set.to_string()).as_ref(), Ok(&set));
        assert_eq!((set.union(&set), set.intersection(&set)), (set.clone(), set.clone()));
        assert!(set.is_subset(&set) && set.missing_from(&set).is_empty());
    }
    if let Ok(request) = ScopeRequest::parse(text) {
        assert_eq!(ScopeRequest::parse(&request.words.join(" ")).as_ref(), Ok(&request));
        assert_ne!(
            request.wanted,
            Wanted::Named(ScopeSet::default()),
            "nothing by name is .default"
        );
    }
}

/// What is read of a typed code is eight letters, and reads as the same again however it is written.
///
/// # Panics
/// When it does not.
pub fn user_code(data: &[u8]) {
    let Ok(typed) = std::str::from_utf8(data) else { return };
    let Some(code) = UserCode::parse(typed) else { return };
    let letters = code.as_str();
    assert!(letters.len() == 8 && letters.bytes().all(|b| b.is_ascii_uppercase()));
    for written in [letters.to_owned(), letters.to_lowercase(), code.shown()] {
        assert_eq!(UserCode::parse(&written).as_ref(), Some(&code), "typed again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;
    use stead_proto::authorize::{AuthorizeRequest, ReturnAddress};
    use stead_proto::error::Dialect;
    use stead_proto::form::Form;
    use stead_proto::grants::Grant;

    fn seeds(name: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// A seed, each beginning of it, and it with one bit changed at each place.
    fn run_near(target: Target, seed: &[u8]) {
        target(seed);
        for place in 0..seed.len() {
            let mut changed = seed.to_vec();
            changed[place] ^= 1 << (place % 8);
            target(&changed);
            target(&seed[..place]);
        }
    }

    #[test]
    fn what_must_hold_holds_for_the_corpus_and_for_what_is_near_it() {
        for (name, target) in TARGETS {
            assert!(!seeds(name).is_empty(), "{name}");
            for seed in seeds(name) {
                run_near(target, &seed);
            }
        }
    }

    #[test]
    fn the_corpus_holds_what_each_parser_takes() {
        let takes_claims = |seed: &Vec<u8>| json::from_slice::<AccessTokenClaims>(seed).is_ok();
        assert!(seeds("claims_with_act").iter().any(takes_claims));
        let takes_token = |seed: &Vec<u8>| {
            Unverified::parse(&Jwt::new(String::from_utf8(seed.clone()).unwrap())).is_ok()
        };
        assert!(seeds("compact_jws").iter().any(takes_token));
        let takes_proof = |seed: &Vec<u8>| {
            let proof = Jwt::new(String::from_utf8(seed.clone()).unwrap());
            DpopProof::read(&proof, &Algorithm::ALL).is_ok()
        };
        let taken = seeds("dpop_proof").iter().filter(|seed| takes_proof(seed)).count();
        assert_eq!(taken, 1, "the genuine one");
        let exchanges = |seed: &Vec<u8>| match Form::parse(seed).map(|form| Grant::from_form(&form))
        {
            Ok(Ok(Grant::OnBehalfOf(read))) => Some(read.dialect),
            _ => None,
        };
        let mut dialects: Vec<_> = seeds("token_request").iter().filter_map(exchanges).collect();
        dialects.sort_by_key(|dialect| *dialect != Dialect::Entra);
        assert_eq!(dialects, [Dialect::Entra, Dialect::Rfc8693]);
        let asks = |seed: &Vec<u8>| {
            let form = Form::parse(seed).unwrap();
            AuthorizeRequest::read(&form, ReturnAddress::read(&form).unwrap()).is_ok()
        };
        let asked = seeds("authorize_query").iter().filter(|seed| asks(seed)).count();
        assert_eq!(asked, 3, "all but the one with repeats");
    }
}
