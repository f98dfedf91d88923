//! Tokens bound to a key, row by row (SPEC 2.10 DP, 6.F KF): each refusal beside the proof that is taken.

use crate::stub::{DATA, NOON, World};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use stead::verify::Dpop;
use stead::{Caller, RequireToken, Verifier};
use stead_proto::digest::{base64url, sha256};
use tower::ServiceExt as _;

const OUTSIDE: &str = "https://data.example";
const URL: &str = "https://data.example/rows";

/// Somebody with a key, who makes proofs by hand.
pub(crate) struct Holder {
    pair: EcdsaKeyPair,
}

impl Holder {
    pub(crate) fn new() -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// The coordinates of the public key.
    fn point(&self) -> (String, String) {
        let (x, y) = self.pair.public_key().as_ref().get(1..).unwrap().split_at(32);
        (base64url(x), base64url(y))
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.point();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// RFC 7638: the members in their order, without spaces.
    fn thumbprint(&self) -> String {
        let (x, y) = self.point();
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        sha256(canonical.as_bytes()).to_string()
    }

    /// Alice's token, bound to this key.
    pub(crate) fn token(&self, world: &World) -> String {
        let claims = world.claims_with(&json!({ "cnf": { "jkt": self.thumbprint() } }));
        world.sign(&claims).expose().to_owned()
    }

    fn says(token: &str) -> Value {
        json!({
            "jti": format!("p-{}", fastrand::u64(..)), "htm": "GET", "htu": URL, "iat": NOON,
            "ath": sha256(token.as_bytes()),
        })
    }

    fn proof(&self, claims: &Value) -> String {
        self.signed(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }), claims)
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    /// A proof for this token, with some of what it says changed; `null` takes it away.
    pub(crate) fn proof_with(&self, token: &str, changes: &Value) -> String {
        let mut says = Self::says(token);
        let members = says.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(members.remove(name)),
                value => drop(members.insert(name.clone(), value.clone())),
            }
        }
        self.proof(&says)
    }
}

fn verifier(world: &World, dpop: Dpop) -> Verifier {
    let builder = Verifier::builder().provider(world.provider()).audience(DATA);
    builder.dpop(dpop).build().unwrap()
}

pub(crate) fn app(world: &World, dpop: Dpop) -> Router {
    let name = |Extension(caller): Extension<Caller>| async move { caller.subject().to_string() };
    let inner = Router::new().route("/rows", get(name)).route("/rows", post(name));
    inner.layer(RequireToken::new(verifier(world, dpop)))
}

pub(crate) fn plain() -> Dpop {
    Dpop::at(OUTSIDE).unwrap()
}

pub(crate) fn request(token: &str, proofs: &[&str]) -> Request<Body> {
    let mut request = Request::get("/rows").header(header::AUTHORIZATION, format!("DPoP {token}"));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

fn challenges(headers: &HeaderMap) -> Vec<&str> {
    let all = headers.get_all(header::WWW_AUTHENTICATE).iter();
    all.map(|value| value.to_str().unwrap()).collect()
}

/// Whether the proof is refused with a challenge that says so.
pub(crate) async fn is_refused(app: &Router, request: Request<Body>) -> bool {
    let response = ask(app, request).await;
    let challenge = challenges(response.headers()).concat();
    response.status() == StatusCode::UNAUTHORIZED
        && challenge
            .starts_with(r#"DPoP algs="ES256 EdDSA RS256 PS256", error="invalid_dpop_proof""#)
}

/// The status for a proof with something changed, each time with another app and at another time.
async fn answered(changes: Value, pass: i64) -> StatusCode {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    world.pass(pass);
    let proof = alice.proof_with(&token, &changes);
    ask(&app, request(&token, &[&proof])).await.status()
}

#[tokio::test]
async fn dp_07_a_bound_token_is_taken_with_a_proof_and_not_as_a_bearer_token() {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    let good = alice.proof_with(&token, &json!({}));
    let mut as_bearer = request(&token, &[&good]);
    let bearer = format!("Bearer {token}").parse().unwrap();
    as_bearer.headers_mut().insert(header::AUTHORIZATION, bearer);
    let refused = ask(&app, as_bearer).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let [challenge] = challenges(refused.headers())[..] else { panic!("{refused:?}") };
    assert!(challenge.starts_with(r#"DPoP algs="ES256 EdDSA RS256 PS256", error="invalid_token""#));
    assert_eq!(ask(&app, request(&token, &[&good])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_bound_to_no_key_is_taken_as_a_bearer_token_and_not_with_a_proof() {
    let (world, alice) = (World::new().await, Holder::new());
    let app = app(&world, plain());
    let token = world.sign(&world.claims()).expose().to_owned();
    let proof = alice.proof_with(&token, &json!({}));
    let refused = ask(&app, request(&token, &[&proof])).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(challenges(refused.headers()).concat().contains(r#"error="invalid_token""#));
    let mut as_bearer = request(&token, &[]);
    let bearer = format!("Bearer {token}").parse().unwrap();
    as_bearer.headers_mut().insert(header::AUTHORIZATION, bearer);
    assert_eq!(ask(&app, as_bearer).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn who_brings_no_token_hears_of_each_way_to_show_one() {
    let world = World::new().await;
    let ask_with = async |dpop| {
        let nothing = Request::get("/rows").body(Body::empty()).unwrap();
        let response = ask(&app(&world, dpop), nothing).await;
        challenges(response.headers()).join("; ")
    };
    let algs = r#"DPoP algs="ES256 EdDSA RS256 PS256""#;
    assert_eq!(ask_with(plain()).await, format!("Bearer; {algs}"));
    assert_eq!(ask_with(plain().required()).await, algs);
}

#[tokio::test]
async fn where_proofs_are_required_a_bearer_token_is_none() {
    let (world, alice) = (World::new().await, Holder::new());
    let app = app(&world, plain().required());
    let unbound = world.sign(&world.claims()).expose().to_owned();
    let bearer = Request::get("/rows").header(header::AUTHORIZATION, format!("Bearer {unbound}"));
    let refused = ask(&app, bearer.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let token = alice.token(&world);
    let proof = alice.proof_with(&token, &json!({}));
    assert_eq!(ask(&app, request(&token, &[&proof])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn dp_02_what_is_no_proof_or_lacks_something_is_refused() {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    let good = || alice.proof_with(&token, &json!({}));
    assert!(is_refused(&app, request(&token, &[])).await);
    assert!(is_refused(&app, request(&token, &[&good(), &good()])).await);
    assert!(is_refused(&app, request(&token, &["no.proof.at-all"])).await);
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        let proof = alice.proof_with(&token, &json!({ name: null }));
        assert!(is_refused(&app, request(&token, &[&proof])).await, "without {name}");
    }
    let headers = [
        json!({ "alg": "ES256", "jwk": alice.jwk() }),
        json!({ "typ": "JWT", "alg": "ES256", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "alg": "none", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": { "kty": "oct", "k": "c2VjcmV0" } }),
        json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "alg": "ES256" }),
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": Holder::new().jwk() }),
    ];
    for header in headers {
        let proof = alice.signed(&header, &Holder::says(&token));
        assert!(is_refused(&app, request(&token, &[&proof])).await, "{header}");
    }
    assert_eq!(ask(&app, request(&token, &[&good()])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn dp_03_a_proof_is_for_one_method_and_one_url() {
    assert_eq!(answered(json!({ "htu": format!("{URL}?page=2#top") }), 0).await, StatusCode::OK);
    for changes in [
        json!({ "htm": "POST" }),
        json!({ "htm": "get" }),
        json!({ "htu": "https://data.example/other" }),
        json!({ "htu": "https://evil.example/rows" }),
    ] {
        assert_eq!(answered(changes.clone(), 0).await, StatusCode::UNAUTHORIZED, "{changes}");
    }
}

#[tokio::test]
async fn kf_02_a_host_that_is_named_to_fit_makes_no_proof_good() {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    let spoofed = alice.proof_with(&token, &json!({ "htu": "https://evil.example/rows" }));
    let mut request = request(&token, &[&spoofed]);
    request.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
    assert!(is_refused(&app, request).await);
}

#[tokio::test]
async fn a_proof_is_for_the_path_its_sender_wrote_also_inside_of_a_nested_router() {
    let (world, alice) = (World::new().await, Holder::new());
    let (nested, token) = (Router::new().nest("/v1", app(&world, plain())), alice.token(&world));
    let ask_with = async |htu| {
        let mut request = request(&token, &[&alice.proof_with(&token, &json!({ "htu": htu }))]);
        *request.uri_mut() = "/v1/rows".parse().unwrap();
        ask(&nested, request).await.status()
    };
    assert_eq!(ask_with(URL).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask_with("https://data.example/v1/rows").await, StatusCode::OK);
}

#[tokio::test]
async fn dp_04_a_proof_is_for_its_moment() {
    for (changes, pass) in [(json!({}), 10), (json!({}), -10)] {
        assert_eq!(answered(changes, pass).await, StatusCode::OK, "after {pass}");
    }
    for (changes, pass) in [
        (json!({ "exp": NOON + 7200 }), 3600),
        (json!({}), 90),
        (json!({}), -31),
        (json!({ "iat": i64::MAX }), 0),
    ] {
        let status = answered(changes.clone(), pass).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{changes} after {pass}");
    }
}

#[tokio::test]
async fn dp_12_a_proof_may_say_more_and_be_for_a_shorter_time() {
    let more = json!({ "exp": NOON + 5, "nbf": NOON, "more": [true] });
    assert_eq!(answered(more, 0).await, StatusCode::OK);
    for changes in [json!({ "exp": NOON - 60 }), json!({ "nbf": NOON + 60 })] {
        assert_eq!(answered(changes.clone(), 0).await, StatusCode::UNAUTHORIZED, "{changes}");
    }
}

#[tokio::test]
async fn dp_05_a_proof_is_taken_once() {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    let proof = alice.proof_with(&token, &json!({}));
    assert_eq!(ask(&app, request(&token, &[&proof])).await.status(), StatusCode::OK);
    assert!(is_refused(&app, request(&token, &[&proof])).await);
    let next = alice.proof_with(&token, &json!({}));
    assert_eq!(ask(&app, request(&token, &[&next])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn dp_06_a_proof_is_for_one_token_and_by_the_key_that_it_is_bound_to() {
    let (world, alice, mallory) = (World::new().await, Holder::new(), Holder::new());
    let (app, token) = (app(&world, plain()), alice.token(&world));
    let for_another = alice.proof_with(&token, &json!({ "ath": sha256(b"another token") }));
    assert!(is_refused(&app, request(&token, &[&for_another])).await);
    let by_mallory = mallory.proof_with(&token, &json!({}));
    assert!(is_refused(&app, request(&token, &[&by_mallory])).await);
    let by_alice = alice.proof_with(&token, &json!({}));
    assert_eq!(ask(&app, request(&token, &[&by_alice])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn dp_09_where_nonces_are_asked_for_the_one_that_is_told_is_taken_until_it_is_stale() {
    let (world, alice) = (World::new().await, Holder::new());
    let (app, token) = (app(&world, plain().nonces(&[7; 32])), alice.token(&world));
    let told =
        |response: &Response<Body>| response.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let show = async |nonce: Value, iat: i64| {
        let proof = alice.proof_with(&token, &json!({ "nonce": nonce, "iat": iat }));
        ask(&app, request(&token, &[&proof])).await
    };
    let first = show(Value::Null, NOON).await;
    assert_eq!(first.status(), StatusCode::UNAUTHORIZED);
    assert!(challenges(first.headers()).concat().contains(r#"error="use_dpop_nonce""#));
    let nonce = told(&first);
    let second = show(json!(nonce), NOON).await;
    assert_eq!((second.status(), told(&second)), (StatusCode::OK, nonce.clone()));
    assert_eq!(show(json!("invented"), NOON).await.status(), StatusCode::UNAUTHORIZED);
    world.pass(120);
    let stale = show(json!(nonce), NOON + 120).await;
    assert_eq!(stale.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(show(json!(told(&stale)), NOON + 120).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_bound_to_something_else_as_well_is_refused() {
    let (world, alice) = (World::new().await, Holder::new());
    let app = app(&world, plain());
    for more in [json!({ "x5t#S256": "A" }), json!({ "jkt": "too short" })] {
        let mut cnf = json!({ "jkt": alice.thumbprint() });
        cnf.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let token = world.sign(&world.claims_with(&json!({ "cnf": cnf }))).expose().to_owned();
        let proof = alice.proof_with(&token, &json!({}));
        let refused = ask(&app, request(&token, &[&proof])).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{cnf}");
    }
}
