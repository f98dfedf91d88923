//! What each provider is sent, as whole values.

use crate::stub::{Asked, World};
use serde_json::json;
use stead::client::{NamedBy, OboBuilder};
use stead::{AcquireError, AcquireOptions, Credential, Dialect, Obo, Target};
use stead_proto::grants::{JWT_BEARER, TOKEN_EXCHANGE};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn sent(asked: &Asked) -> Vec<(&str, &str)> {
    asked.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn obo(world: &World, dialect: Option<Dialect>) -> Obo {
    let builder = world.builder(Credential::secret_in_body("s3cret"));
    dialect.into_iter().fold(builder, OboBuilder::dialect).build().unwrap()
}

/// Okta, Auth0 and Keycloak take the same: `audience` by the name the resource has there, `scope` without it.
#[tokio::test]
async fn a_provider_of_rfc_8693_is_sent_audience_and_scopes() {
    let world = World::new().await;
    world.set_metadata("grant_types_supported", json!([TOKEN_EXCHANGE]));
    let alice = world.caller("alice");
    let target = Target::new("company-data").unwrap().scope("rows:read").unwrap();
    obo(&world, None).token(&alice, &target).await.unwrap();
    assert_eq!(
        sent(&world.last_asked()),
        [
            ("audience", "company-data"),
            ("client_id", "reports-api"),
            ("client_secret", "s3cret"),
            ("grant_type", TOKEN_EXCHANGE),
            ("requested_token_type", ACCESS_TOKEN),
            ("scope", "rows:read"),
            ("subject_token", alice.token().expose()),
            ("subject_token_type", ACCESS_TOKEN),
        ]
    );
}

#[tokio::test]
async fn a_resource_is_named_by_its_url_where_that_was_said() {
    let world = World::new().await;
    let target = Target::new("https://data.example/rows").unwrap().named_by(NamedBy::Resource);
    let alice = world.caller("alice");
    obo(&world, None).token(&alice, &target).await.unwrap();
    assert_eq!(
        sent(&world.last_asked()),
        [
            ("client_id", "reports-api"),
            ("client_secret", "s3cret"),
            ("grant_type", TOKEN_EXCHANGE),
            ("requested_token_type", ACCESS_TOKEN),
            ("resource", "https://data.example/rows"),
            ("subject_token", alice.token().expose()),
            ("subject_token_type", ACCESS_TOKEN),
        ]
    );
}

#[tokio::test]
async fn a_resource_is_named_by_name_and_by_url_where_both_were_said() {
    let world = World::new().await;
    let target = Target::new("company-data").unwrap().also_at("https://data.example").unwrap();
    let alice = world.caller("alice");
    obo(&world, None).token(&alice, &target).await.unwrap();
    let asked = world.last_asked();
    assert_eq!(
        (asked.get("audience"), asked.get("resource")),
        ("company-data", "https://data.example")
    );

    let by_url = target.named_by(NamedBy::Resource);
    obo(&world, None).token(&alice, &by_url).await.unwrap();
    let asked = world.last_asked();
    assert_eq!((asked.get("audience"), asked.get("resource")), ("", "company-data"));

    let entra = Target::new("api://data").unwrap().also_at("https://data.example").unwrap();
    obo(&world, Some(Dialect::Entra)).token(&alice, &entra).await.unwrap();
    let asked = world.last_asked();
    assert_eq!((asked.get("scope"), asked.get("resource")), ("api://data/.default", ""));
}

#[tokio::test]
async fn entras_dialect_has_the_resource_in_front_of_the_scopes() {
    let world = World::new().await;
    world.set_metadata("grant_types_supported", json!([JWT_BEARER]));
    let alice = world.caller("alice");
    let claims = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let options = AcquireOptions { claims: Some(claims.to_owned()), ..AcquireOptions::default() };
    let target = Target::parse("api://company-data/Rows.Read").unwrap();
    obo(&world, None).token_with(&alice, &target, options).await.unwrap();
    assert_eq!(
        sent(&world.last_asked()),
        [
            ("assertion", alice.token().expose()),
            ("claims", claims),
            ("client_id", "reports-api"),
            ("client_secret", "s3cret"),
            ("grant_type", JWT_BEARER),
            ("requested_token_use", "on_behalf_of"),
            ("scope", "api://company-data/Rows.Read"),
        ]
    );
    let everything = Target::new("api://company-data").unwrap();
    obo(&world, None).token(&alice, &everything).await.unwrap();
    assert_eq!(world.last_asked().get("scope"), "api://company-data/.default");
}

#[tokio::test]
async fn the_dialect_can_be_set_where_discovery_tells_nothing_or_the_wrong_one() {
    let world = World::new().await;
    let alice = world.caller("alice");
    let target = Target::parse("api://company-data/Rows.Read").unwrap();
    world.set_metadata("grant_types_supported", json!(["authorization_code"]));
    let unknown = obo(&world, None).token(&alice, &target).await;
    assert!(matches!(unknown, Err(AcquireError::Config(_))), "{unknown:?}");
    assert_eq!(world.exchanges(), 0);
    for (dialect, grant) in [(Dialect::Rfc8693, TOKEN_EXCHANGE), (Dialect::Entra, JWT_BEARER)] {
        obo(&world, Some(dialect)).token(&alice, &target).await.unwrap();
        assert_eq!(world.last_asked().get("grant_type"), grant);
    }
}

#[tokio::test]
async fn an_id_token_comes_along_where_one_was_asked_for() {
    let world = World::new().await;
    world.answers(|asked| {
        let mut body = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300 });
        if asked.get("scope").split(' ').any(|scope| scope == "openid") {
            body["id_token"] = json!("h.id.s");
        }
        crate::stub::says(200, body)
    });
    let (obo, alice) = (obo(&world, None), world.caller("alice"));
    let rows = Target::parse("api://company-data/Rows.Read").unwrap();
    assert!(obo.token(&alice, &rows).await.unwrap().id_token().is_none());
    let token = obo.token(&alice, rows.with_id_token()).await.unwrap();
    assert_eq!(world.last_asked().get("scope"), "Rows.Read openid");
    assert_eq!(token.id_token().unwrap().expose(), "h.id.s");
}

#[tokio::test]
async fn a_header_value_holds_the_token_and_shows_it_to_nobody() {
    let world = World::new().await;
    let token =
        obo(&world, None).token(&world.caller("alice"), "api://company-data/.default").await;
    let token = token.unwrap();
    let header = token.header_value().unwrap();
    assert_eq!(header.to_str().unwrap(), format!("Bearer {}", token.expose()));
    assert!(header.is_sensitive());
    assert!(!format!("{header:?} {token:?}").contains(token.expose()));
}
