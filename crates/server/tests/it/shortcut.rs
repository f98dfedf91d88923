//! The token endpoint answers alike on both ways to it: at once, and by the router. The router is taken
//! where the tenant's name in the URL is escaped.

use reqwest::Method;
use stead_proto::form;
use testkit::{API_A_SECRET, World};

/// The names of an answer's headers, with the values that say nothing of the one request.
async fn headers(world: &World, path: &str, body: &str) -> (u16, Vec<(String, String)>) {
    let url = format!("{}{path}", world.base());
    let answer = world
        .http()
        .request(Method::POST, url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("client-request-id", "c-1")
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    let own = ["x-ms-request-id", "content-length", "date"];
    let mut headers: Vec<(String, String)> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .map(
            |(name, value)| {
                if own.contains(&&*name) { (name, String::new()) } else { (name, value) }
            },
        )
        .collect();
    headers.sort();
    (answer.status().as_u16(), headers)
}

#[tokio::test]
async fn every_answer_has_the_same_status_and_headers_on_both_ways() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let exchange = form::write(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", "api-a"),
        ("client_secret", API_A_SECRET),
        ("subject_token", &token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "api://b"),
        ("scope", "B.read"),
    ]);
    let too_large = "a".repeat(200_000);
    for (status, body) in [
        (200, exchange.as_str()),
        (401, "grant_type=client_credentials&client_id=api-a&client_secret=wrong"),
        (400, "%"),
        (413, &too_large),
    ] {
        let short = headers(&world, "/t1/oauth2/v2.0/token", body).await;
        let long = headers(&world, "/%741/oauth2/v2.0/token", body).await;
        assert_eq!((short.0, &short), (status, &long));
    }
    let (short, long) = (
        headers(&world, "/nobody/oauth2/v2.0/token", "a=b").await,
        headers(&world, "/nobod%79/oauth2/v2.0/token", "a=b").await,
    );
    assert_eq!((short.0, &short), (404, &long));
}
