//! Attacks on clients that prove themselves with a secret, and on disabled ones (rows KC).

use stead_core::model::application::Credential;
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::secret::ClientSecret;
use testkit::{API_A_SECRET, Answer, Auth, DAEMON_SECRET, RawKey, World};

const AS_ITSELF: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "api://a/.default")];

async fn ask(world: &World, auth: Auth<'_>) -> Answer {
    world.t1().token(auth, &AS_ITSELF).await
}

async fn refused(world: &World, auth: Auth<'_>) {
    let answer = ask(world, auth).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{auth:?}");
    let reason = world.last_reason().await;
    assert!(["client-unproven", "client-auth-malformed"].contains(&reason.as_str()), "{reason}");
}

#[tokio::test]
async fn kc_05_no_secret_an_empty_one_and_null_prove_nothing() {
    let world = World::new().await;
    for auth in [
        Auth::Public("daemon"),
        Auth::Post("daemon", ""),
        Auth::Basic("daemon", ""),
        Auth::Post("daemon", "null"),
        Auth::Basic("daemon", "null"),
        Auth::Post("daemon", "undefined"),
        Auth::Post("daemon", " "),
        Auth::Post("daemon", &format!("{DAEMON_SECRET} ")),
        Auth::Post("daemon", API_A_SECRET),
        Auth::Post("daemon", &ClientSecret::new(DAEMON_SECRET).hash().0.to_string()),
    ] {
        refused(&world, auth).await;
    }
    assert_eq!(ask(&world, Auth::Post("daemon", DAEMON_SECRET)).await.status, 200);
    assert_eq!(ask(&world, Auth::Basic("daemon", DAEMON_SECRET)).await.status, 200);

    // Neither does an empty one for a client that has none on file.
    world.change_application("daemon", |app| app.credentials.clear()).await;
    for auth in [Auth::Public("daemon"), Auth::Post("daemon", ""), Auth::Basic("daemon", "")] {
        refused(&world, auth).await;
    }
}

#[tokio::test]
async fn kc_06_every_byte_of_a_secret_counts() {
    let world = World::new().await;
    let long = "s".repeat(100);
    let hash = ClientSecret::new(&long).hash();
    let secret = Credential::Secret { hash, expires: None };
    world.change_application("daemon", |app| app.credentials = vec![secret]).await;
    let wrong = [
        "s".repeat(72),
        "s".repeat(99),
        "s".repeat(101),
        format!("{}x", "s".repeat(99)),
        format!("{}x{}", "s".repeat(72), "s".repeat(27)),
    ];
    for secret in &wrong {
        refused(&world, Auth::Post("daemon", secret)).await;
        refused(&world, Auth::Basic("daemon", secret)).await;
    }
    for nul in [format!("{long}\0"), format!("{long}\0x"), "\0".to_owned()] {
        refused(&world, Auth::Basic("daemon", &nul)).await;
        // In a body a NUL makes it no form at all.
        let answer = ask(&world, Auth::Post("daemon", &nul)).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()));
        assert_eq!(world.last_reason().await, "request-malformed");
        let about = [("token", "x")];
        let asked = world.t1().post("introspect", Auth::Post("daemon", &nul), &about).await;
        assert_eq!(asked.refusal(), (401, "invalid_client".into()));
    }
    assert_eq!(ask(&world, Auth::Post("daemon", &long)).await.status, 200);
    assert_eq!(ask(&world, Auth::Basic("daemon", &long)).await.status, 200);
}

#[tokio::test]
async fn kc_12_a_disabled_client_gets_nothing_anywhere() {
    let key = RawKey::generate(Algorithm::Es256);
    let keys = Credential::Keys(key.set());
    let world = World::with(|t1| {
        let api_a = t1.applications.iter_mut().find(|app| app.id.as_str() == "api-a");
        api_a.unwrap().credentials.push(keys);
    })
    .await;
    let assertion = || {
        let now = world.clock().now().secs();
        let jti = format!("jti-{}", unused_name(&world));
        let claims = serde_json::json!({
            "iss": "api-a", "sub": "api-a", "aud": world.t1().issuer(), "exp": now + 60, "jti": jti,
        });
        key.jwt(Typ::ClientAuthentication, &claims)
    };
    let user = world.t1().token_for_a("alice").await;
    let secret = Auth::Post("api-a", API_A_SECRET);
    let by_key = async |endpoint: &str| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let assertion = assertion();
        let form =
            [("client_assertion_type", kind), ("client_assertion", &assertion), ("token", "x")];
        world.t1().post(endpoint, Auth::None, &form).await
    };
    let everywhere = async || {
        let mut answers = vec![
            world.t1().obo_entra(&user, "api://b/B.read").await,
            world.t1().obo_exchange(&user, "api://b", "B.read").await,
            world.t1().introspect(("api-a", API_A_SECRET), &user).await,
            world.t1().post("revoke", secret, &[("token", "x")]).await,
            by_key("introspect").await,
            by_key("revoke").await,
        ];
        for grant in ["client_credentials", "refresh_token", "authorization_code"] {
            answers.push(world.t1().token(secret, &[("grant_type", grant)]).await);
        }
        answers.into_iter().map(|answer| answer.status).collect::<Vec<_>>()
    };
    assert_eq!(everywhere().await, [200, 200, 200, 200, 200, 200, 400, 400, 400]);

    world.change_application("api-a", |app| app.enabled = false).await;

    assert_eq!(everywhere().await, [401; 9]);
    assert_eq!(world.last_reason().await, "client-disabled");
    let answer = world.t1().obo_entra(&user, "api://b/B.read").await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()));
}

/// A name nobody used before.
fn unused_name(world: &World) -> String {
    use stead_server::moment::Moments as _;
    world.clock().moment().trace_id().to_string()
}
