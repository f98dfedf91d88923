//! Attacks on the authorization endpoint and its pages (rows KD).

use crate::steps::{AS_WEB, Shows, WEB, assert_shown, last, lasting, of_web, opened, refresh};
use crate::steps::{refresh_token, sent_back_to};
use std::collections::BTreeSet;
use testkit::{API_A_SECRET, Auth, Browser, CHALLENGE, PASSWORD, Page, WEB_CALLBACK, World};

const SESSION: &str = "__Host-stead-t1";

async fn typed(browser: &Browser, page: &Page, name: &str, password: &str) -> Page {
    let name = format!("{name}@example.com");
    browser.fill(page, &[("login", name.as_str()), ("password", password)], "submit").await
}

#[tokio::test]
async fn kd_01_a_code_replayed_or_of_another_client_gives_nothing() {
    let world = World::new().await;
    let scope = ("scope", "offline_access api://a/A.use");
    let code = world.t1().code("alice", &[scope]).await;
    let stolen = world.t1().token(WEB, &of_web(&code)).await;
    assert_eq!(stolen.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "code-not-for-client");
    assert_eq!(world.t1().redeem(&code).await.refusal().1, "invalid_grant", "it is spoiled");

    // Also after the refresh token of the first use was rotated.
    let code = world.t1().code("alice", &[scope]).await;
    let first = world.t1().redeem(&code).await;
    let rotated = refresh(&world, Auth::Public("spa"), &refresh_token(&first), &[]).await;
    assert_eq!(rotated.status, 200);
    assert_eq!(world.t1().redeem(&code).await.refusal().1, "invalid_grant");
    let dead = refresh(&world, Auth::Public("spa"), &refresh_token(&rotated), &[]).await;
    assert_eq!(dead.refusal(), (400, "invalid_grant".into()));
    let seen = world.t1().introspect(("api-a", API_A_SECRET), &rotated.access_token()).await;
    assert_eq!(seen.member("active"), false);
    assert_eq!(lasting(&world).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kd_02_of_fifty_redemptions_at_once_exactly_one_succeeds() {
    for world in [World::new().await, World::on_sqlite().await] {
        let code = world.t1().code("alice", &[]).await;
        let url = world.t1().endpoint("token");
        let body = format!(
            "grant_type=authorization_code&client_id=spa&code={code}&code_verifier={}\
             &redirect_uri=https%3A%2F%2Fspa.example%2Fcb",
            testkit::VERIFIER
        );
        let all: Vec<_> = (0..50)
            .map(|_| {
                let request = world.http().post(&url).body(body.clone());
                let form = "application/x-www-form-urlencoded";
                let request = request.header("origin", testkit::SPA_ORIGIN);
                tokio::spawn(request.header("content-type", form).send())
            })
            .collect();
        let mut good = 0;
        for one in all {
            good += usize::from(one.await.unwrap().unwrap().status() == 200);
        }
        assert_eq!(good, 1);
    }
}

/// The row says all of PK once more; here is the downgrade itself: begun with a challenge, ended without.
#[tokio::test]
async fn kd_03_a_challenge_cannot_be_taken_back() {
    let world = World::new().await;
    for name in ["code_challenge", "code_challenge_method"] {
        let page = opened(&world, &[(name, "")]).await;
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
    }
    let code = world.t1().code("alice", &[]).await;
    let [grant, code, uri, verifier] = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", testkit::SPA_CALLBACK),
        ("code_verifier", CHALLENGE),
    ];
    let answer = world.t1().token(Auth::Public("spa"), &[grant, code, uri, verifier]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "the challenge is no verifier");
    let code = world.t1().code("alice", &[]).await;
    assert_eq!(world.t1().redeem(&code).await.status, 200);
}

#[tokio::test]
async fn kd_05_no_parameter_writes_a_header() {
    let world = World::new().await;
    let evil = "x\r\nSet-Cookie: evil=1\r\n\r\n<svg onload=alert(1)>";
    for name in ["state", "redirect_uri", "login_hint", "ui_locales", "nonce", "client_id", "scope"]
    {
        let page = opened(&world, &[(name, evil)]).await;
        for (header, value) in &page.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            assert!(
                !value.contains(['\r', '\n']) && !value.starts_with("evil"),
                "{header}: {value}"
            );
        }
        assert!(!page.text.contains("<svg"), "{name}: {}", page.text);
    }
    let browser = world.browser();
    let url = world.t1().authorize_url(&[("state", evil)]);
    let page = world.t1().sign_in(&browser, &url, "alice").await;
    assert_eq!(page.parameter("state").as_deref(), Some(evil));
    assert_eq!(browser.cookie("evil"), None);
}

#[tokio::test]
async fn kd_08_a_session_planted_before_signing_in_is_not_the_one_after() {
    let world = World::new().await;
    let attackers = world.browser();
    world.t1().sign_in(&attackers, &world.t1().authorize_url(&[]), "mallory").await;
    let planted = attackers.cookie(SESSION).unwrap();

    let victims = world.browser();
    victims.plant(SESSION, "guessed");
    let page = victims.get(&world.t1().authorize_url(&[])).await;
    typed(&victims, &page, "alice", PASSWORD).await;
    assert_ne!(victims.cookie(SESSION).as_deref(), Some("guessed"));

    victims.plant(SESSION, &planted);
    let page = victims.get(&world.t1().authorize_url(&[("prompt", "login")])).await;
    typed(&victims, &page, "alice", PASSWORD).await;
    let alices = victims.cookie(SESSION).unwrap();
    assert_ne!(alices, planted);
    // Signing in anew changes it again, and the old one opens nothing.
    let page = victims.get(&world.t1().authorize_url(&[("prompt", "login")])).await;
    typed(&victims, &page, "alice", PASSWORD).await;
    assert_ne!(victims.cookie(SESSION).unwrap(), alices);
    for old in [planted, alices] {
        let other = world.browser();
        other.plant(SESSION, &old);
        let page = other.get(&world.t1().authorize_url(&[("prompt", "none")])).await;
        assert_eq!(page.parameter("error").as_deref(), Some("login_required"));
    }
    let page = victims.get(&world.t1().authorize_url(&[("prompt", "none")])).await;
    assert!(page.parameter("code").is_some());
}

#[tokio::test]
async fn kd_11_no_parameter_leads_to_a_stranger() {
    let world = World::new().await;
    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let evil = "https://evil.example/";
    for name in ["next", "RelayState", "error_uri", "return_to", "redirect", "continue", "url"] {
        let page =
            browser.get(&world.t1().authorize_url(&[(name, evil), ("prompt", "none")])).await;
        assert!(page.location().starts_with("https://spa.example/cb?"), "{}", page.location());
        assert!(!page.location().contains("evil"), "{}", page.location());
        let refused = browser.get(&world.t1().authorize_url(&[(name, evil), ("scope", "x")])).await;
        assert!(!refused.location().contains("evil"), "{}", refused.location());
    }
    let own = format!("{}/errors?reason=", world.base());
    let page = browser.get(&world.t1().authorize_url(&[("scope", "unheard")])).await;
    assert!(page.parameter("error_uri").unwrap().starts_with(&own));
    for query in ["post_logout_redirect_uri=https%3A%2F%2Fevil.example", "next=//evil.example"] {
        let page = browser.get(&format!("{}?{query}", world.t1().endpoint("logout"))).await;
        assert_eq!(page.location(), "", "{query}");
    }
}

#[tokio::test]
async fn kd_13_consent_in_one_tab_is_for_the_question_of_that_tab() {
    let world = World::with(|t1| {
        let web = t1.applications.iter().find(|one| one.id.as_str() == "web").unwrap();
        let mut other = web.clone();
        other.id = stead_proto::id::ClientId::parse("web-2").unwrap();
        other.name = "The second".into();
        t1.applications.push(other);
    })
    .await;
    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let scope = ("scope", "api://b/B.read");
    let first = browser.get(&world.t1().authorize_url(&[&AS_WEB[..], &[scope]].concat())).await;
    let second = [("client_id", "web-2"), ("redirect_uri", WEB_CALLBACK), scope];
    let second = browser.get(&world.t1().authorize_url(&second)).await;
    let value = |page: &Page, name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        page.text.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    // What was shown in the first tab, said in the second one's flow: nothing is agreed to.
    let mixed = [
        ("flow", value(&second, "flow")),
        ("shown", value(&first, "shown")),
        ("decision", "allow".to_owned()),
    ];
    let mixed: Vec<(&str, &str)> = mixed.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let page = browser.post("/t1/consent", &mixed).await;
    assert!(page.shows("consent-allow") && page.shows_text("The second"), "{}", page.text);
    assert_eq!(world.sts("t1").store.consents(None, None).await.unwrap(), []);

    let page = browser.fill(&first, &[], "consent-allow").await;
    assert!(page.parameter("code").is_some());
    let agreed = world.sts("t1").store.consents(None, None).await.unwrap();
    let clients: Vec<_> = agreed.iter().map(|one| one.client.as_str()).collect();
    assert_eq!(clients, ["web"]);
    let page = browser.fill(&second, &[], "consent-deny").await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "access_denied");
}

#[tokio::test]
async fn kd_14_no_step_can_be_skipped() {
    let world = World::new().await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[&AS_WEB[..], &[("scope", "api://b/B.read")]].concat());
    let sign_in = browser.get(&url).await;
    let start = "name=\"flow\" value=\"";
    let flow = sign_in.text.split(start).nth(1).unwrap().split('"').next().unwrap();
    for path in ["/t1/consent", "/t1/account"] {
        let pairs = [
            ("flow", flow),
            ("decision", "allow"),
            ("shown", "x"),
            ("choice", "continue"),
            ("session", "s"),
        ];
        let page = browser.post(path, &pairs).await;
        assert!(page.shows("login") && page.parameter("code").is_none(), "{path}: {}", page.text);
        assert_shown(&browser.post(path, &pairs[1..]).await);
    }
    assert_shown(
        &browser
            .post("/t1/sign-in", &[("login", "alice@example.com"), ("password", PASSWORD)])
            .await,
    );
    assert_eq!(browser.cookie(SESSION), None);
    // A flow of one tenant is none of another.
    assert_shown(&browser.post("/t2/consent", &[("flow", flow), ("decision", "allow")]).await);
    assert_eq!(world.sts("t1").store.consents(None, None).await.unwrap(), []);

    let consent = typed(&browser, &sign_in, "alice", PASSWORD).await;
    assert!(consent.shows("consent-allow"));
    assert!(browser.fill(&consent, &[], "consent-allow").await.parameter("code").is_some());
}

#[tokio::test]
async fn kd_15_cookies_of_neighbours_are_ignored() {
    let world = World::new().await;
    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let own = browser.cookie(SESSION).unwrap();
    assert!(browser.cookies().keys().all(|name| name.starts_with("__Host-")));
    let url = world.t1().authorize_url(&[("prompt", "none")]);
    let with = async |cookies: String| {
        let sent = [("cookie", cookies.as_str())];
        let answer = world.send(reqwest::Method::GET, &url, &sent, "").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.header("location").contains("code=")
    };
    assert!(with(format!("a=b; {SESSION}={own}; c=d")).await);
    for tossed in [
        format!("stead-t1={own}"),
        format!("__host-stead-t1={own}"),
        format!("{SESSION}=evil; {SESSION}={own}"),
        format!("{SESSION}={own}; {SESSION}=evil"),
        format!("{SESSION}={}", "a".repeat(8192)),
        format!("{SESSION}={own}{}", "a".repeat(8192)),
        format!("__Host-stead-t2={own}"),
        SESSION.to_owned(),
    ] {
        assert!(!with(tossed.clone()).await, "{tossed:.40}");
    }
    let seen: BTreeSet<String> = browser.cookies().into_keys().collect();
    assert_eq!(seen, ["__Host-stead-browser", SESSION].map(str::to_owned).into());
}

/// What takes how long is measured elsewhere (KC-07); the work is the same by construction.
#[tokio::test]
async fn kd_16_signing_in_does_not_tell_who_has_an_account() {
    let world = World::new().await;
    world.change_user("bob", |bob| bob.enabled = false).await;
    let mut seen = Vec::new();
    for (name, password) in [("alice", "wrong"), ("nobody", "wrong"), ("bob", PASSWORD)] {
        let browser = world.browser();
        let asked = browser.get(&world.t1().authorize_url(&[])).await;
        let page = typed(&browser, &asked, name, password).await;
        assert_eq!(last(&world).await, "password-wrong", "{name}");
        let text = page.lasting_text().replace(name, "?");
        let mut headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
        headers.sort_unstable();
        let cookies: Vec<String> = browser.cookies().into_keys().collect();
        seen.push((page.status, text, headers, cookies));
    }
    assert_eq!(seen[0].0, 400);
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    let browser = world.browser();
    let asked = browser.get(&world.t1().authorize_url(&[])).await;
    assert!(typed(&browser, &asked, "alice", PASSWORD).await.parameter("code").is_some());
}
