//! What unmodified clients of Entra meet besides tokens (rows EN): shared tenant names, instance discovery, user
//! realm, numbers in redirects, odd parameters, logout.

use crate::obo::{A, Dialect, allowed, and, ask, refused, tried, with};
use crate::steps::{Shows, opened, sent_back};
use reqwest::Method;
use serde_json::json;
use stead_proto::form;
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, Auth, Browser, DAEMON_SECRET, Page, SPA_ORIGIN, World};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BYE: &str = "https://spa.example/bye";

/// Posts a form to a path of the world.
async fn post(world: &World, path: &str, pairs: &[(&str, &str)]) -> testkit::Answer {
    let url = format!("{}{path}", world.base());
    world.send(Method::POST, &url, &[FORM], form::write(pairs)).await
}

#[tokio::test]
async fn en_05_common_and_organizations_stand_for_the_only_tenant_and_for_none_of_two() {
    let world = World::new().await;
    for segment in ["common", "organizations"] {
        let path = format!("/{segment}/v2.0/.well-known/openid-configuration");
        let nobody = world.t1().get(&path).await;
        assert_eq!(nobody.refusal(), (404, "invalid_request".into()));
        assert_eq!(nobody.member("error_codes"), json!([90_002]));
    }
    world.serves_t1_alone().await;
    for segment in ["common", "organizations", "Common", "t1", "T1"] {
        let path = format!("/{segment}/v2.0/.well-known/openid-configuration");
        let document = world.t1().get(&path).await;
        assert_eq!(document.member("issuer"), world.t1().issuer(), "{segment}");
    }
    // A user signs in there; a service says which tenant it means.
    let (browser, url) = (world.browser(), world.t1().authorize_url(&[]));
    let page = world.t1().sign_in(&browser, &url.replace("/t1/", "/common/"), "alice").await;
    assert_eq!(world.t1().redeem(&page.parameter("code").unwrap()).await.status, 200);
    let token = world.t1().token_for_a("alice").await;
    let of_daemon = [
        ("grant_type", "client_credentials"),
        ("scope", "api://a/.default"),
        ("client_id", "daemon"),
        ("client_secret", DAEMON_SECRET),
    ];
    let mut of_a: Vec<(&str, String)> = Dialect::Entra.form(&token, "api://b", "B.read");
    of_a.extend([("client_id", A.0.to_owned()), ("client_secret", A.1.to_owned())]);
    let of_a: Vec<_> = of_a.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for form in [&of_daemon[..], &of_a] {
        let path = "/common/oauth2/v2.0/token";
        let shared = tried(&world, post(&world, path, form)).await;
        assert_eq!(shared.said(), refused(400, "invalid_request", "tenant-not-named"));
        assert_eq!(shared.answer.member("error_codes"), json!([9_001_023]));
        assert_eq!(post(&world, "/t1/oauth2/v2.0/token", form).await.status, 200);
    }
}

#[tokio::test]
async fn en_06_instance_discovery_knows_our_host_with_or_without_its_port_and_no_other() {
    let world = World::new().await;
    let host = world.base().trim_start_matches("https://").to_owned();
    let ask = async |authority: &str, segment: &str| {
        let query = form::write(&[("api-version", "1.1"), ("authorization_endpoint", authority)]);
        world.t1().get(&format!("/{segment}/discovery/instance?{query}")).await
    };
    let discovery = format!("{}/v2.0/.well-known/openid-configuration", world.base() + "/t1");
    for base in [world.base(), "https://localhost".to_owned()] {
        for segment in ["common", "t1"] {
            let authority = format!("{base}/t1/oauth2/v2.0/authorize");
            let answer = ask(&authority, segment).await;
            let expected = json!({
                "tenant_discovery_endpoint": discovery, "api-version": "1.1",
                "metadata": [
                    { "preferred_network": host, "preferred_cache": host, "aliases": [host] }
                ],
            });
            assert_eq!((answer.status, answer.json()), (200, expected));
        }
    }
    let nobodys = "https://localhost/nobody/oauth2/v2.0/authorize";
    for other in ["https://evil.example/t1/authorize", "http://localhost/t1", nobodys, "junk", ""] {
        let answer = ask(other, "common").await;
        assert_eq!(answer.refusal(), (400, "invalid_instance".into()), "{other}");
        assert_eq!(answer.member("error_codes"), json!([50_049]));
    }
}

#[tokio::test]
async fn en_07_the_user_realm_is_the_same_for_everybody() {
    let world = World::new().await;
    let realm = json!({ "ver": "1.0", "account_type": "Managed", "domain_name": "example.com" });
    for user in ["alice@example.com", "nobody@example.com"] {
        let path = format!("/common/userrealm/{user}?api-version=1.0");
        assert_eq!(world.t1().get(&path).await.json(), realm, "{user}");
    }
}

#[tokio::test]
async fn en_08_a_refusal_by_redirect_has_its_number_where_msal_reads_it_and_people_find_the_page() {
    let world = World::new().await;
    let page = opened(&world, &[("prompt", "none"), ("response_mode", "fragment")]).await;
    assert_eq!(page.parameter("error").as_deref(), Some("login_required"));
    let said = page.parameter("error_description").unwrap();
    assert!(said.starts_with("AADSTS50058: nobody is signed in. Trace ID: "), "{said}");
    let about = page.parameter("error_uri").unwrap();
    assert!(about.ends_with("code=50058"), "{about}");
    let shown = world.browser().get(&about).await;
    assert_eq!((shown.status, shown.location()), (303, "/errors#login-required"));
    let unknown = world.browser().get("/errors?reason=%0d%0ax&code=1").await;
    assert_eq!((unknown.status, unknown.location()), (200, ""));
}

/// An answer without a page may be framed, and the session is found there.
#[tokio::test]
async fn en_08_a_silent_request_is_always_redirected_and_may_be_framed() {
    let world = World::new().await;
    let browser = world.browser();
    let silent = world.t1().authorize_url(&[("prompt", "none")]);
    let framed = |page: &Page, outcome: &str| {
        assert_eq!(page.status, 303, "{}", page.text);
        assert!(page.parameter(outcome).is_some(), "{}", page.location());
        for name in ["x-frame-options", "content-security-policy"] {
            assert!(!page.headers.contains_key(name), "{name}");
        }
    };
    framed(&browser.get(&silent).await, "error");
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    framed(&browser.get(&silent).await, "code");
    for wrong in [[("scope", "api://nowhere/X")], [("response_type", "token")]] {
        let asked = [&wrong[..], &[("prompt", "none")]].concat();
        framed(&browser.get(&world.t1().authorize_url(&asked)).await, "error");
    }
}

#[tokio::test]
async fn en_09_an_answer_names_account_and_session_to_who_asks_and_knows_entras_parameters() {
    let world = World::new().await;
    let entras = [
        ("client_info", "1"),
        ("domain_hint", "organizations"),
        ("prompt", "create"),
        ("sid", "of-another-session"),
        ("clidata", "1"),
        ("pocd", "1"),
        ("x-client-SKU", "msal.js.browser"),
        ("X-AnchorMailbox", "Oid:user-alice@t1"),
        ("dpop_jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
        ("claims", r#"{"id_token":{"login_hint":null,"signin_state":{"essential":false}}}"#),
    ];
    let browser = world.browser();
    let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&entras), "alice").await;
    let (info, session) = (page.parameter("client_info"), page.parameter("session_state"));
    assert!(info.is_some() && session.is_some(), "{}", page.location());
    let tokens = world.t1().redeem(&page.parameter("code").unwrap()).await;
    assert_eq!(tokens.claims()["sid"], session.unwrap());

    let page = browser.get(&world.t1().authorize_url(&[("prompt", "no_session")])).await;
    assert_eq!((page.parameter("client_info"), page.parameter("session_state")), (None, None));
    assert!(page.parameter("code").is_some());
}

/// Encrypted answers (EAR) and other response types are refused in words a library understands.
#[tokio::test]
async fn en_09_a_request_may_be_posted_and_one_for_an_encrypted_answer_is_refused() {
    let world = World::new().await;
    let url = world.t1().authorize_url(&[]);
    let (path, query) = url.split_once('?').unwrap();
    let pairs = form::Form::parse(query.as_bytes()).unwrap();
    let pairs: Vec<_> = pairs.iter().collect();
    assert!(world.browser().post(path, &pairs).await.shows("login"));
    let ear =
        [("response_type", "id_token token refresh_token"), ("ear_jwk", "eyJrdHkiOiJvY3QifQ")];
    let page = opened(&world, &ear).await;
    assert_eq!(sent_back(&world, &page), "unsupported_response_type");
}

#[tokio::test]
async fn en_10_a_long_lived_token_says_when_to_get_the_next_and_every_answer_has_its_names() {
    for (lifetime, refresh_in) in [(7200, json!(3600)), (7199, json!(null))] {
        let world = World::with_settings(|set| set.access_token = Seconds(lifetime)).await;
        let tokens = world.t1().tokens("alice", &[]).await;
        assert_eq!(tokens.member("expires_in"), json!(lifetime));
        assert_eq!(tokens.member("refresh_in"), refresh_in);
    }
    let world = World::new().await;
    let url = format!("{}?client-request-id=from-the-query", world.t1().endpoint("token"));
    let refused = world.send(Method::POST, &url, &[FORM], "grant_type=x&client_id=spa").await;
    assert_eq!(refused.header("client-request-id"), "from-the-query");
    assert_eq!(refused.header("x-ms-request-id"), refused.member("trace_id"));
    assert_eq!(refused.header("x-ms-clitelem"), "1,70003,0,,");
}

#[tokio::test]
async fn a_request_that_names_its_trace_is_answered_and_on_record_under_it() {
    let (named, sent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7-01");
    let traceparent = format!("00-{named}-{sent}");
    let malformed = format!("00-{named}-{sent}-x");
    for (header, is_named) in [(traceparent, true), (malformed, false)] {
        let world = World::new().await;
        let (url, headers) = (world.t1().endpoint("token"), [FORM, ("traceparent", &header)]);
        let refused = world.send(Method::POST, &url, &headers, "grant_type=x&client_id=spa").await;
        let trace = refused.member("trace_id");
        assert_eq!(trace == named, is_named, "{header}: {trace}");
        assert_eq!(refused.header("x-ms-request-id"), trace);
        let records = world.records().await;
        assert_eq!(trace, records.last().unwrap().trace_id.as_str());
    }
}

#[tokio::test]
async fn en_11_what_clients_send_besides_is_ignored_and_their_capabilities_reach_the_resource() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let mut form = Dialect::Entra.form(&token, "api://b", "B.read");
    for (name, value) in [
        ("x-client-VER", "5.29.0"),
        ("clidata", "1"),
        ("pocd", "1"),
        ("return_spa_code", "1"),
        ("X-AnchorMailbox", "Oid:user-alice@t1"),
    ] {
        form = and(&form, name, value);
    }
    let claims =
        r#"{"access_token":{"xms_cc":{"values":["cp1"]},"polids":{"values":["1"]},"x":null}}"#;
    let capable = ask(world.t1(), A, &and(&form, "claims", claims)).await;
    assert_eq!(capable.claims()["xms_cc"], json!(["cp1"]));
    for none in ["{}", "[", r#"{"access_token":{"xms_cc":{"values":["a b"]}}}"#] {
        let answer = ask(world.t1(), A, &and(&form, "claims", none)).await;
        assert!(answer.claims().get("xms_cc").is_none(), "{none}");
    }
    let as_itself = [
        ("grant_type", "client_credentials"),
        ("scope", "api://a/.default openid offline_access profile"),
        ("client_info", "1"),
    ];
    let answer = world.t1().token(Auth::Post("daemon", DAEMON_SECRET), &as_itself).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for absent in ["client_info", "id_token", "refresh_token"] {
        assert!(answer.json().get(absent).is_none(), "{absent}");
    }
}

/// A plain token would not be what was asked for.
#[tokio::test]
async fn en_11_a_bound_token_or_one_for_a_part_of_the_client_is_refused_and_not_replaced() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let form = Dialect::Entra.form(&token, "api://b", "B.read");
    for (name, value) in [("token_type", "pop"), ("req_cnf", "eyJraWQiOiJ4In0"), ("fmi_path", "x")]
    {
        let said = tried(&world, ask(world.t1(), A, &and(&form, name, value))).await;
        assert_eq!(said.said(), refused(400, "invalid_request", "request-malformed"), "{name}");
    }
    let bearer = with(&form, "token_type", "Bearer");
    let said =
        tried(&world, world.t1().token(Auth::Post(A.0, API_A_SECRET), &pairs(&bearer))).await;
    assert_eq!(said.said(), allowed());
}

fn pairs<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Opens the logout of a browser in which alice is signed in, as MSAL does there: without saying who asks.
async fn logout(world: &World, uri: &str) -> (Browser, Page) {
    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let query = form::write(&[
        ("post_logout_redirect_uri", uri),
        ("client-request-id", "r-1"),
        ("state", "s&1"),
        ("logout_hint", "alice@example.com"),
        ("pocd", "1"),
    ]);
    let page = browser.get(&format!("{}?{query}", world.t1().endpoint("logout"))).await;
    (browser, page)
}

#[tokio::test]
async fn en_12_who_signs_out_without_saying_for_whom_confirms_and_goes_where_one_application_registered()
 {
    let world = World::new().await;
    let (browser, page) = logout(&world, BYE).await;
    assert!(page.shows("logout-confirm"), "{}", page.text);
    let done = browser.fill(&page, &[], "logout-confirm").await;
    assert_eq!((done.status, done.location()), (303, "https://spa.example/bye?state=s%261"));

    world.change_application("web", |web| web.post_logout_redirect_uris.push(BYE.into())).await;
    for uri in [BYE, "https://evil.example/", SPA_ORIGIN] {
        let (browser, page) = logout(&world, uri).await;
        let done = browser.fill(&page, &[], "logout-confirm").await;
        assert_eq!((done.status, done.location()), (200, ""), "{uri}");
        assert!(done.shows_text("You are signed out"), "{uri}");
    }
}
