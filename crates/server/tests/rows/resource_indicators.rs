//! RFC 8707, resource indicators (rows RI): which one resource a token is for.

use crate::steps::{AS_WEB, WEB, last, lasting, of_web, opened, refresh, refresh_token, sent_back};
use testkit::{Answer, Auth, SPA_CALLBACK, VERIFIER, World};

const SPA: Auth<'static> = Auth::Public("spa");

/// Redeems a code of `spa` for these resources.
async fn redeemed_for(world: &World, code: &str, resources: &[&str]) -> Answer {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", SPA_CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    pairs.extend(resources.iter().map(|one| ("resource", *one)));
    world.t1().token(SPA, &pairs).await
}

#[tokio::test]
async fn ri_01_the_resource_alone_decides_the_audience() {
    let world = World::new().await;
    for (resource, scope) in [("api://a", "A.use"), ("api://c", "C.use")] {
        // Written apart, without any prefix of the scope.
        let changes = [("resource", resource), ("scope", scope)];
        let answer = world.t1().tokens("alice", &changes).await;
        assert_eq!(
            (&answer.claims()["aud"], &answer.claims()["scope"]),
            (&resource.into(), &scope.into())
        );
        let code = world.t1().code("alice", &changes).await;
        let answer = redeemed_for(&world, &code, &[resource]).await;
        assert_eq!(answer.claims()["aud"], resource);
    }
    let daemon = Auth::Basic("daemon", testkit::DAEMON_SECRET);
    let pairs = [("grant_type", "client_credentials"), ("resource", "api://a")];
    assert_eq!(world.t1().token(daemon, &pairs).await.claims()["aud"], "api://a");
}

#[tokio::test]
async fn ri_02_a_resource_that_is_no_absolute_uri_or_has_a_fragment_is_refused() {
    let world = World::new().await;
    let daemon = Auth::Basic("daemon", testkit::DAEMON_SECRET);
    for resource in ["a", "/a", "//a", "api://a#f", "api://a#", "1:a", "api:"] {
        let page = opened(&world, &[("resource", resource), ("scope", "A.use")]).await;
        assert_eq!(sent_back(&world, &page), "invalid_target", "{resource}");
        assert_eq!(last(&world).await, "authorize-malformed");
        let pairs = [("grant_type", "client_credentials"), ("resource", resource)];
        let answer = world.t1().token(daemon, &pairs).await;
        assert_eq!(answer.refusal(), (400, "invalid_target".into()), "{resource}");
        assert_eq!(last(&world).await, "request-malformed");
    }
    assert!(opened(&world, &[("resource", "api://a"), ("scope", "A.use")]).await.shows("login"));
}

/// One that is known but not the client's to ask for reads like one that nobody has.
#[tokio::test]
async fn ri_03_an_unknown_resource_is_refused_like_one_that_is_not_permitted() {
    let world = World::new().await;
    for (resource, reason) in [("api://nobody", "target-unknown"), ("api://b", "edge-missing")] {
        let page = opened(&world, &[("resource", resource), ("scope", "B.read")]).await;
        assert_eq!(sent_back(&world, &page), "invalid_target", "{resource}");
        let said = page.parameter("error_description").unwrap();
        let (said, _) = said.split_once(" Trace ID").unwrap();
        assert_eq!(
            said,
            "AADSTS500011: the resource is unknown or the client may not act towards it."
        );
        assert_eq!(last(&world).await, reason);
    }
    let code = world.t1().code("alice", &[]).await;
    let answer = redeemed_for(&world, &code, &["api://nobody"]).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".into()));
}

#[tokio::test]
async fn ri_04_a_resource_that_was_not_asked_for_at_sign_in_is_refused() {
    let world = World::new().await;
    // Spa may use api://c, but this sign-in was for api://a.
    let code = world.t1().code("alice", &[]).await;
    let answer = redeemed_for(&world, &code, &["api://c"]).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".into()));
    assert_eq!(last(&world).await, "target-unknown");

    let code = world.t1().code("alice", &[]).await;
    assert_eq!(redeemed_for(&world, &code, &["api://a"]).await.status, 200);

    let code = world.t1().code("alice", &[("scope", "openid profile")]).await;
    let answer = redeemed_for(&world, &code, &["api://a"]).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".into()));
}

/// A token has one audience, so two resources are refused.
#[tokio::test]
async fn ri_05_two_resources_are_refused() {
    let world = World::new().await;
    let url = world.t1().authorize_url(&[("scope", "openid"), ("resource", "api://a")]);
    let page = world.browser().get(&format!("{url}&resource=api://c")).await;
    assert_eq!(sent_back(&world, &page), "invalid_target");
    assert_eq!(last(&world).await, "authorize-malformed");

    let code = world.t1().code("alice", &[]).await;
    let answer = redeemed_for(&world, &code, &["api://a", "api://c"]).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".into()));
    assert_eq!(
        redeemed_for(&world, &code, &["api://a", "api://a"]).await.claims()["aud"],
        "api://a"
    );
}

/// A refresh token is good for every resource the client is permitted and the user has agreed to, as
/// Entra's are; each token is for one of them.
#[tokio::test]
async fn ri_06_a_refresh_for_another_granted_resource_is_for_that_one_only() {
    let world = World::new().await;
    let first = lasting(&world).await;
    let other = refresh(&world, SPA, &refresh_token(&first), &[("resource", "api://c")]).await;
    let claims = other.claims();
    assert_eq!((&claims["aud"], &claims["scope"]), (&"api://c".into(), &"C.use".into()));
    assert_eq!(claims["sub"], "user-alice");

    // Back to where it began: no more than was granted then.
    let wider = [("scope", "api://a/A.more")];
    let answer = refresh(&world, SPA, &refresh_token(&other), &wider).await;
    assert_eq!(answer.refusal(), (400, "invalid_scope".into()));
    assert_eq!(last(&world).await, "refresh-exceeds");

    // Not permitted, unknown: nothing.
    for resource in ["api://b", "api://nobody"] {
        let answer = refresh(&world, SPA, &refresh_token(&other), &[("resource", resource)]).await;
        assert_eq!(answer.refusal(), (400, "invalid_target".into()), "{resource}");
    }
    let back = refresh(&world, SPA, &refresh_token(&other), &[]).await;
    assert_eq!(back.claims()["aud"], "api://a", "refusals did not spend it");

    // Permitted, but the user has not agreed.
    let scope = ("scope", "offline_access api://a/A.use");
    let code = world.t1().code("alice", &[&AS_WEB[..], &[scope]].concat()).await;
    let answer = world.t1().token(WEB, &of_web(&code)).await;
    let answer = refresh(&world, WEB, &refresh_token(&answer), &[("resource", "api://b")]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
    assert_eq!(answer.member("suberror"), "consent_required");
    assert_eq!(last(&world).await, "consent-missing");
}

/// A resource has two names, its audience and its client id; MSAL repeats at the token endpoint the
/// words it used before.
#[tokio::test]
async fn ri_01_a_resource_named_by_its_client_id_is_the_same_resource() {
    let world = World::new().await;
    let code = world.t1().code("alice", &[("scope", "openid api-a/A.use")]).await;
    for named in [&["scope", "api-a/A.use"], &["scope", "api://a/A.use"]] {
        let code = world.t1().code("alice", &[("scope", "openid api-a/A.use")]).await;
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", SPA_CALLBACK),
            ("code_verifier", VERIFIER),
            (named[0], named[1]),
        ];
        let answer = world.t1().token(SPA, &pairs).await;
        assert_eq!(answer.claims()["aud"], "api://a", "{named:?}");
    }
    assert_eq!(world.t1().redeem(&code).await.claims()["aud"], "api://a");

    let first = lasting(&world).await;
    let wider = [("scope", "api-a/A.more")];
    let answer = refresh(&world, SPA, &refresh_token(&first), &wider).await;
    assert_eq!(answer.refusal(), (400, "invalid_scope".into()));
    assert_eq!(last(&world).await, "refresh-exceeds");
    let same = refresh(&world, SPA, &refresh_token(&first), &[("scope", "api-a/A.use")]).await;
    assert_eq!(same.claims()["aud"], "api://a");
}
