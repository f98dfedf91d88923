//! `private_key_jwt`: RFC 7521, 7523 and 10070 (rows AS), and attacks on it (rows KC-02 to KC-04).

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stead_core::model::application::{AssertionAudience, Credential, Kind};
use stead_core::model::permission::ActsAs;
use stead_core::record::Event;
use stead_proto::jwt::{Algorithm, Typ};
use testkit::{API_A_SECRET, Answer, Auth, Pairs, RawKey, World};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
static SERIAL: AtomicU32 = AtomicU32::new(0);

/// A world in which `daemon` and `web` have a key registered, beside their secrets.
struct Desk {
    world: World,
    daemon: RawKey,
    web: RawKey,
}

impl Desk {
    async fn new() -> Self {
        Self::with(AssertionAudience::Issuer).await
    }

    async fn with(audience: AssertionAudience) -> Self {
        let [daemon, web] = [(); 2].map(|()| RawKey::generate(Algorithm::Es256));
        let world = World::with(|t1| {
            for (id, key) in [("daemon", &daemon), ("web", &web)] {
                let app = t1.applications.iter_mut().find(|app| app.id.as_str() == id).unwrap();
                app.credentials.push(Credential::Keys(key.set()));
                app.assertion_audience = audience;
            }
        })
        .await;
        Self { world, daemon, web }
    }

    /// What an honest assertion of `daemon` says, with these claims instead; `null` leaves one out.
    fn claims(&self, changes: &Value) -> Value {
        let now = self.world.clock().now().secs();
        let honest = json!({
            "iss": "daemon", "sub": "daemon", "aud": self.world.t1().issuer(), "iat": now,
            "exp": now + 300, "jti": format!("jti-{}", SERIAL.fetch_add(1, Ordering::Relaxed)),
        });
        crate::places::changed(honest, changes)
    }

    fn assertion(&self, changes: &Value) -> String {
        self.daemon.jwt(Typ::ClientAuthentication, &self.claims(changes))
    }

    /// Asks for a token with this assertion and these parameters.
    async fn ask(&self, assertion: &str, more: Pairs<'_>) -> Answer {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("scope", "api://a/.default"),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion),
        ];
        form.extend(more);
        self.world.t1().token(Auth::None, &form).await
    }

    async fn takes(&self, changes: &Value) {
        let answer = self.ask(&self.assertion(changes), &[]).await;
        assert_eq!(answer.claims()["azpacr"], "2", "{changes}");
    }

    async fn refuses(&self, assertion: &str, what: &str) {
        let before = self.world.reasons().await.len();
        let answer = self.ask(assertion, &[]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{what}: {}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{what}");
        assert_eq!(answer.member("access_token"), Value::Null);
        let reasons = self.world.reasons().await;
        assert_eq!(reasons.get(before..), Some(&["client-unproven".to_owned()][..]), "{what}");
    }

    async fn refuses_claims(&self, changes: &Value) {
        self.refuses(&self.assertion(changes), &changes.to_string()).await;
    }
}

#[tokio::test]
async fn as_01_a_key_proves_the_client_at_every_endpoint_that_asks() {
    let desk = Desk::new().await;
    let answer = desk.ask(&desk.assertion(&json!({})), &[]).await;
    let claims = answer.claims();
    assert_eq!((&claims["sub"], &claims["azpacr"]), (&json!("daemon"), &json!("2")));
    let named = desk.ask(&desk.assertion(&json!({})), &[("client_id", "daemon")]).await;
    let token = named.access_token();

    for (endpoint, expected) in [("introspect", json!(true)), ("revoke", json!(null))] {
        let assertion = desk.assertion(&json!({}));
        let form =
            [("client_assertion_type", TYPE), ("client_assertion", &assertion), ("token", &token)];
        let answer = desk.world.t1().post(endpoint, Auth::None, &form).await;
        assert_eq!(answer.status, 200, "{endpoint}");
        let active = if answer.text.is_empty() { json!(null) } else { answer.member("active") };
        assert_eq!(active, expected, "{endpoint}");
        let unproven = [("client_id", "daemon"), ("token", token.as_str())];
        let refused = desk.world.t1().post(endpoint, Auth::None, &unproven).await;
        assert_eq!(refused.refusal(), (401, "invalid_client".into()), "{endpoint}");
    }
    devices_too(&desk).await;
    for alg in [Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256] {
        let key = RawKey::generate(alg);
        let keys = Credential::Keys(key.set());
        desk.world.change_application("daemon", |app| app.credentials = vec![keys]).await;
        let assertion = key.jwt(Typ::ClientAuthentication, &desk.claims(&json!({})));
        assert_eq!(desk.ask(&assertion, &[]).await.status, 200, "{alg}");
    }
}

/// The same at the endpoint for devices, asked by an agent: unattended, its user is elsewhere.
async fn devices_too(desk: &Desk) {
    let as_agent = |kind: Kind, acts_as: ActsAs| {
        desk.world.change_application("daemon", move |app| {
            app.kind = kind;
            for permission in &mut app.permissions {
                permission.acts_as = acts_as;
            }
        })
    };
    as_agent(Kind::Agent, ActsAs::User).await;
    let assertion = desk.assertion(&json!({}));
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
        ("scope", "api://a/A.use"),
    ];
    let answer = desk.world.t1().post("devicecode", Auth::None, &form).await;
    let member = |name| answer.member(name).as_str().unwrap_or_default().to_owned();
    let again = desk.world.t1().post("devicecode", Auth::None, &form).await;
    assert_eq!(again.refusal(), (401, "invalid_client".into()), "an assertion works once");
    let unproven = [("client_id", "daemon"), ("scope", "api://a/A.use")];
    let refused = desk.world.t1().post("devicecode", Auth::None, &unproven).await;
    assert_eq!(refused.refusal(), (401, "invalid_client".into()));

    let browser = desk.world.browser();
    let page = desk.world.t1().answer_device(&browser, &member("user_code"), "alice").await;
    assert!(page.shows("device-end"), "{}", page.text);
    let assertion = desk.assertion(&json!({}));
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
        ("grant_type", "device_code"),
        ("device_code", &member("device_code")),
    ];
    let claims = desk.world.t1().token(Auth::None, &form).await.claims();
    assert_eq!((&claims["oid"], &claims["azpacr"]), (&json!("user-alice"), &json!("2")));
    as_agent(Kind::Service, ActsAs::Itself).await;
}

#[tokio::test]
async fn as_02_an_assertion_may_leave_its_kind_out_or_be_a_plain_jwt() {
    let desk = Desk::new().await;
    for (typ, taken) in [
        (json!(null), true),
        (json!("JWT"), true),
        (json!("client-authentication+jwt"), true),
        (json!("at+jwt"), false),
        (json!("something"), false),
    ] {
        let header = desk.daemon.header(Typ::ClientAuthentication);
        let header = crate::places::changed(header, &json!({ "typ": typ })).to_string();
        let assertion = desk.daemon.sign(&header, &desk.claims(&json!({})).to_string());
        if taken {
            assert_eq!(desk.ask(&assertion, &[]).await.status, 200, "{typ}");
        } else {
            desk.refuses(&assertion, &typ.to_string()).await;
        }
    }
}

#[tokio::test]
async fn as_03_an_assertion_is_for_this_issuer_alone() {
    let desk = Desk::new().await;
    let (t1, t2) = (desk.world.t1(), desk.world.t2());
    for aud in [
        json!(t1.endpoint("token")),
        json!(t1.endpoint("introspect")),
        json!(t1.endpoint("par")),
        json!(desk.world.base()),
        json!([t1.issuer(), "https://other.example"]),
        json!([t1.issuer(), t1.endpoint("token")]),
        json!([]),
        json!("https://other.example"),
        json!(t2.issuer()),
        json!(null),
    ] {
        desk.refuses_claims(&json!({ "aud": aud })).await;
    }
    desk.takes(&json!({ "aud": t1.issuer() })).await;
}

/// What a client made for another server, which passes it on, proves nothing here; nor the other way round.
#[tokio::test]
async fn kc_03_an_assertion_for_another_server_is_not_replayed_here() {
    let desk = Desk::new().await;
    let t2 = desk.world.t2();
    for evil in ["https://evil.example", "https://evil.example/token", &t2.issuer()] {
        desk.refuses_claims(&json!({ "aud": evil })).await;
        desk.refuses_claims(&json!({ "aud": [evil, desk.world.t1().issuer()] })).await;
    }
    let ours = desk.assertion(&json!({}));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &ours),
    ];
    assert_eq!(t2.token(Auth::None, &form).await.refusal(), (401, "invalid_client".into()));
    assert_eq!(desk.ask(&ours, &[]).await.status, 200);
}

#[tokio::test]
async fn as_03_a_legacy_client_may_also_name_the_token_endpoint_and_never_a_foreign_one() {
    let desk = Desk::with(AssertionAudience::Legacy).await;
    let (t1, t2) = (desk.world.t1(), desk.world.t2());
    let shouted = t1.endpoint("token").replace("/t1/", "/T1/");
    for aud in [
        json!(t1.endpoint("token")),
        json!(shouted),
        json!(t1.issuer()),
        json!([t1.endpoint("token")]),
    ] {
        desk.takes(&json!({ "aud": aud })).await;
    }
    for aud in [
        json!(t2.endpoint("token")),
        json!(t2.issuer()),
        json!("https://other.example/token"),
        json!([t1.endpoint("token"), "https://other.example/token"]),
        json!(t1.endpoint("introspect")),
        json!(format!("{}/", t1.endpoint("token"))),
    ] {
        desk.refuses_claims(&json!({ "aud": aud })).await;
    }
}

#[tokio::test]
async fn as_05_issuer_subject_and_client_id_are_one() {
    let desk = Desk::new().await;
    for changes in [
        json!({ "iss": "web" }),
        json!({ "sub": "web" }),
        json!({ "sub": null }),
        json!({ "iss": null }),
        json!({ "sub": "Daemon" }),
        json!({ "iss": "web", "sub": "web" }),
        json!({ "iss": "nobody", "sub": "nobody" }),
        json!({ "sub": ["daemon"] }),
        json!({ "sub": "user-alice" }),
    ] {
        desk.refuses_claims(&changes).await;
    }
    for other in ["web", "Daemon", "nobody"] {
        let answer = desk.ask(&desk.assertion(&json!({})), &[("client_id", other)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{other}");
        assert_eq!(desk.world.last_reason().await, "client-unproven");
    }
    let answer = desk.ask(&desk.assertion(&json!({})), &[("client_id", "daemon")]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn as_05_a_refusal_is_on_the_record_of_whom_the_assertion_names() {
    let desk = Desk::new().await;
    desk.refuses_claims(&json!({ "aud": "https://other.example" })).await;
    let last = desk.world.records().await.pop().unwrap();
    let Event::Token(event) = last.event else { unreachable!("{:?}", last.event) };
    assert_eq!(event.client.unwrap().as_str(), "daemon");
}

#[tokio::test]
async fn as_07_a_clock_a_little_ahead_is_forgiven_and_one_a_minute_ahead_is_not() {
    let desk = Desk::new().await;
    let now = desk.world.clock().now().secs();
    for name in ["iat", "nbf"] {
        for ahead in [0, 8, 10] {
            desk.takes(&json!({ name: now + ahead })).await;
        }
        for ahead in [11, 61, 86_400] {
            desk.refuses_claims(&json!({ name: now + ahead })).await;
        }
    }
    desk.takes(&json!({ "exp": now - 8 })).await;
    for exp in [json!(now - 10), json!(now - 61), json!(now + 86_400), json!(null), json!(0)] {
        desk.refuses_claims(&json!({ "exp": exp })).await;
    }
    // Whole numbers alone, but for a legacy client (OE-04).
    for exp in [json!(format!("{}", now + 60)), json!(f64::from(1_u32 << 31) + 0.5)] {
        desk.refuses_claims(&json!({ "exp": exp })).await;
    }
}

#[tokio::test]
async fn as_09_an_assertion_without_a_name_is_refused_and_a_name_counts_once() {
    let desk = Desk::new().await;
    for jti in [json!(null), json!(""), json!(7)] {
        desk.refuses_claims(&json!({ "jti": jti })).await;
    }
    let assertion = desk.assertion(&json!({ "jti": "only-once" }));
    assert_eq!(desk.ask(&assertion, &[]).await.status, 200);
    desk.refuses(&assertion, "the same again").await;
    desk.refuses_claims(&json!({ "jti": "only-once" })).await;
    // Another client's names are its own.
    let claims = desk.claims(&json!({ "iss": "web", "sub": "web", "jti": "only-once" }));
    let webs = desk.web.jwt(Typ::ClientAuthentication, &claims);
    let form = [("client_assertion_type", TYPE), ("client_assertion", &webs), ("token", "x")];
    assert_eq!(desk.world.t1().post("introspect", Auth::None, &form).await.status, 200);
}

#[tokio::test]
async fn as_09_a_name_used_at_one_endpoint_is_used_at_all() {
    let desk = Desk::new().await;
    let assertion = desk.assertion(&json!({}));
    let form = [("client_assertion_type", TYPE), ("client_assertion", &assertion), ("token", "x")];
    assert_eq!(desk.world.t1().post("introspect", Auth::None, &form).await.status, 200);
    desk.refuses(&assertion, "used at introspection").await;
    for endpoint in ["introspect", "revoke"] {
        let again = desk.world.t1().post(endpoint, Auth::None, &form).await;
        assert_eq!(again.refusal(), (401, "invalid_client".into()), "{endpoint}");
        assert_eq!(desk.world.last_reason().await, "client-unproven");
    }
    // Also by a request that came to nothing.
    let assertion = desk.assertion(&json!({}));
    let scope = [("resource", "api://nobody")];
    assert_ne!(desk.ask(&assertion, &scope).await.status, 200);
    desk.refuses(&assertion, "used by a request that was refused").await;
}

#[tokio::test]
async fn as_10_only_the_clients_own_key_in_its_own_algorithm_counts() {
    let desk = Desk::new().await;
    let claims = desk.claims(&json!({}));
    desk.refuses(&desk.web.jwt(Typ::ClientAuthentication, &claims), "another client's key").await;
    let rsa = RawKey::generate(Algorithm::Rs256);
    desk.refuses(&rsa.jwt(Typ::ClientAuthentication, &claims), "an RSA key of nobody").await;
    for alg in ["RS256", "PS256", "EdDSA", "ES384", "none"] {
        let header = desk.daemon.header(Typ::ClientAuthentication);
        let header = crate::places::changed(header, &json!({ "alg": alg })).to_string();
        desk.refuses(&desk.daemon.sign(&header, &claims.to_string()), alg).await;
    }
    let secrets =
        [testkit::DAEMON_SECRET.to_owned(), serde_json::to_string(&desk.daemon.public()).unwrap()];
    for secret in secrets {
        desk.refuses(&hs256(&secret, &claims), "a shared secret").await;
    }
    desk.takes(&json!({})).await;

    // Once the key is no longer registered it counts for nothing.
    desk.world
        .change_application("daemon", |app| {
            app.credentials.retain(|one| matches!(one, Credential::Secret { .. }));
        })
        .await;
    desk.refuses_claims(&json!({})).await;
}

#[tokio::test]
async fn as_10_entras_number_says_whether_the_time_or_the_rest_does_not_fit() {
    let desk = Desk::new().await;
    let now = desk.world.clock().now().secs();
    let anothers = desk.web.jwt(Typ::ClientAuthentication, &desk.claims(&json!({})));
    for (assertion, number) in [
        (desk.assertion(&json!({ "exp": now - 61 })), 700_024),
        (desk.assertion(&json!({ "aud": "https://elsewhere.example" })), 700_027),
        (anothers, 700_027),
        (hs256(testkit::DAEMON_SECRET, &desk.claims(&json!({}))), 700_027),
    ] {
        let answer = desk.ask(&assertion, &[]).await;
        assert_eq!(answer.json()["error_codes"], json!([number]), "{}", answer.text);
    }
    desk.takes(&json!({})).await;
}

fn hs256(secret: &str, claims: &Value) -> String {
    use aws_lc_rs::hmac;
    use stead_proto::digest::base64url;
    let header = json!({ "alg": "HS256", "typ": "client-authentication+jwt" }).to_string();
    let parts = [header.as_bytes(), claims.to_string().as_bytes()].map(base64url);
    let input = parts.join(".");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), input.as_bytes());
    format!("{input}.{}", base64url(tag.as_ref()))
}

#[tokio::test]
async fn as_12_an_assertion_comes_once_and_with_its_type() {
    let desk = Desk::new().await;
    let good = || desk.assertion(&json!({}));
    let ask = async |pairs: &[(&str, &str)]| {
        let grant = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
        let form: Vec<(&str, &str)> = grant.iter().chain(pairs).copied().collect();
        desk.world.t1().token(Auth::None, &form).await
    };
    let (one, two) = (good(), good());
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    for pairs in [
        &[("client_assertion", one.as_str())][..],
        &[("client_assertion", &one), ("client_id", "daemon")],
        &[("client_assertion", &one), ("client_assertion_type", "jwt-bearer")],
        &[("client_assertion", &one), ("client_assertion_type", saml)],
        &[("client_assertion_type", TYPE), ("client_id", "daemon")],
        &[("client_assertion", &one), ("client_assertion", &two), ("client_assertion_type", TYPE)],
        &[
            ("client_assertion", &one),
            ("client_assertion_type", TYPE),
            ("client_assertion_type", TYPE),
        ],
    ] {
        let answer = ask(pairs).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{}", answer.text);
        let reason = desk.world.last_reason().await;
        assert!(["client-auth-malformed", "request-malformed"].contains(&reason.as_str()));
    }
    // None of that used it up.
    assert_eq!(desk.ask(&one, &[]).await.status, 200);
}

#[tokio::test]
async fn kc_02_of_fifty_uses_of_one_assertion_at_once_one_succeeds() {
    let desk = Arc::new(Desk::new().await);
    for endpoint in ["token", "introspect"] {
        let assertion = desk.assertion(&json!({}));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            all.spawn(use_at(endpoint, Arc::clone(&desk), assertion.clone()));
        }
        let mut statuses = all.join_all().await;
        statuses.sort_unstable();
        assert_eq!((statuses[0], statuses[1], statuses[49]), (200, 401, 401), "{endpoint}");
    }
}

async fn use_at(endpoint: &str, desk: Arc<Desk>, assertion: String) -> u16 {
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "api://a/.default"),
        ("token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    desk.world.t1().post(endpoint, Auth::None, &form).await.status
}

#[tokio::test]
async fn kc_04_a_junk_assertion_beside_a_true_secret_is_refused() {
    let desk = Desk::new().await;
    for junk in ["junk", "a.b.c", &desk.assertion(&json!({}))] {
        let secret = [("client_id", "daemon"), ("client_secret", testkit::DAEMON_SECRET)];
        let answer = desk.ask(junk, &secret).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{junk}");
        assert_eq!(desk.world.last_reason().await, "client-auth-malformed");

        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "api://a/.default"),
            ("client_assertion_type", TYPE),
            ("client_assertion", junk),
        ];
        let basic = Auth::Basic("daemon", testkit::DAEMON_SECRET);
        let answer = desk.world.t1().token(basic, &form).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{junk}");
    }
    let two = [("client_secret", API_A_SECRET)];
    assert_eq!(desk.ask(&desk.assertion(&json!({})), &two).await.status, 401);
    desk.takes(&json!({})).await;
}
