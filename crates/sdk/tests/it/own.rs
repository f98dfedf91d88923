//! Tokens of the application itself: asked for by that name alone, and kept apart from everybody's.

use crate::stub::{Asked, World, says};
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use stead::client::Source;
use stead::{AcquireError, Challenge, Credential, Dialect, Target};

/// A token that tells as which answer it was made.
fn issue(asked: &Asked) -> Response {
    let token = format!("own|{}", asked.number);
    Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 }))
        .into_response()
}

fn sent(asked: &Asked) -> Vec<(&str, &str)> {
    asked.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn rows() -> Target {
    Target::parse("api://company-data/Rows.Read").unwrap()
}

#[tokio::test]
async fn an_application_asks_for_itself_as_each_dialect_writes_it() {
    let world = World::new().await;
    world.answers(issue);
    world.obo().own_token(&rows(), None).await.unwrap();
    let standard = [
        ("audience", "api://company-data"),
        ("grant_type", "client_credentials"),
        ("scope", "Rows.Read"),
    ];
    assert_eq!(sent(&world.last_asked()), standard);
    let entra = world.builder(Credential::secret("s3cret")).dialect(Dialect::Entra).build();
    let all = Target::new("api://company-data").unwrap();
    entra.unwrap().own_token(&all, None).await.unwrap();
    let scope = ("scope", "api://company-data/.default");
    assert_eq!(sent(&world.last_asked()), [("grant_type", "client_credentials"), scope]);
}

#[tokio::test]
async fn its_token_is_kept_apart_from_every_users_and_another_can_be_had() {
    let world = World::new().await;
    world.answers(issue);
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let own = obo.own_token(&rows(), None).await.unwrap();
    let users = obo.token(&alice, &rows()).await.unwrap();
    assert_eq!((own.token.expose(), users.expose()), ("own|0", "own|1"));
    let again = obo.own_token(&rows(), None).await.unwrap();
    assert_eq!((again.token.expose(), again.source), ("own|0", Source::Cache));
    let another = obo.own_token_instead_of(&own.token, &rows(), None).await.unwrap().unwrap();
    assert_eq!((another.token.expose(), another.source), ("own|2", Source::Exchange));
    let third = obo.own_token_instead_of(&another.token, &rows(), None).await.unwrap();
    assert!(third.is_none(), "{third:?}");
    world.pass(245);
    let due = obo.own_token(&rows(), None).await.unwrap();
    assert_eq!((due.token.expose(), due.source), ("own|2", Source::CacheRenewing));
    world.asked_times(4).await;
}

#[tokio::test]
async fn what_a_token_endpoint_demands_is_kept_in_its_own_words() {
    let world = World::new().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    world.answers(move |_| {
        says(
            400,
            json!({
                "error": "interaction_required", "suberror": "basic_action",
                "error_codes": [50076], "claims": claims,
            }),
        )
    });
    let refused = world.obo().token(&world.caller("alice"), &rows()).await.unwrap_err();
    let AcquireError::Challenge(challenge) = refused else { panic!("{refused}") };
    assert_eq!(challenge.claims(), claims);
    assert_eq!(
        (challenge.error(), challenge.suberror(), challenge.error_codes()),
        (Some("interaction_required"), Some("basic_action"), &[50076][..])
    );
    let headers = challenge.www_authenticate().map(|it| (http::header::WWW_AUTHENTICATE, it));
    let read = Challenge::from_headers(&headers.into_iter().collect()).unwrap();
    assert_eq!((read.error(), read.error_codes()), (None, &[][..]));
}
