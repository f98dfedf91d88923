//! What Entra's clients ask of an authority before they use it, and what they call its tenant.

use crate::world::World;
use http::Method;
use serde_json::{Value, json};
use testkit::World as TwoTenants;

async fn get(world: &World, path: &str) -> (u16, Value) {
    let response = world.client().get(world.url(path)).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn metadata_of(segment: &str) -> String {
    format!("/{segment}/v2.0/.well-known/openid-configuration")
}

#[tokio::test]
async fn common_and_organizations_mean_the_only_tenant() {
    let world = World::start().await;
    let own = get(&world, &metadata_of("corp")).await;
    assert_eq!(own.0, 200);
    assert_eq!(own.1["issuer"], world.url("/corp/v2.0"));
    for segment in ["common", "Common", "organizations", "ORGANIZATIONS"] {
        assert_eq!(get(&world, &metadata_of(segment)).await, own, "{segment}");
    }
    assert_eq!(get(&world, &metadata_of("consumers")).await.0, 404);
}

#[tokio::test]
async fn a_tenant_describes_itself_also_where_older_clients_look() {
    let world = World::start().await;
    let own = get(&world, &metadata_of("corp")).await;
    assert_eq!(get(&world, "/corp/.well-known/openid-configuration").await, own);
}

#[tokio::test]
async fn of_several_tenants_common_is_none() {
    let world = TwoTenants::new().await;
    let ask = |segment: &str| {
        let url = format!("{}{}", world.base(), metadata_of(segment));
        world.http().get(url).send()
    };
    assert_eq!(ask("t1").await.unwrap().status(), 200);
    let nobody = ask("common").await.unwrap();
    assert_eq!(nobody.status(), 404);
    let body: Value = nobody.json().await.unwrap();
    let expected = json!({
        "error": "invalid_request",
        "error_description": "AADSTS90002: no tenant is called so",
        "error_codes": [90_002],
    });
    assert_eq!(body, expected);
}

async fn at_token_endpoint(
    world: &World,
    (segment, secret): (&str, &str),
    form: &[(&str, &str)],
) -> Value {
    let url = world.url(&format!("/{segment}/oauth2/v2.0/token"));
    let request = world.client().post(url).basic_auth("reports", Some(secret)).form(form);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn whoever_brings_no_user_names_the_tenant() {
    let world = World::start().await;
    let (_, new) =
        world.admin(Method::POST, "/applications/reports/secrets", Some(json!({}))).await;
    let secret = new["secret"].as_str().unwrap();
    let as_itself = [("grant_type", "client_credentials"), ("scope", "api://reports/.default")];
    let on_behalf_of = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", "e30.e30.e30"),
        ("scope", "api://reports/.default"),
    ];
    for form in [&as_itself[..], &on_behalf_of] {
        for segment in ["common", "organizations"] {
            let refused = at_token_endpoint(&world, (segment, secret), form).await;
            assert_eq!(refused["error"], "invalid_request", "{segment} {refused}");
            assert_eq!(refused["error_codes"], json!([9_001_023]), "{segment}");
            let page = world.url("/errors#tenant-not-named");
            assert_eq!(refused["error_uri"], page, "{segment}");
        }
        let by_name = at_token_endpoint(&world, ("corp", secret), form).await;
        assert_ne!(by_name["error_codes"], json!([9_001_023]), "{by_name}");
    }
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "y")];
    let unknown = at_token_endpoint(&world, ("common", secret), &code).await;
    assert_ne!(unknown["error_codes"], json!([9_001_023]), "{unknown}");
}

fn instance(endpoint: &str) -> String {
    let endpoint: String = url::form_urlencoded::byte_serialize(endpoint.as_bytes()).collect();
    format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={endpoint}")
}

#[tokio::test]
async fn an_authority_of_this_host_is_known_with_and_without_its_port() {
    let world = World::start().await;
    let here = world.url("").trim_start_matches("https://").to_owned();
    let known = json!({
        "tenant_discovery_endpoint": world.url("/corp/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": here, "preferred_cache": here, "aliases": [here] }],
    });
    for endpoint in [
        world.url("/corp/oauth2/v2.0/authorize"),
        world.url("/common/oauth2/v2.0/authorize"),
        "https://localhost/corp/oauth2/v2.0/authorize".to_owned(),
    ] {
        assert_eq!(get(&world, &instance(&endpoint)).await, (200, known.clone()), "{endpoint}");
    }
}
