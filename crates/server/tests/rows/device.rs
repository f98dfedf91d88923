//! RFC 8628, device authorization (rows DV): what the device is told, over and over and at the end.

use crate::steps::{last, refresh, refresh_token};
use serde_json::{Value, json};
use stead_core::model::permission::ConsentRule;
use stead_proto::digest::from_base64url;
use stead_proto::time::Seconds;
use testkit::{Answer, Auth, Pairs, VERIFIER, WEB_SECRET, World};

const URN: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CLI: Auth<'static> = Auth::Public("cli");

/// The two codes of a device.
pub(crate) struct Codes {
    pub(crate) device: String,
    pub(crate) user: String,
}

/// What `cli` is told that asks for this scope.
pub(crate) async fn asked(world: &World, scope: &str) -> Answer {
    world.t1().post("devicecode", CLI, &[("scope", scope)]).await
}

/// The codes of `cli`, which asks for this scope.
pub(crate) async fn codes(world: &World, scope: &str) -> Codes {
    let answer = asked(world, scope).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let member = |name| answer.member(name).as_str().unwrap().to_owned();
    Codes { device: member("device_code"), user: member("user_code") }
}

/// Polls as `cli`.
pub(crate) async fn poll(world: &World, codes: &Codes) -> Answer {
    poll_as(world, CLI, codes, &[]).await
}

async fn poll_as(world: &World, auth: Auth<'_>, codes: &Codes, more: Pairs<'_>) -> Answer {
    let pairs = [("grant_type", URN), ("device_code", codes.device.as_str())];
    world.t1().token(auth, &[&pairs[..], more].concat()).await
}

/// Alice says that the device is hers.
pub(crate) async fn answered(world: &World, codes: &Codes) {
    let page = world.t1().answer_device(&world.browser(), &codes.user, "alice").await;
    assert!(page.shows("device-end"), "{} {}", page.status, page.text);
}

fn refused(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

#[tokio::test]
async fn dv_01_a_device_gets_two_codes_and_the_page_for_one_of_them() {
    let world = World::new().await;
    let answer = asked(&world, "openid api://a/A.use").await;
    let (device, user) = (answer.member("device_code"), answer.member("user_code"));
    let (device, user) = (device.as_str().unwrap(), user.as_str().unwrap());
    let page = format!("{}/t1/device", world.base());
    assert_eq!(
        answer.json(),
        json!({
            "device_code": device,
            "user_code": user,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user}"),
            "expires_in": 900,
            "interval": 5,
            "message": format!(
                "To sign in, open the page {page} in a web browser and enter the code {user} to authenticate."
            ),
        })
    );
    assert_eq!(from_base64url(device).map(|bits| bits.len()), Some(32));
    let letters = user.split('-').map(str::len).collect::<Vec<_>>();
    assert_eq!(letters, [4, 4], "{user}");
    assert!(user.bytes().all(|letter| b"BCDFGHJKLMNPQRSTVWXZ-".contains(&letter)), "{user}");
    assert_eq!((answer.header("cache-control"), last(&world).await.as_str()), ("no-store", "done"));

    let discovery = world.t1().get("/t1/v2.0/.well-known/openid-configuration").await;
    let endpoint = json!(world.t1().endpoint("devicecode"));
    assert_eq!(discovery.member("device_authorization_endpoint"), endpoint);
    let grants = discovery.member("grant_types_supported");
    assert!(grants.as_array().unwrap().contains(&json!(URN)), "{grants}");
}

#[tokio::test]
async fn dv_01_who_could_not_have_it_is_refused_before_anybody_types_a_code() {
    let world = World::new().await;
    let web = Auth::Basic("web", WEB_SECRET);
    for (auth, scope, expected, reason) in [
        (Auth::Public("spa"), "api://a/A.use", (400, "unauthorized_client"), "grant-not-allowed"),
        (web, "api://a/A.use", (400, "unauthorized_client"), "grant-not-allowed"),
        (Auth::Public("web"), "api://a/A.use", (401, "invalid_client"), "client-unproven"),
        (Auth::Public("nobody"), "api://a/A.use", (401, "invalid_client"), "client-unproven"),
        (Auth::None, "api://a/A.use", (401, "invalid_client"), "client-auth-malformed"),
        (CLI, "api://a/A.more", (400, "invalid_scope"), "scope-not-permitted"),
        (CLI, "api://b/B.read", (400, "invalid_target"), "edge-missing"),
        (CLI, "api://a/A.use api://b/B.read", (400, "invalid_scope"), "request-malformed"),
        (CLI, "", (400, "invalid_scope"), "scope-empty"),
    ] {
        let answer = world.t1().post("devicecode", auth, &[("scope", scope)]).await;
        assert_eq!(answer.refusal(), (expected.0, expected.1.to_owned()), "{auth:?} {scope}");
        assert_eq!(last(&world).await, reason, "{auth:?} {scope}");
    }
    let twice = [("scope", "openid"), ("scope", "openid")];
    assert_eq!(
        world.t1().post("devicecode", CLI, &twice).await.refusal(),
        refused("invalid_request")
    );
    world.change_application("cli", |cli| cli.enabled = false).await;
    assert_eq!(asked(&world, "openid").await.refusal(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn dv_02_polling_early_is_told_to_wait_and_polling_fast_to_wait_longer() {
    for world in [World::new().await, World::on_sqlite().await] {
        let codes = codes(&world, "openid api://a/A.use").await;
        let pending = poll(&world, &codes).await;
        assert_eq!(pending.refusal(), refused("authorization_pending"));
        assert_eq!(pending.member("error_codes"), json!([70016]));
        assert!(pending.headers.get("retry-after").is_none());
        assert_eq!(last(&world).await, "device-code-pending");

        let mut heard = Vec::new();
        // Five seconds from the start; ten once it was too soon; fifteen once more, and so it stays.
        for seconds in [5, 4, 9, 15, 14, 20] {
            world.advance(Seconds(seconds));
            heard.push(poll(&world, &codes).await.refusal().1);
        }
        let (wait, slower) = ("authorization_pending", "slow_down");
        assert_eq!(heard, [wait, slower, slower, wait, slower, wait]);
        assert!(world.reasons().await.contains(&"device-code-too-soon".to_owned()));
        answered(&world, &codes).await;
        assert_eq!(poll(&world, &codes).await.claims()["client_id"], "cli", "at once");
    }
}

#[tokio::test]
async fn dv_03_a_device_whose_user_said_no_hears_that() {
    let world = World::new().await;
    let codes = codes(&world, "openid api://a/A.use").await;
    let browser = world.browser();
    let page = browser.get(&format!("/t1/device?user_code={}", codes.user)).await;
    let page = browser.submit(&page, &[]).await;
    let typed = [("login", "alice@example.com"), ("password", testkit::PASSWORD)];
    let page = browser.fill(&page, &typed, "submit").await;
    let page = browser.fill(&page, &[], "device-deny").await;
    assert!(page.status == 200 && page.shows("device-end"), "{}", page.text);
    assert_eq!(last(&world).await, "access-denied");
    for _ in 0..2 {
        assert_eq!(poll(&world, &codes).await.refusal(), refused("access_denied"));
    }
}

#[tokio::test]
async fn dv_03_codes_end_after_a_quarter_of_an_hour() {
    let world = World::new().await;
    let (early, late) = (codes(&world, "openid").await, codes(&world, "openid").await);
    world.advance(Seconds(899));
    answered(&world, &early).await;
    assert_eq!(poll(&world, &late).await.refusal(), refused("authorization_pending"));
    world.advance(Seconds(1));
    for codes in [&early, &late] {
        let answer = poll(&world, codes).await;
        assert_eq!(answer.refusal(), refused("expired_token"));
        assert_eq!(answer.member("error_codes"), json!([70019]));
        assert_eq!(last(&world).await, "device-code-expired");
    }
    let page = world.t1().answer_device(&world.browser(), &late.user, "alice").await;
    assert_eq!((page.status, page.shows("user-code")), (400, true));
    let short = World::with_settings(|settings| settings.device_code = Seconds(60)).await;
    assert_eq!(asked(&short, "openid").await.member("expires_in"), json!(60));
}

#[tokio::test]
async fn dv_03_a_device_code_works_once_and_twice_ends_what_came_of_it() {
    for world in [World::new().await, World::on_sqlite().await] {
        let codes = codes(&world, "openid offline_access api://a/A.use").await;
        answered(&world, &codes).await;
        let first = poll(&world, &codes).await;
        let lasting = refresh(&world, CLI, &refresh_token(&first), &[]).await;
        assert_eq!(lasting.status, 200, "{}", lasting.text);
        assert_eq!(poll(&world, &codes).await.refusal(), refused("invalid_grant"));
        assert_eq!(last(&world).await, "device-code-spent");
        let dead = refresh(&world, CLI, &refresh_token(&lasting), &[]).await;
        assert_eq!(dead.refusal(), refused("invalid_grant"));
    }
}

#[tokio::test]
async fn dv_03_of_polls_at_once_one_gets_tokens() {
    for world in [World::new().await, World::on_sqlite().await] {
        let codes = codes(&world, "openid api://a/A.use").await;
        answered(&world, &codes).await;
        let (a, b, c) =
            tokio::join!(poll(&world, &codes), poll(&world, &codes), poll(&world, &codes));
        let mut statuses = [a.status, b.status, c.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400]);
    }
}

#[tokio::test]
async fn dv_03_a_device_code_is_good_for_its_own_client_and_tenant() {
    let world = World::with(|t1| {
        let cli = t1.applications.iter().find(|one| one.id.as_str() == "cli").unwrap().clone();
        let id = stead_proto::id::ClientId::parse("other-cli").unwrap();
        t1.applications.push(stead_core::model::application::Application { id, ..cli });
    })
    .await;
    let codes = codes(&world, "openid").await;
    answered(&world, &codes).await;
    let other = poll_as(&world, Auth::Public("other-cli"), &codes, &[]).await;
    assert_eq!(other.refusal(), refused("invalid_grant"));
    assert_eq!(last(&world).await, "device-code-not-for-client");
    let spa = poll_as(&world, Auth::Public("spa"), &codes, &[]).await;
    assert_eq!(spa.refusal(), refused("unauthorized_client"));
    let unknown = Codes { device: "x".repeat(43), user: String::new() };
    assert_eq!(poll(&world, &unknown).await.refusal(), refused("invalid_grant"));
    assert_eq!(last(&world).await, "device-code-unknown");
    assert_eq!(poll(&world, &codes).await.status, 200, "none of that spent it");
}

/// MSAL Python polls with both names and without a scope; MSAL.js and MSAL Go by the short name.
#[tokio::test]
async fn a_device_gets_what_it_asked_for_at_first_however_it_polls() {
    let world = World::new().await;
    let scope = "openid profile offline_access api://a/A.use";
    for python in [true, false] {
        let form: Pairs<'_> = if python { &[("client_info", "1")] } else { &[] };
        let asked = world.t1().post("devicecode", CLI, &[form, &[("scope", scope)]].concat()).await;
        let member = |name| asked.member(name).as_str().unwrap().to_owned();
        let codes = Codes { device: member("device_code"), user: member("user_code") };
        answered(&world, &codes).await;
        let answer = if python {
            poll_as(&world, CLI, &codes, &[("code", &codes.device)]).await
        } else {
            let pairs = [
                ("grant_type", "device_code"),
                ("device_code", codes.device.as_str()),
                ("scope", scope),
                ("client_info", "1"),
            ];
            world.t1().token(CLI, &pairs).await
        };
        let claims = answer.claims();
        assert_eq!((&claims["aud"], &claims["scp"]), (&json!("api://a"), &json!("A.use")));
        assert_eq!((&claims["oid"], &claims["azpacr"]), (&json!("user-alice"), &json!("0")));
        assert_eq!(answer.member("token_type"), json!("Bearer"));
        assert_eq!(answer.member("scope"), json!("openid profile api://a/A.use"));
        assert!(!refresh_token(&answer).is_empty());
        let info = answer.member("client_info");
        let info = from_base64url(info.as_str().unwrap()).unwrap();
        let info: Value = serde_json::from_slice(&info).unwrap();
        assert_eq!(info["uid"], "user-alice");
        let id_token = answer.member("id_token");
        let payload = id_token.as_str().unwrap().split('.').nth(1).unwrap();
        let id: Value = serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap();
        assert_eq!((&id["aud"], &id["name"]), (&json!("cli"), &json!("alice Example")));
        assert_eq!(id.get("nonce"), None);
    }
}

#[tokio::test]
async fn what_nobody_asked_for_does_not_come() {
    let world = World::new().await;
    let codes = codes(&world, "api://a/.default").await;
    answered(&world, &codes).await;
    let answer = poll(&world, &codes).await;
    assert_eq!(answer.member("scope"), json!("api://a/.default A.use"));
    for absent in ["id_token", "refresh_token", "client_info"] {
        assert_eq!(answer.member(absent), Value::Null, "{absent}");
    }
}

/// A device that came to nothing spoils nothing, and a poll for something else is not answered.
#[tokio::test]
async fn more_than_was_asked_for_at_first_is_refused() {
    let world = World::new().await;
    let codes = codes(&world, "openid api://a/A.use").await;
    answered(&world, &codes).await;
    let more = poll_as(&world, CLI, &codes, &[("scope", "api://a/A.more")]).await;
    assert_eq!(more.refusal(), refused("invalid_scope"));
    let verifier = poll_as(&world, CLI, &codes, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(verifier.status, 200, "what belongs to other grants is not read");
}

#[tokio::test]
async fn who_was_disabled_or_signed_out_meanwhile_gets_nothing() {
    let world = World::new().await;
    let first = codes(&world, "openid").await;
    answered(&world, &first).await;
    world.change_user("alice", |alice| alice.enabled = false).await;
    assert_eq!(poll(&world, &first).await.refusal(), refused("invalid_grant"));
    assert_eq!(last(&world).await, "user-disabled");
    world.change_user("alice", |alice| alice.enabled = true).await;
    assert_eq!(poll(&world, &first).await.status, 200);
}

/// A world in which users are asked whether `cli` may use `api-a`.
async fn asking_for_consent() -> World {
    World::with(|t1| {
        let cli = t1.applications.iter_mut().find(|one| one.id.as_str() == "cli").unwrap();
        for permission in &mut cli.permissions {
            permission.consent = ConsentRule::User;
        }
    })
    .await
}

#[tokio::test]
async fn who_knows_the_device_and_declines_what_it_asks_for_has_said_no() {
    let world = asking_for_consent().await;
    let codes = codes(&world, "openid api://a/A.use").await;
    let browser = world.browser();
    let page = browser.get(&format!("/t1/device?user_code={}", codes.user)).await;
    let page = browser.submit(&page, &[]).await;
    let typed = [("login", "alice@example.com"), ("password", testkit::PASSWORD)];
    let page = browser.fill(&page, &typed, "submit").await;
    let page = browser.fill(&page, &[], "device-allow").await;
    assert_eq!(poll(&world, &codes).await.refusal(), refused("authorization_pending"));
    let page = browser.fill(&page, &[], "consent-deny").await;
    assert!(page.status == 200 && page.shows("device-end"), "{}", page.text);
    assert_eq!(poll(&world, &codes).await.refusal(), refused("access_denied"));
    assert!(world.sts("t1").store.consents(None, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn consent_is_asked_as_ever_and_counts_for_the_next_device() {
    let world = asking_for_consent().await;
    let browser = world.browser();
    let first = codes(&world, "openid api://a/A.use").await;
    let page = world.t1().answer_device(&browser, &first.user, "alice").await;
    assert!(page.shows("device-end"), "{}", page.text);
    assert_eq!(poll(&world, &first).await.claims()["scp"], "A.use");
    let consents = world.sts("t1").store.consents(None, None).await.unwrap();
    assert_eq!(consents.len(), 1);

    let second = codes(&world, "openid api://a/A.use").await;
    let page = browser.get(&format!("/t1/device?user_code={}", second.user)).await;
    let page = browser.submit(&page, &[]).await;
    assert!(page.shows("device-allow"), "the device is confirmed each time");
    let page = browser.fill(&page, &[], "device-allow").await;
    assert!(page.shows("device-end"), "the consent counts: {}", page.text);
    assert_eq!(poll(&world, &second).await.status, 200);
}
