//! What is counted during a journey, read as a monitor reads it. A process of its own: all servers of one
//! process add to the same numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up should stop")]

use std::collections::BTreeSet;
use stead_proto::time::Seconds;
use testkit::{Auth, WEB_CALLBACK, WEB_SECRET, World};

/// What a monitor reads: lines, those that are remarks left out.
async fn scrape(world: &World) -> Vec<String> {
    let answer = world.http().get(format!("{}/metrics", world.metrics())).send().await.unwrap();
    let text = answer.text().await.unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// Signs alice in at `web`, mistyping once, agrees to what it asks for, and exchanges what came of it.
async fn journey(world: &World) {
    let (at, browser) = (world.t1(), world.browser());
    let url = at.authorize_url(&[
        ("client_id", "web"),
        ("redirect_uri", WEB_CALLBACK),
        ("scope", "openid api://b/B.read"),
    ]);
    let page = browser.get(&url).await;
    let typed = [("login", "alice@example.com"), ("password", "wrong")];
    browser.fill(&page, &typed, "submit").await;
    let page = at.sign_in(&browser, &url, "alice").await;
    let code = page.parameter("code").unwrap();
    let redeemed = at
        .token(
            Auth::Basic("web", WEB_SECRET),
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", WEB_CALLBACK),
                ("code_verifier", testkit::VERIFIER),
            ],
        )
        .await;
    assert_eq!(redeemed.status, 200);

    let for_a = at.token_for_a("alice").await;
    assert_eq!(at.obo_exchange(&for_a, "api://b", "B.read").await.status, 200);
    assert_eq!(at.obo_exchange(&for_a, "api://c", "C.use").await.status, 400);
}

#[tokio::test]
async fn a_journey_is_counted_under_the_names_of_the_reference_page() {
    let world = World::on_sqlite().await;
    world.advance(Seconds(60));
    journey(&world).await;
    let lines = scrape(&world).await;
    let said = |line: &str| lines.iter().any(|it| it == line);
    for line in [
        r#"stead_tokens_issued_total{grant="authorization_code",client_kind="web"} 1"#,
        r#"stead_tokens_issued_total{grant="authorization_code",client_kind="spa"} 1"#,
        r#"stead_tokens_issued_total{grant="on_behalf_of",client_kind="web-api"} 1"#,
        r#"stead_chain_depth_bucket{le="1.0"} 1"#,
        "stead_chain_depth_count 1",
        r#"stead_exchange_denied_total{rule="consent-missing"} 1"#,
        "stead_exchange_duration_seconds_count 2",
        r#"stead_login_total{method="password",outcome="wrong"} 1"#,
        r#"stead_login_total{method="password",outcome="ok"} 2"#,
        r#"stead_consent_total{outcome="allowed"} 1"#,
        r#"stead_requests_total{route="/{tenant}/sign-in",code="400"} 1"#,
        r#"stead_request_duration_seconds_count{route="/{tenant}/sign-in"} 3"#,
        r#"stead_signing_key_age_seconds{tenant="t1",algorithm="ES256"} 60"#,
    ] {
        assert!(said(line), "{line} is not among:\n{}", lines.join("\n"));
    }
    let stats = |name: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    let (commits, transactions) =
        (stats("stead_store_commits_total"), stats("stead_store_transactions_total"));
    assert!(0 < transactions && transactions <= commits, "{transactions} of {commits}");
    assert_eq!(names(&lines), on_the_page());
}

/// The names of what is shown; a histogram's three lines have one.
fn names(lines: &[String]) -> BTreeSet<String> {
    let names = lines.iter().filter_map(|line| line.split(['{', ' ']).next());
    let ends = ["_bucket", "_sum", "_count"];
    let name =
        |name: &str| ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned();
    names.filter(|name| !name.is_empty()).map(name).collect()
}

/// The names in the server's table of the reference page; the gateway's has a section of its own.
fn on_the_page() -> BTreeSet<String> {
    let page = include_str!("../../../../docs/reference/metrics.md");
    let (server, _) = page.split_once("\n## Of a gateway\n").unwrap();
    let rows = server.lines().filter_map(|line| line.strip_prefix("| `stead_"));
    rows.filter_map(|row| Some(format!("stead_{}", row.split_once('`')?.0))).collect()
}
