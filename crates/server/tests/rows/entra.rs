//! On-behalf-of in Entra's dialect, as its documentation and its libraries have it (rows OE).

use crate::obo::{
    A, BOTH, Client, Dialect, allowed, and, application, ask, edge_to_b, refused, tried, with,
    without,
};
use reqwest::Method;
use serde_json::{Value, json};
use stead_core::admin::Desired;
use stead_core::model::application::{AssertionAudience, Credential, SubjectKind};
use stead_core::model::permission::ConsentRule;
use stead_proto::digest::from_base64url;
use stead_proto::form;
use stead_proto::id::Audience;
use stead_proto::jwt::Algorithm;
use testkit::{API_A_SECRET, Auth, RawKey, World};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test]
async fn oe_02_scopes_of_two_resources() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let form = Dialect::Entra.form(&token, "api://b", "B.read");
    let two = with(&form, "scope", "api://b/B.read api://c/C.use");
    let tried_two = tried(&world, ask(world.t1(), A, &two)).await;
    assert_eq!(tried_two.said(), refused(400, "invalid_scope", "request-malformed"));
    assert_eq!(tried_two.answer.member("error_codes"), json!([70011]));
    assert_eq!(tried(&world, ask(world.t1(), A, &form)).await.said(), allowed());
}

/// Without it the request is RFC 7523's, where an access token of ours is no grant.
#[tokio::test]
async fn oe_03_requested_token_use_missing_or_another() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let form = Dialect::Entra.form(&token, "api://b", "B.read");
    for other in ["on-behalf-of", "On_Behalf_Of", "impersonation"] {
        let form = with(&form, "requested_token_use", other);
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, "invalid_request", "request-malformed"));
    }
    let missing = without(&form, "requested_token_use");
    let said = tried(&world, ask(world.t1(), A, &missing)).await.said();
    assert_eq!(said, refused(400, "invalid_grant", "assertion-issuer-untrusted"));
    assert_eq!(tried(&world, ask(world.t1(), A, &form)).await.said(), allowed());
}

/// MSAL asks the host about itself first; MSAL Python leaves the port out.
#[tokio::test]
async fn oe_05_a_library_that_asks_whether_the_host_is_known_is_told_where_to_go_on() {
    let world = World::new().await;
    let host = world.base().strip_prefix("https://").unwrap().to_owned();
    let (name, _port) = host.split_once(':').unwrap();
    for authority in [format!("https://{host}/t1"), format!("https://{name}/T1")] {
        let url =
            format!("{authority}/oauth2/v2.0/authorize").replace(':', "%3A").replace('/', "%2F");
        let path =
            format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={url}");
        let answer = world.t1().get(&path).await;
        assert_eq!(
            answer.json(),
            json!({
                "tenant_discovery_endpoint": format!("{}/.well-known/openid-configuration", world.t1().issuer()),
                "api-version": "1.1",
                "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
            }),
            "{authority}"
        );
    }
    for other in ["https%3A%2F%2Fevil.example%2Ft1", "https%3A%2F%2Flocalhost%2Fnobody", "t1", ""] {
        let path = format!("/common/discovery/instance?authorization_endpoint={other}");
        let answer = world.t1().get(&path).await;
        assert_eq!(answer.refusal(), (400, "invalid_instance".to_owned()), "{other}");
        assert_eq!(answer.member("error_codes"), json!([50_049]), "{other}");
    }
    // A tenant's own paths stay what they are.
    assert_eq!(world.t1().get("/common/discovery/v2.0/keys").await.status, 404);
    assert_eq!(world.t1().get("/t1/discovery/v2.0/keys").await.status, 200);
}

#[tokio::test]
async fn oe_05_the_realm_of_a_user_does_not_tell_who_exists() {
    let world = World::new().await;
    for user in ["alice@corp.example", "nobody@corp.example"] {
        let answer = world.t1().get(&format!("/common/userrealm/{user}?api-version=1.0")).await;
        let expected =
            json!({ "ver": "1.0", "account_type": "Managed", "domain_name": "corp.example" });
        assert_eq!((answer.status, answer.json()), (200, expected));
    }
}

/// `api-a` proves itself with this key, as an application of Entra's would.
fn with_key(t1: &mut Desired, key: &RawKey, audience: AssertionAudience) {
    let a = application(t1, "api-a");
    a.credentials = vec![Credential::Keys(key.set())];
    a.assertion_audience = audience;
}

/// The shapes that Entra's libraries give a client assertion: header, and how times are written.
fn shapes(alg: &str, now: i64) -> Vec<(&'static str, Value, Value)> {
    let (exp, padded, bare) = (now + 600, "q83vASNFZ4k=", "q83vASNFZ4k");
    let header = |more: Value| {
        let mut header = json!({ "alg": alg, "typ": "JWT" });
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        header
    };
    let times = json!({ "exp": exp, "nbf": now, "iat": now });
    vec![
        (
            "Python",
            header(json!({ "x5c": ["MIIB"], "x5t#S256": padded })),
            json!({ "exp": format!("{exp}.5").parse::<f64>().unwrap(), "iat": now }),
        ),
        ("Python, thumbprint", header(json!({ "x5t": padded })), json!({ "exp": exp, "iat": now })),
        ("Node", header(json!({ "x5t#S256": bare, "x5c": ["MIIB"] })), times.clone()),
        ("Go", header(json!({ "x5t#S256": "q8+/ASNFZ4k=" })), json!({ "exp": exp, "nbf": now })),
        (
            ".NET",
            header(json!({ "x5t#S256": bare, "x5c": "MIIB" })),
            json!({ "exp": exp.to_string(), "nbf": now.to_string() }),
        ),
        ("Java", header(json!({ "x5t#S256": bare })), times),
    ]
}

#[tokio::test]
async fn oe_04_an_assertion_shaped_as_entras_libraries_do_is_taken_from_legacy_clients() {
    for alg in [Algorithm::Rs256, Algorithm::Ps256] {
        let key = RawKey::generate(alg);
        let world = World::with(|t1| with_key(t1, &key, AssertionAudience::Legacy)).await;
        let token = world.t1().token_for_a("alice").await;
        let form = Dialect::Entra.form(&token, "api://b", "B.read");
        let now = world.clock().now().secs();
        for (place, (library, header, times)) in shapes(alg.as_str(), now).into_iter().enumerate() {
            let mut claims = json!({
                "aud": world.t1().endpoint("token"), "iss": "api-a", "sub": "api-a",
                "jti": format!("assertion-{place}"),
            });
            claims.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
            let assertion = key.sign(&header.to_string(), &claims.to_string());
            let form = and(&form, "client_assertion_type", ASSERTION);
            let form = and(&form, "client_assertion", &assertion);
            let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();

            let took = tried(&world, world.t1().token(Auth::Public("api-a"), &pairs)).await;
            assert_eq!(took.said(), allowed(), "{library}: {}", took.answer.text);
            assert_eq!(took.answer.claims()["azpacr"], "2");

            // It is good for one request, and for legacy clients only.
            let again = tried(&world, world.t1().token(Auth::Public("api-a"), &pairs)).await;
            assert_eq!(
                again.said(),
                refused(401, "invalid_client", "client-unproven"),
                "{library}"
            );
            assert_eq!(again.answer.json()["error_codes"], json!([700_027]), "{library}");
        }
    }
}

#[tokio::test]
async fn oe_04_the_token_endpoint_as_audience_is_refused_from_everybody_else() {
    let key = RawKey::generate(Algorithm::Rs256);
    let world = World::with(|t1| with_key(t1, &key, AssertionAudience::Issuer)).await;
    let token = world.t1().token_for_a("alice").await;
    let now = world.clock().now().secs();
    for (audience, expected) in [
        (world.t1().endpoint("token"), refused(401, "invalid_client", "client-unproven")),
        (world.t1().issuer(), allowed()),
    ] {
        let claims = json!({
            "aud": audience, "iss": "api-a", "sub": "api-a", "jti": audience, "exp": now + 60,
        });
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t": "q83vASNFZ4k=" });
        let assertion = key.sign(&header.to_string(), &claims.to_string());
        let form = Dialect::Entra.form(&token, "api://b", "B.read");
        let form = and(&form, "client_assertion_type", ASSERTION);
        let form = and(&form, "client_assertion", &assertion);
        let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let said = tried(&world, world.t1().token(Auth::Public("api-a"), &pairs)).await.said();
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn oe_06_no_consent() {
    let world = World::with(|t1| edge_to_b(t1).consent = ConsentRule::Admin).await;
    let token = world.t1().token_for_a("alice").await;
    let asking = Dialect::Entra.ask(world.t1(), A, (&token, "api://b", "B.read"));
    let tried_it = tried(&world, asking).await;
    assert_eq!(tried_it.said(), refused(400, "invalid_grant", "consent-missing"));
    let body = tried_it.answer.json();
    assert_eq!(
        (&body["suberror"], &body["error_codes"]),
        (&json!("consent_required"), &json!([65001]))
    );
    assert!(body["access_token"].is_null());

    // The user may agree themselves: at their next sign-in they do.
    world.files_say(|t1| edge_to_b(t1).consent = ConsentRule::User).await.unwrap();
    let token = world.t1().token_for_a("alice").await;
    let asking = Dialect::Entra.ask(world.t1(), A, (&token, "api://b", "B.read"));
    assert_eq!(tried(&world, asking).await.said(), allowed());
}

#[tokio::test]
async fn oe_08_one_combined_consent_at_the_first_sign_in() {
    let world = World::with(|t1| {
        application(t1, "spa").permissions[0].consent = ConsentRule::User;
        edge_to_b(t1).consent = ConsentRule::User;
    })
    .await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[]);
    let page = browser.get(&url).await;
    let typed = [("login", "alice@example.com"), ("password", testkit::PASSWORD)];
    let page = browser.fill(&page, &typed, "submit").await;
    assert!(page.shows("consent-allow"), "{}", page.text);
    for said in ["The spa", "The api-a", "The api-b", "Use A.use", "Use B.read"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let page = browser.fill(&page, &[], "consent-allow").await;
    let code = page.parameter("code").unwrap();

    let token = world.t1().redeem(&code).await.access_token();
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
        assert_eq!(tried(&world, asking).await.said(), allowed());
    }
    // Neither of the two is asked again.
    assert!(browser.get(&url).await.parameter("code").is_some());
}

#[tokio::test]
async fn oe_09_an_error_has_every_member_and_the_callers_own_name_for_the_request() {
    let world = World::new().await;
    let form = Dialect::Entra.form("garbage", "api://b", "B.read");
    let mut pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pairs.extend([("client_id", A.0), ("client_secret", A.1)]);
    let (url, body) = (world.t1().endpoint("token"), form::write(&pairs));
    let named = "6f0b2d2e-1b1c-4f0e-9a57-000000000001";
    for sent in [Some(named), None] {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend(sent.map(|name| ("client-request-id", name)));
        let tried = tried(&world, world.send(Method::POST, &url, &headers, body.clone())).await;
        assert_eq!(tried.said(), refused(400, "invalid_grant", "subject-token-invalid"));
        let answer = tried.answer.json();
        let trace = &answer["trace_id"];
        let correlation = sent.map_or(trace.clone(), |name| json!(name));
        assert_eq!(trace, tried.records[0].trace_id.as_str());
        assert_eq!(answer["correlation_id"], correlation);
        assert_eq!(answer["error_codes"], json!([50013]));
        let said = answer["error_description"].as_str().unwrap();
        assert!(said.starts_with("AADSTS50013: the subject token is not valid"), "{said}");
        let members: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            [
                "correlation_id",
                "error",
                "error_codes",
                "error_description",
                "error_uri",
                "timestamp",
                "trace_id",
            ]
        );
    }
}

/// The audience is the one registered, byte by byte, also where the request names the application by
/// its id: Stead has one kind of access token, so there is no choice between id and URI by version.
#[tokio::test]
async fn oe_10_audiences_are_compared_with_their_case_as_registered() {
    let mixed = || Audience::parse("api://Company-A").unwrap();
    let world = World::with(|t1| {
        application(t1, "api-a").audience = Some(mixed());
        application(t1, "spa").permissions[0].towards = mixed();
        application(t1, "web").permissions[0].towards = mixed();
        application(t1, "cli").permissions[0].towards = mixed();
        application(t1, "daemon").permissions[0].towards = mixed();
    })
    .await;
    let scope = [("scope", "openid api://Company-A/A.use")];
    let tokens = world.t1().tokens("alice", &scope).await;
    assert_eq!(tokens.claims()["aud"], "api://Company-A");
    let token = tokens.access_token();
    let lower = world.forge("t1").token(&json!({ "aud": "api://company-a" }));
    let exact = world.forge("t1").token(&json!({ "aud": "api://Company-A" }));
    for dialect in BOTH {
        for (subject, audience, expected) in [
            (&token, "api://b", allowed()),
            (&exact, "api://b", allowed()),
            (
                &lower,
                "api://b",
                refused(
                    400,
                    dialect.pick(["invalid_grant", "invalid_request"]),
                    "subject-token-not-for-client",
                ),
            ),
            (
                &token,
                "API://B",
                refused(
                    400,
                    dialect.pick(["invalid_resource", "invalid_target"]),
                    "target-unknown",
                ),
            ),
        ] {
            let asking = dialect.ask(world.t1(), A, (subject, audience, "B.read"));
            assert_eq!(tried(&world, asking).await.said(), expected, "{dialect:?} {audience}");
        }
        let by_id = dialect.ask(world.t1(), A, (&token, "api-b", "B.read")).await;
        assert_eq!(by_id.claims()["aud"], "api://b");
    }
}

#[tokio::test]
async fn oe_11_the_claims_that_readers_trained_on_entra_look_for() {
    let pairwise = |t1: &mut Desired| {
        for id in ["api-b", "api-c"] {
            application(t1, id).tokens.subject = SubjectKind::Pairwise;
        }
        application(t1, "api-a").may_act[1].consent = ConsentRule::None;
    };
    let world = World::with(pairwise).await;
    let token = world.t1().token_for_a("alice").await;
    let claims = async |audience: &str, scope: &str| {
        Dialect::Entra.ask(world.t1(), A, (&token, audience, scope)).await.claims()
    };
    let b = claims("api://b", "B.read").await;
    for (name, value) in [
        ("azp", json!("api-a")),
        ("azpacr", json!("1")),
        ("scp", json!("B.read")),
        ("oid", json!("user-alice")),
        ("tid", json!("00000000-0000-4000-8000-000000000001")),
        ("ver", json!("2.0")),
        ("preferred_username", json!("alice@example.com")),
        ("name", json!("alice Example")),
        ("roles", Value::Null),
    ] {
        assert_eq!(b[name], value, "{name}");
    }
    let c = claims("api://c", "C.use").await;
    let (at_b, at_c) = (b["sub"].as_str().unwrap(), c["sub"].as_str().unwrap());
    assert!(at_b != "user-alice" && at_c != "user-alice" && at_b != at_c);
    assert_eq!(claims("api://b", "B.read").await["sub"], at_b);
    assert_eq!(c["oid"], "user-alice");
}

#[tokio::test]
async fn oe_12_client_info_and_the_like_do_no_harm() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let client: Client = ("api-a", API_A_SECRET);
    let form = Dialect::Entra.form(&token, "api://b", "B.read openid offline_access");
    let mut more = and(&form, "client_info", "1");
    for (name, value) in [
        ("login_hint", "mallory@example.com"),
        ("domain_hint", "organizations"),
        ("username", "mallory"),
        ("resource_owner", "user-mallory"),
        ("x-client-SKU", "MSAL.JS"),
        ("claims", r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
    ] {
        more = and(&more, name, value);
    }
    let tried = tried(&world, ask(world.t1(), client, &more)).await;
    assert_eq!(tried.said(), allowed());
    assert_eq!(tried.answer.claims()["sub"], "user-alice");
    let info = tried.answer.member("client_info").as_str().unwrap().to_owned();
    let info: Value = serde_json::from_slice(&from_base64url(&info).unwrap()).unwrap();
    let tenant = "00000000-0000-4000-8000-000000000001";
    assert_eq!(info, json!({ "uid": "user-alice", "utid": tenant }));

    let without = ask(world.t1(), client, &form).await;
    assert_eq!(without.member("client_info"), Value::Null);
}
