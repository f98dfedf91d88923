//! RFC 7636, PKCE (rows PK): S256, for every client, always.

use crate::steps::{AS_WEB, WEB, last, of_web, opened, sent_back, sent_back_to};
use serde_json::json;
use testkit::{Answer, Auth, CHALLENGE, SPA_CALLBACK, VERIFIER, WEB_CALLBACK, World};

async fn redeemed_with(world: &World, code: &str, verifier: &str) -> Answer {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", SPA_CALLBACK),
        ("code_verifier", verifier),
    ];
    let sent = if verifier.is_empty() { &pairs[..3] } else { &pairs[..] };
    world.t1().token(Auth::Public("spa"), sent).await
}

/// Confidential clients as well, as OAuth 2.1 has it.
#[tokio::test]
async fn pk_01_without_a_challenge_nobody_signs_in() {
    let world = World::new().await;
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(sent_back(&world, &opened(&world, &none).await), "invalid_request");
    assert_eq!(last(&world).await, "authorize-malformed");
    let page = opened(&world, &[&AS_WEB[..], &none].concat()).await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "invalid_request");
    assert!(opened(&world, &[]).await.shows("login"));
}

#[tokio::test]
async fn pk_02_a_verifier_missing_wrong_or_empty_is_refused() {
    let world = World::new().await;
    let wrong = "a".repeat(43);
    for verifier in ["", " ", &wrong, CHALLENGE, &VERIFIER.to_lowercase()] {
        let code = world.t1().code("alice", &[]).await;
        let answer = redeemed_with(&world, &code, verifier).await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "{verifier}");
        assert_eq!(last(&world).await, "verifier-wrong");
    }
    let code = world.t1().code("alice", &[]).await;
    let empty = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", SPA_CALLBACK),
        ("code_verifier", ""),
    ];
    let answer = world.t1().token(Auth::Public("spa"), &empty).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()));

    let code = world.t1().code("alice", &[]).await;
    assert_eq!(redeemed_with(&world, &code, VERIFIER).await.status, 200);

    // A secret is no substitute.
    let code = world.t1().code("alice", &AS_WEB).await;
    let answer = world.t1().token(WEB, &of_web(&code)[..3]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn pk_04_plain_said_or_implied_is_refused() {
    let world = World::new().await;
    for method in ["plain", ""] {
        for challenge in [VERIFIER, CHALLENGE] {
            let changes = [("code_challenge_method", method), ("code_challenge", challenge)];
            assert_eq!(sent_back(&world, &opened(&world, &changes).await), "invalid_request");
            assert_eq!(last(&world).await, "authorize-malformed");
        }
    }
    assert!(opened(&world, &[("code_challenge_method", "S256")]).await.shows("login"));
}

#[tokio::test]
async fn pk_05_other_methods_are_refused() {
    let world = World::new().await;
    for method in ["foo", "s256", "S256 ", "S512", "S256,plain"] {
        let page = opened(&world, &[("code_challenge_method", method)]).await;
        assert_eq!(sent_back(&world, &page), "invalid_request", "{method}");
    }
    assert!(opened(&world, &[("code_challenge_method", "S256")]).await.shows("login"));
}

#[tokio::test]
async fn pk_06_challenges_and_verifiers_of_wrong_length_or_alphabet_are_refused() {
    let world = World::new().await;
    let (short, long) = (CHALLENGE.strip_prefix('E').unwrap(), format!("{CHALLENGE}A"));
    let (padded, plus) = (format!("{CHALLENGE}="), CHALLENGE.replace('-', "+"));
    // The last one says the same bytes in another way.
    let twisted = format!("{}N", CHALLENGE.strip_suffix('M').unwrap());
    for challenge in [short, &long, &padded, &plus, &twisted, "x"] {
        let page = opened(&world, &[("code_challenge", challenge)]).await;
        assert_eq!(sent_back(&world, &page), "invalid_request", "{challenge}");
    }
    // Verifiers whose own hash was the challenge, so that nothing but their form is wrong.
    let odd = [42, 129].map(|length| "a".repeat(length));
    let illegal = ["+", "/", "=", " ", "\u{fc}"].map(|c| format!("{}{c}", "a".repeat(43)));
    let fine = [43, 128].map(|length| "a".repeat(length));
    for (verifier, status) in
        odd.iter().chain(&illegal).map(|v| (v, 400)).chain(fine.iter().map(|v| (v, 200)))
    {
        let challenge = stead_proto::digest::sha256(verifier.as_bytes()).to_string();
        let code = world.t1().code("alice", &[("code_challenge", &challenge)]).await;
        let answer = redeemed_with(&world, &code, verifier).await;
        assert_eq!(answer.status, status, "{verifier}: {}", answer.text);
        if status == 400 {
            assert_eq!(answer.refusal().1, "invalid_grant");
            assert_eq!(last(&world).await, "verifier-wrong");
        }
    }
}

#[tokio::test]
async fn pk_07_the_verifier_of_another_sign_in_spoils_the_code() {
    let world = World::new().await;
    let other = "b".repeat(43);
    let challenge = stead_proto::digest::sha256(other.as_bytes()).to_string();
    let victims = world.t1().code("alice", &[]).await;
    let mallorys = world.t1().code("mallory", &[("code_challenge", &challenge)]).await;

    let answer = redeemed_with(&world, &victims, &other).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
    let late = redeemed_with(&world, &victims, VERIFIER).await;
    assert_eq!(late.refusal(), (400, "invalid_grant".into()), "the code is spoiled");
    let own = redeemed_with(&world, &mallorys, &other).await;
    assert_eq!(own.claims()["sub"], "user-mallory");
}

#[tokio::test]
async fn pk_08_metadata_lists_s256_alone() {
    let world = World::new().await;
    let document = world.t1().get("/t1/v2.0/.well-known/openid-configuration").await;
    assert_eq!(document.member("code_challenge_methods_supported"), json!(["S256"]));
}
