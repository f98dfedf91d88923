//! Who asks: secrets and assertions (SPEC rows AS-01 to AS-12, KC-02), through the token endpoint.

use crate::tokens::{api, basic_of, works};
use crate::world::{World, application, audience, permission, put};
use serde_json::{Value, json};
use std::sync::LazyLock;
use stead_core::denied::{Denied, Unproven};
use stead_core::model::application::{Application, AssertionAudience, Credential, Kind};
use stead_core::model::permission::{ActsAs, Permission};
use stead_proto::client_auth::{ClientAuthError, JWT_BEARER_ASSERTION, write_basic};
use stead_proto::form;
use stead_proto::jwt::{Algorithm, JwkSet, JwtError, SigningKey, Typ};
use stead_proto::secret::{ClientSecret, Jwt};
use stead_proto::time::Seconds;

/// The daemon's own key, and two that are not: one of another kind, one of another client.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap().0);
static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap().0);
static OTHERS: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap().0);

const ASKS: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "api://data/.default")];

fn daemon(credentials: Vec<Credential>) -> Application {
    Application {
        credentials,
        permissions: vec![Permission {
            acts_as: ActsAs::Itself,
            ..permission("api://data", "Rows.Read")
        }],
        ..application("daemon", Kind::Service)
    }
}

fn keys(key: &SigningKey) -> Credential {
    Credential::Keys(JwkSet::from_iter([key.public_jwk()]))
}

async fn world(credentials: Vec<Credential>) -> World {
    let world = World::new().await;
    world.write(vec![put(daemon(credentials)), put(api("data", "Rows.Read"))]).await;
    world
}

async fn by_secret(world: &World, secret: &str) -> Result<(), Unproven> {
    let basic = write_basic(&"daemon".parse().unwrap(), &ClientSecret::new(secret));
    unproven(world.send(Some(&basic), &form::write(&ASKS)).await.map(drop))
}

/// What became of the proof; any other refusal stops the test.
fn unproven(answer: Result<(), Denied>) -> Result<(), Unproven> {
    match answer {
        Ok(()) => Ok(()),
        Err(Denied::ClientUnproven(why)) => Err(why),
        Err(other) => panic!("{other:?}"),
    }
}

fn secret(text: &str, expires_in: Option<(u32, &World)>) -> Credential {
    let expires = expires_in.map(|(seconds, world)| world.now() + Seconds(seconds));
    Credential::Secret { hash: ClientSecret::new(text).hash(), expires }
}

#[tokio::test]
async fn while_a_secret_is_replaced_both_work_and_afterwards_the_new_one() {
    let world = world(vec![]).await;
    let both = vec![secret("old", Some((60, &world))), secret("new", None)];
    world.change("daemon", |app| app.credentials = both).await;
    assert_eq!(by_secret(&world, "old").await, Ok(()));
    assert_eq!(by_secret(&world, "new").await, Ok(()));
    assert_eq!(by_secret(&world, "neither").await, Err(Unproven::SecretWrong));
    world.pass(60);
    assert_eq!(by_secret(&world, "old").await, Err(Unproven::SecretExpired));
    assert_eq!(by_secret(&world, "new").await, Ok(()));
    world.change("daemon", |app| app.credentials.reverse()).await;
    assert_eq!(by_secret(&world, "old").await, Err(Unproven::SecretExpired), "in any order");
}

#[tokio::test]
async fn a_client_that_must_prove_itself_is_not_taken_at_its_word() {
    let world = world(vec![secret("right", None)]).await;
    let named = [&ASKS[..], &[("client_id", "daemon")]].concat();
    let answer = world.send(None, &form::write(&named)).await.map(drop);
    assert_eq!(unproven(answer), Err(Unproven::NoProof));
    let empty = [&named[..], &[("client_secret", "")]].concat();
    let answer = world.send(None, &form::write(&empty)).await.map(drop);
    assert_eq!(unproven(answer), Err(Unproven::NoProof), "nothing sent is nothing proved");
    let posted = [&named[..], &[("client_secret", "right")]].concat();
    assert!(world.send(None, &form::write(&posted)).await.is_ok());
}

#[tokio::test]
async fn a_secret_proves_nothing_for_a_client_that_has_none() {
    let world = world(vec![]).await;
    assert_eq!(by_secret(&world, "any").await, Err(Unproven::NoCredential));
    let with_secret = form::write(&[
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("client_id", "dashboard"),
        ("client_secret", "any"),
    ]);
    let answer = world.send(None, &with_secret).await.map(drop);
    assert_eq!(unproven(answer), Err(Unproven::NoCredential), "public, and sends a secret");
    let without = with_secret.replace("&client_secret=any", "");
    assert_eq!(world.send(None, &without).await.unwrap_err(), Denied::CodeUnknown);
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_sound_alike() {
    let world = world(vec![secret("right", None)]).await;
    let stranger = world.send(Some(&basic_of("nobody")), &form::write(&ASKS)).await.unwrap_err();
    let wrong = world.send(Some(&basic_of("daemon")), &form::write(&ASKS)).await.unwrap_err();
    assert_eq!(stranger, Denied::ClientUnproven(Unproven::Unknown));
    assert_eq!(wrong, Denied::ClientUnproven(Unproven::SecretWrong));
    assert_eq!(stranger.to_string(), wrong.to_string());
    assert_ne!(stranger.for_the_record(), wrong.for_the_record());
}

#[tokio::test]
async fn a_disabled_client_hears_so_only_once_it_has_proved_itself() {
    let world = world(vec![secret("right", None)]).await;
    world.change("daemon", |app| app.enabled = false).await;
    assert_eq!(by_secret(&world, "wrong").await, Err(Unproven::SecretWrong));
    let basic = write_basic(&"daemon".parse().unwrap(), &ClientSecret::new("right"));
    let refused = world.send(Some(&basic), &form::write(&ASKS)).await.unwrap_err();
    assert_eq!(refused, Denied::ClientDisabled);
}

/// The claims of a sound assertion; a test changes some.
fn claims(world: &World, jti: &str) -> Value {
    let now = world.now().secs();
    json!({
        "iss": "daemon", "sub": "daemon", "aud": world.sts.issuer, "jti": jti,
        "iat": now, "nbf": now, "exp": now + 300
    })
}

/// The same with some members replaced, or taken away where the value is null.
fn with(mut claims: Value, changes: Value) -> Value {
    let (Value::Object(members), Value::Object(changes)) = (&mut claims, changes) else {
        panic!("claims are an object")
    };
    for (name, value) in changes {
        match value {
            Value::Null => members.remove(&name),
            value => members.insert(name, value),
        };
    }
    claims
}

async fn by_assertion(world: &World, assertion: &Jwt) -> Result<(), Unproven> {
    unproven(world.send(None, &body(assertion, &[])).await.map(drop))
}

fn body(assertion: &Jwt, more: &[(&str, &str)]) -> String {
    let proof =
        [("client_assertion_type", JWT_BEARER_ASSERTION), ("client_assertion", assertion.expose())];
    form::write(&[&ASKS[..], &proof[..], more].concat())
}

fn signed(claims: &Value) -> Jwt {
    KEY.sign(Typ::ClientAuthentication, claims).unwrap()
}

fn invalid(error: JwtError) -> Result<(), Unproven> {
    Err(Unproven::AssertionInvalid(error))
}

#[tokio::test]
async fn as_01_02_an_assertion_for_the_issuer_is_taken_also_with_a_generic_typ() {
    let world = world(vec![keys(&KEY)]).await;
    assert_eq!(by_assertion(&world, &signed(&claims(&world, "1"))).await, Ok(()));
    let generic = KEY.sign(Typ::IdToken, &claims(&world, "2")).unwrap();
    assert_eq!(by_assertion(&world, &generic).await, Ok(()));
    let access_token = KEY.sign(Typ::AccessToken, &claims(&world, "3")).unwrap();
    assert_eq!(by_assertion(&world, &access_token).await, invalid(JwtError::UnexpectedTyp));
}

#[tokio::test]
async fn as_03_the_audience_is_the_issuer_alone_and_for_legacy_clients_also_the_token_endpoint() {
    let world = world(vec![keys(&KEY)]).await;
    let issuer = world.sts.issuer.to_string();
    let token_endpoint = world.sts.endpoints.oauth("token");
    let called = |tenant: &str| token_endpoint.replace("/t1/", &format!("/{tenant}/"));
    // Who takes it: by the rule, and with `assertion_audience = "legacy"`.
    let rows = [
        (json!(issuer), true, true),
        (json!([issuer]), true, true),
        (json!(token_endpoint), false, true),
        (json!(called(world.sts.tenant.id.as_str())), false, true),
        (json!(called(&world.sts.tenant.name.as_str().to_uppercase())), false, true),
        (json!(called("another")), false, false),
        (json!(world.sts.endpoints.oauth("par")), false, false),
        (json!([issuer, token_endpoint]), false, false),
        (json!([issuer, "https://elsewhere.example"]), false, false),
        (json!("https://elsewhere.example/t1/v2.0"), false, false),
        (json!(format!("{issuer}/")), false, false),
        (json!([]), false, false),
    ];
    let verdict = |taken: bool| if taken { Ok(()) } else { Err(Unproven::AssertionAudience) };
    for (place, (aud, by_rule, by_legacy)) in rows.into_iter().enumerate() {
        for (mode, taken) in
            [(AssertionAudience::Issuer, by_rule), (AssertionAudience::Legacy, by_legacy)]
        {
            world.change("daemon", |app| app.assertion_audience = mode).await;
            let jti = format!("{place}-{mode:?}");
            let assertion = signed(&with(claims(&world, &jti), json!({ "aud": aud })));
            assert_eq!(by_assertion(&world, &assertion).await, verdict(taken), "{aud} {mode:?}");
        }
    }
}

#[tokio::test]
async fn as_05_an_assertion_is_by_and_about_the_client_that_sends_it() {
    let world = world(vec![keys(&KEY)]).await;
    let about_another = with(claims(&world, "1"), json!({ "sub": "reports" }));
    let answer = by_assertion(&world, &signed(&about_another)).await;
    assert_eq!(answer, Err(Unproven::AssertionNotClients));
    let about_nobody = with(claims(&world, "2"), json!({ "sub": null }));
    assert_eq!(by_assertion(&world, &signed(&about_nobody)).await, invalid(JwtError::BadClaims));
    let by_nobody = with(claims(&world, "3"), json!({ "iss": null }));
    assert_eq!(by_assertion(&world, &signed(&by_nobody)).await, invalid(JwtError::BadClaims));
    let sent_as = |id: &'static str| body(&signed(&claims(&world, "4")), &[("client_id", id)]);
    let answer = world.send(None, &sent_as("reports")).await.map(drop);
    assert_eq!(unproven(answer), Err(Unproven::AssertionNotClients));
    assert!(world.send(None, &sent_as("daemon")).await.is_ok());
}

#[tokio::test]
async fn as_07_a_clock_may_be_ten_seconds_off_and_not_a_minute() {
    let world = world(vec![keys(&KEY)]).await;
    let now = world.now().secs();
    let rows = [
        ("nbf", 8, Ok(())),
        ("iat", 8, Ok(())),
        ("nbf", 10, Ok(())),
        ("nbf", 61, invalid(JwtError::NotYetValid)),
        ("iat", 61, invalid(JwtError::IssuedInTheFuture)),
        ("exp", -8, Ok(())),
        ("exp", -10, invalid(JwtError::Expired)),
        ("exp", -61, invalid(JwtError::Expired)),
        ("exp", 3600, Ok(())),
        ("exp", 3611, invalid(JwtError::BadTime)),
    ];
    for (name, shift, expected) in rows {
        let jti = format!("{name}{shift}");
        let assertion = signed(&with(claims(&world, &jti), json!({ name: now + shift })));
        assert_eq!(by_assertion(&world, &assertion).await, expected, "{name} {shift}");
    }
    let endless = with(claims(&world, "endless"), json!({ "exp": null }));
    assert_eq!(by_assertion(&world, &signed(&endless)).await, invalid(JwtError::BadTime));
}

#[tokio::test]
async fn as_09_an_assertion_without_a_name_is_refused() {
    let world = world(vec![keys(&KEY)]).await;
    for jti in [Value::Null, json!("")] {
        let nameless = signed(&with(claims(&world, "x"), json!({ "jti": jti })));
        assert_eq!(by_assertion(&world, &nameless).await, Err(Unproven::AssertionUnnamed));
    }
}

#[tokio::test]
async fn as_10_only_the_clients_own_keys_count_each_for_its_own_algorithm() {
    let world = world(vec![secret("s", None), keys(&KEY)]).await;
    let others = OTHERS.sign(Typ::ClientAuthentication, &claims(&world, "1")).unwrap();
    assert_eq!(by_assertion(&world, &others).await, invalid(JwtError::UnknownKey));
    let rsa = RSA.sign(Typ::ClientAuthentication, &claims(&world, "2")).unwrap();
    assert_eq!(by_assertion(&world, &rsa).await, invalid(JwtError::UnknownKey));
    // HS256 with the secret, or with the public key as the secret, is no algorithm here at all.
    let header = stead_proto::digest::base64url(br#"{"alg":"HS256","typ":"JWT"}"#);
    let said = stead_proto::digest::base64url(claims(&world, "3").to_string().as_bytes());
    let symmetric = Jwt::new(format!("{header}.{said}.AAAA"));
    assert_eq!(by_assertion(&world, &symmetric).await, invalid(JwtError::AlgorithmRefused));
    world.change("daemon", |app| app.credentials.push(keys(&RSA))).await;
    assert_eq!(by_assertion(&world, &rsa).await, Ok(()), "a second key set counts too");
    assert_eq!(by_assertion(&world, &signed(&claims(&world, "4"))).await, Ok(()));
}

#[tokio::test]
async fn as_12_an_assertion_comes_with_its_type_and_alone() {
    let world = world(vec![secret("s", None), keys(&KEY)]).await;
    let assertion = signed(&claims(&world, "1"));
    let sound = body(&assertion, &[]);
    let refused = async |body: String| world.send(None, &body).await.unwrap_err();
    let bad_type = Denied::ClientAuthMalformed(ClientAuthError::BadAssertionType);
    let encoded_type = JWT_BEARER_ASSERTION.replace(':', "%3A");
    assert_eq!(refused(sound.replace(&encoded_type, "")).await, bad_type);
    assert_eq!(refused(sound.replace("jwt-bearer", "saml2-bearer")).await, bad_type);
    let twice = refused(format!("{sound}&client_assertion=x.y.z")).await;
    assert!(matches!(twice, Denied::RequestMalformed(_)), "{twice:?}");
    let beside_a_secret = refused(body(&assertion, &[("client_secret", "s")])).await;
    let several = Denied::ClientAuthMalformed(ClientAuthError::SeveralMethods);
    assert_eq!(beside_a_secret, several);
    assert!(world.send(None, &sound).await.is_ok(), "none of these used it up");
}

#[tokio::test]
async fn an_assertion_works_once_also_when_the_request_it_came_with_was_refused() {
    let world = world(vec![keys(&KEY)]).await;
    let assertion = signed(&claims(&world, "1"));
    let refused = body(&assertion, &[]).replace("data", "nothing");
    assert_eq!(world.send(None, &refused).await.unwrap_err(), Denied::TargetUnknown);
    let again = by_assertion(&world, &assertion).await;
    assert_eq!(again, Err(Unproven::AssertionReplayed));
    assert_eq!(by_assertion(&world, &signed(&claims(&world, "2"))).await, Ok(()));
}

#[tokio::test]
async fn a_used_assertion_is_known_for_as_long_as_it_would_be_taken() {
    let world = world(vec![keys(&KEY)]).await;
    let longest = world.now().secs() + 3610;
    let assertion = signed(&with(claims(&world, "1"), json!({ "exp": longest })));
    assert_eq!(by_assertion(&world, &assertion).await, Ok(()));
    for _ in 0..3 {
        world.pass(1206);
        let replayed = by_assertion(&world, &assertion).await;
        assert_eq!(replayed, Err(Unproven::AssertionReplayed), "at {}", world.now());
    }
    world.pass(2);
    assert_eq!(by_assertion(&world, &assertion).await, invalid(JwtError::Expired));
}

#[tokio::test]
async fn two_clients_may_use_the_same_name_for_an_assertion() {
    let world = world(vec![keys(&KEY)]).await;
    let twin = Application { id: "twin".parse().unwrap(), ..daemon(vec![keys(&OTHERS)]) };
    world.write(vec![put(twin)]).await;
    assert_eq!(by_assertion(&world, &signed(&claims(&world, "1"))).await, Ok(()));
    let twins = with(claims(&world, "1"), json!({ "iss": "twin", "sub": "twin" }));
    let twins = OTHERS.sign(Typ::ClientAuthentication, &twins).unwrap();
    assert_eq!(by_assertion(&world, &twins).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kc_02_of_fifty_at_once_with_the_same_name_one_succeeds() {
    let world = world(vec![keys(&KEY)]).await;
    let body = body(&signed(&claims(&world, "1")), &[]);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (sts, moment, body) = (world.sts.clone(), world.moment(), body.clone());
            tokio::spawn(works(sts, (None, body), moment))
        })
        .collect();
    let mut succeeded = 0;
    for task in tasks {
        succeeded += usize::from(task.await.unwrap());
    }
    assert_eq!(succeeded, 1);
}

#[tokio::test]
async fn what_a_client_proved_stands_in_its_token() {
    let world = world(vec![secret("s", None), keys(&KEY)]).await;
    let basic = write_basic(&"daemon".parse().unwrap(), &ClientSecret::new("s"));
    let by_secret = world.send(Some(&basic), &form::write(&ASKS)).await.unwrap();
    let by_key = world.send(None, &body(&signed(&claims(&world, "1")), &[])).await.unwrap();
    let azpacr = |token: &Jwt| serde_json::to_value(world.claims(token).azpacr).unwrap();
    assert_eq!(
        (azpacr(&by_secret.access_token), azpacr(&by_key.access_token)),
        (json!("1"), json!("2"))
    );
    assert_eq!(world.claims(&by_key.access_token).aud, audience("api://data"));
}
