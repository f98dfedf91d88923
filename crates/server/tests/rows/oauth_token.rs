//! RFC 6749, the token endpoint (rows OA): how it is asked, codes, refresh tokens.

use crate::steps::{AS_WEB, WEB, last, lasting, lasting_at_web, of_web, refresh, refresh_token};
use reqwest::Method;
use serde_json::{Value, json};
use stead_core::model::application::Credential;
use stead_core::model::permission::Whom;
use stead_proto::id::ClientId;
use stead_proto::secret::ClientSecret;
use testkit::{Answer, Auth, DAEMON_SECRET, WEB_SECRET, World};
use testkit::{listen, logged};

const DAEMON: Auth<'static> = Auth::Basic("daemon", DAEMON_SECRET);
const AS_ITSELF: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "api://a/.default")];

#[tokio::test]
async fn oa_10_the_token_endpoint_answers_only_post() {
    let world = World::new().await;
    let query = format!(
        "{}?grant_type=client_credentials&client_id=daemon&client_secret={DAEMON_SECRET}&scope=api://a/.default",
        world.t1().endpoint("token")
    );
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = world.send(method.clone(), &query, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
        assert_eq!(answer.member("access_token"), Value::Null);
    }
    assert_eq!(world.t1().token(DAEMON, &AS_ITSELF).await.status, 200);
}

#[tokio::test]
async fn oa_11_credentials_in_the_address_are_not_used_and_not_logged() {
    listen();
    let world = World::new().await;
    let url =
        format!("{}?client_id=daemon&client_secret={DAEMON_SECRET}", world.t1().endpoint("token"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = "grant_type=client_credentials&scope=api://a/.default";
    let answer = world.send(Method::POST, &url, &headers, body).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()));
    assert_eq!(last(&world).await, "client-auth-malformed");
    assert!(!answer.text.contains(DAEMON_SECRET));
    let kept = serde_json::to_string(&world.records().await).unwrap();
    assert!(!kept.contains(DAEMON_SECRET));
    assert!(logged().contains("status=401"), "{}", logged());
    assert!(!logged().contains(DAEMON_SECRET), "{}", logged());

    let body = format!("{body}&client_id=daemon&client_secret={DAEMON_SECRET}");
    let answer = world.send(Method::POST, &world.t1().endpoint("token"), &headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn oa_12_a_wrong_secret_and_an_unknown_client_get_the_same_401() {
    let world = World::new().await;
    let wrong = world.t1().token(Auth::Basic("daemon", "wrong"), &AS_ITSELF).await;
    assert_eq!(last(&world).await, "client-unproven");
    let unknown = world.t1().token(Auth::Basic("nobody", "wrong"), &AS_ITSELF).await;
    assert_eq!(last(&world).await, "client-unproven");
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.refusal(), (401, "invalid_client".into()));
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{:?}", answer.headers);
    }
    assert_eq!(without_names_of_the_request(&wrong), without_names_of_the_request(&unknown));
    assert_eq!(world.t1().token(DAEMON, &AS_ITSELF).await.status, 200);
}

/// A refusal without what names this one request.
fn without_names_of_the_request(answer: &Answer) -> Value {
    let mut body = answer.json();
    for name in ["trace_id", "correlation_id", "timestamp"] {
        body.as_object_mut().unwrap().remove(name);
    }
    let trace = answer.member("trace_id").as_str().unwrap_or("-").to_owned();
    let said = body["error_description"].as_str().unwrap().replace(&trace, "…");
    body["error_description"] = json!(said.split(" Trace ID").next());
    body
}

#[tokio::test]
async fn oa_13_basic_credentials_are_form_decoded() {
    let (id, secret) = ("d:a%+\u{fc}", "p: %+&=\u{fc}/secret-of-128-bits-at-least");
    let world = World::with(|t1| {
        let mut odd =
            t1.applications.iter().find(|one| one.id.as_str() == "daemon").unwrap().clone();
        odd.id = ClientId::parse(id).unwrap();
        let hash = ClientSecret::new(secret).hash();
        odd.credentials = vec![Credential::Secret { hash, expires: None }];
        t1.applications.push(odd);
    })
    .await;
    let answer = world.t1().token(Auth::Basic(id, secret), &AS_ITSELF).await;
    assert_eq!(answer.claims()["client_id"], id);

    let wrong = world.t1().token(Auth::Basic(id, &secret.replace('+', " ")), &AS_ITSELF).await;
    assert_eq!(wrong.refusal(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn oa_15_an_unknown_grant_and_a_missing_one_are_told_apart() {
    let world = World::new().await;
    for (grant, error) in [
        ("foo", "unsupported_grant_type"),
        ("Client_Credentials", "unsupported_grant_type"),
        ("", "invalid_request"),
    ] {
        let answer = world.t1().token(DAEMON, &[("grant_type", grant), AS_ITSELF[1]]).await;
        assert_eq!(answer.refusal(), (400, error.into()), "{grant}");
        assert_eq!(last(&world).await, "request-malformed");
    }
    let answer = world.t1().token(DAEMON, &[AS_ITSELF[1]]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.t1().token(DAEMON, &AS_ITSELF).await.status, 200);
}

#[tokio::test]
async fn oa_16_a_public_client_is_nobody_without_a_user() {
    let world = World::new().await;
    let answer = world.t1().token(Auth::Public("spa"), &AS_ITSELF).await;
    assert_eq!(answer.refusal(), (400, "unauthorized_client".into()));
    assert_eq!(last(&world).await, "grant-not-allowed");
    assert_eq!(world.t1().token(DAEMON, &AS_ITSELF).await.status, 200);
}

#[tokio::test]
async fn oa_18_a_code_used_twice_ends_what_came_of_its_first_use() {
    let world = World::new().await;
    let scope = ("scope", "openid offline_access api://a/A.use");
    let code = world.t1().code("alice", &[scope]).await;
    let first = world.t1().redeem(&code).await;
    let api_a = ("api-a", testkit::API_A_SECRET);
    let alive = world.t1().introspect(api_a, &first.access_token()).await;
    assert_eq!(alive.member("active"), true);

    let second = world.t1().redeem(&code).await;
    assert_eq!(second.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "code-spent");

    let dead = world.t1().introspect(api_a, &first.access_token()).await;
    assert_eq!(dead.json(), json!({ "active": false }));
    let after = refresh(&world, Auth::Public("spa"), &refresh_token(&first), &[]).await;
    assert_eq!(after.refusal(), (400, "invalid_grant".into()));
    let exchanged = world.t1().obo_exchange(&first.access_token(), "api://b", "B.read").await;
    assert_eq!(exchanged.refusal(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn oa_20_a_code_with_another_registered_redirect_uri_is_refused() {
    let world = World::new().await;
    for uri in ["https://web.example/other", "https://web.example/cb/", ""] {
        let code = world.t1().code("alice", &AS_WEB).await;
        let mut pairs = of_web(&code);
        pairs[2] = ("redirect_uri", uri);
        let answer = world.t1().token(WEB, &pairs).await;
        assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "{uri}");
        assert_eq!(last(&world).await, "redirect-uri-mismatch");
    }
    let code = world.t1().code("alice", &AS_WEB).await;
    assert_eq!(world.t1().token(WEB, &of_web(&code)).await.status, 200);
}

#[tokio::test]
async fn oa_21_a_code_lives_for_a_minute() {
    let world = World::new().await;
    let code = world.t1().code("alice", &[]).await;
    world.advance(stead_proto::time::Seconds(61));
    let answer = world.t1().redeem(&code).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "code-expired");

    let code = world.t1().code("alice", &[]).await;
    world.advance(stead_proto::time::Seconds(59));
    assert_eq!(world.t1().redeem(&code).await.status, 200);
}

/// What is asked by name is granted whole or refused; narrower than asked is what `.default` means.
#[tokio::test]
async fn oa_23_what_was_granted_is_said() {
    let world = World::new().await;
    let whole = world.t1().tokens("alice", &[("scope", "openid api://a/.default")]).await;
    assert_eq!(whole.claims()["scope"], "A.more A.use");
    let said = |answer: &Answer| answer.member("scope").as_str().unwrap().to_owned();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(
        ["A.more", "A.use"].iter().all(|one| words(&said(&whole)).contains(&(*one).to_owned()))
    );

    // Mallory alone has A.more: for everybody else `.default` comes to less.
    world
        .change_application("api-a", |api| {
            let of = |scopes: &str, whom| stead_core::model::permission::Assignment {
                applies_to: whom,
                scopes: stead_proto::scope::ScopeSet::parse(scopes).unwrap(),
            };
            let mallory = stead_proto::id::Subject::parse("user-mallory").unwrap();
            api.assignments = vec![of("A.use", Whom::Everyone), of("A.more", Whom::User(mallory))];
        })
        .await;
    let less = world.t1().tokens("alice", &[("scope", "openid api://a/.default")]).await;
    assert_eq!(less.claims()["scope"], "A.use");
    assert!(words(&said(&less)).contains(&"A.use".to_owned()), "{}", less.text);
    assert!(!words(&said(&less)).contains(&"A.more".to_owned()), "{}", less.text);
}

#[tokio::test]
async fn oa_26_a_refresh_token_at_another_client_ends_its_family() {
    let world = World::new().await;
    let mine = refresh_token(&lasting(&world).await);
    let stolen = refresh(&world, WEB, &mine, &[]).await;
    assert_eq!(stolen.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "refresh-not-for-client");
    let after = refresh(&world, Auth::Public("spa"), &mine, &[]).await;
    assert_eq!(after.refusal(), (400, "invalid_grant".into()));

    let other = refresh_token(&lasting(&world).await);
    assert_eq!(refresh(&world, Auth::Public("spa"), &other, &[]).await.status, 200);
}

#[tokio::test]
async fn oa_27_a_confidential_client_refreshes_only_with_its_secret() {
    let world = World::new().await;
    let token = refresh_token(&lasting_at_web(&world).await);
    let attempts = [
        Auth::Public("web"),
        Auth::Basic("web", "wrong"),
        Auth::Post("web", "wrong"),
        Auth::Post("web", ""),
        Auth::Basic("web", ""),
        Auth::Post("web", DAEMON_SECRET),
    ];
    for auth in attempts {
        let answer = refresh(&world, auth, &token, &[]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{auth:?}");
        assert_eq!(last(&world).await, "client-unproven");
    }
    let answer = refresh(&world, Auth::Post("web", WEB_SECRET), &token, &[]).await;
    assert_eq!(answer.claims()["azpacr"], "1", "none of the attempts spent it");
}

#[tokio::test]
async fn oa_28_an_application_as_itself_gets_no_refresh_token() {
    let world = World::new().await;
    let asked = [AS_ITSELF[0], ("scope", "api://a/.default offline_access")];
    for pairs in [AS_ITSELF, asked] {
        let answer = world.t1().token(DAEMON, &pairs).await;
        assert_eq!((answer.status, answer.member("refresh_token")), (200, Value::Null));
    }
}

#[tokio::test]
async fn oa_32_the_token_endpoint_reads_only_forms_in_utf_8() {
    let world = World::new().await;
    let url = world.t1().endpoint("token");
    let form = format!(
        "grant_type=client_credentials&client_id=daemon&client_secret={DAEMON_SECRET}&scope=api://a/.default"
    );
    let json = json!({
        "grant_type": "client_credentials", "client_id": "daemon", "client_secret": DAEMON_SECRET,
        "scope": "api://a/.default",
    });
    let json = json.to_string();
    for (said, body) in [
        ("application/json", &json),
        ("application/json", &form),
        ("multipart/form-data; boundary=x", &form),
        ("text/plain", &form),
        ("application/x-www-form-urlencoded; charset=utf-16", &form),
    ] {
        let headers = [("content-type", said)];
        let answer = world.send(Method::POST, &url, &headers, body.clone()).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{said}");
    }
    let answer = world.send(Method::POST, &url, &[], form.clone()).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
    let latin = [form.as_bytes(), b"&x=\xFC"].concat();
    let headers = [("content-type", "application/x-www-form-urlencoded;charset=UTF-8")];
    let answer = world.send(Method::POST, &url, &headers, latin).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.send(Method::POST, &url, &headers, form).await.status, 200);
}
