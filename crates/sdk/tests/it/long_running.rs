//! Going on when the user has left.

use crate::stub::{Asked, World, says};
use axum::response::Response;
use serde_json::json;
use stead::client::BadSeal;
use stead::{AcquireError, Credential, Dialect, SealingKey, Target};

const ROWS: &str = "api://company-data/Rows.Read";

/// Gives a refresh token where one is asked for, another each time, and takes each once.
fn rotating(asked: &Asked) -> Response {
    let (mut body, refreshed) = (
        json!({ "access_token": format!("t{}", asked.number), "token_type": "Bearer", "expires_in": 300 }),
        asked.get("grant_type") == "refresh_token",
    );
    if refreshed && asked.get("refresh_token") != format!("r{}", asked.number - 1) {
        return says(400, json!({ "error": "invalid_grant" }));
    }
    if refreshed || asked.get("scope").contains("offline_access") {
        let next = json!(format!("r{}", asked.number));
        body.as_object_mut().unwrap().insert("refresh_token".to_owned(), next);
    }
    says(200, body)
}

fn key(byte: u8) -> SealingKey {
    SealingKey::new(&[byte; 32]).unwrap()
}

#[tokio::test]
async fn a_handle_goes_on_after_the_users_token_has_ended() {
    let world = World::new().await;
    world.answers(rotating);
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let mut handle = obo.long_running(&alice, ROWS).await.unwrap();
    assert_eq!(world.last_asked().get("scope"), "Rows.Read offline_access");
    assert_eq!(obo.resume(&mut handle).await.unwrap().expose(), "t0");
    assert_eq!(world.exchanges(), 1);

    // A day later, in another process, twice: each with the refresh token of the time before.
    world.pass(86_400);
    let sealed = handle.seal(&key(1)).unwrap();
    let obo = world.obo();
    let mut handle = obo.open(&key(1), &sealed).unwrap();
    assert_eq!(handle.subject().as_str(), "alice");
    for number in [1, 2] {
        assert_eq!(obo.resume(&mut handle).await.unwrap().expose(), format!("t{number}"));
        world.pass(300);
    }
    let asked = world.last_asked();
    let sent: Vec<_> =
        asked.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, [("grant_type", "refresh_token"), ("refresh_token", "r1")]);
}

#[tokio::test]
async fn a_handle_that_was_used_before_is_refused_by_the_provider() {
    let world = World::new().await;
    world.answers(rotating);
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let handle = obo.long_running(&alice, ROWS).await.unwrap();
    let sealed = handle.seal(&key(1)).unwrap();
    world.pass(300);
    let [mut first, mut second] = [(); 2].map(|()| obo.open(&key(1), &sealed).unwrap());
    assert!(obo.resume(&mut first).await.is_ok());
    assert!(matches!(obo.resume(&mut second).await, Err(AcquireError::Denied(_))));
}

#[tokio::test]
async fn a_sealed_handle_shows_nothing_and_opens_for_its_own_application_alone() {
    let world = World::new().await;
    world.answers(rotating);
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let handle = obo.long_running(&alice, ROWS).await.unwrap();
    assert_eq!(
        format!("{handle:?}"),
        r#"LongRunning { subject: Subject("alice"), resource: Audience("api://company-data"), .. }"#
    );
    let sealed = handle.seal(&key(1)).unwrap();
    assert!(!sealed.contains("alice"));
    assert_eq!(obo.open(&key(2), &sealed).err(), Some(BadSeal));
    let another = world.builder(Credential::secret("s")).client_id("payroll-api").build().unwrap();
    assert_eq!(another.open(&key(1), &sealed).err(), Some(BadSeal));
    assert!(obo.open(&key(1), &sealed).is_ok());
}

#[tokio::test]
async fn entra_is_told_for_which_resource() {
    let world = World::new().await;
    world.answers(rotating);
    let obo = world.builder(Credential::secret("s")).dialect(Dialect::Entra).build().unwrap();
    let target = Target::new("api://company-data").unwrap();
    let mut handle = obo.long_running(&world.caller("alice"), &target).await.unwrap();
    assert_eq!(world.last_asked().get("scope"), "api://company-data/.default offline_access");
    world.pass(300);
    obo.resume(&mut handle).await.unwrap();
    assert_eq!(world.last_asked().get("scope"), "api://company-data/.default");
}

#[tokio::test]
async fn a_provider_that_gives_no_refresh_token_gives_no_handle() {
    let world = World::new().await;
    let refused = world.obo().long_running(&world.caller("alice"), ROWS).await.unwrap_err();
    assert!(matches!(refused, AcquireError::Config(_)), "{refused:?}");
}
