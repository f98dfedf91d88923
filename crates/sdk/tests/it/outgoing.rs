//! Requests that go out on behalf of a caller, to a resource that keeps what it was sent.

use crate::stub::World;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use std::sync::{Arc, Mutex};
use stead::outgoing::{ActForCallers, OnBehalfOf as _, why_not};
use stead::verify::VerifyError;
use stead::{AcquireError, Challenge, Seconds, StepUp, acr::Acr};

const TARGET: &str = "api://company-data/Rows.Read";

type Answer = fn(usize) -> Response;

/// What it was sent, and what it answers to each.
#[derive(Clone)]
struct Resource {
    url: String,
    sent: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answer: Answer,
}

impl Resource {
    async fn new(answer: Answer) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/rows", listener.local_addr().unwrap());
        let resource = Self { url, sent: Arc::default(), answer };
        let app = Router::new().fallback(take).with_state(resource.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        resource
    }

    /// The tokens it was shown.
    fn tokens(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let tokens = sent.iter().map(|(headers, _)| headers.get_all("authorization").iter());
        tokens.flatten().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

async fn take(State(resource): State<Resource>, headers: HeaderMap, body: String) -> Response {
    let mut sent = resource.sent.lock().unwrap();
    sent.push((headers, body));
    (resource.answer)(sent.len())
}

fn web(world: &World) -> ClientWithMiddleware {
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    ClientBuilder::new(plain).with(ActForCallers::new(world.obo())).build()
}

fn good(_: usize) -> Response {
    StatusCode::OK.into_response()
}

fn refuses_the_first(number: usize) -> Response {
    if number == 1 { StatusCode::UNAUTHORIZED.into_response() } else { good(number) }
}

fn refuses(_: usize) -> Response {
    StatusCode::UNAUTHORIZED.into_response()
}

fn demand() -> StepUp {
    StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(300)) }
}

fn demands(_: usize) -> Response {
    VerifyError::StepUp(Challenge::from(demand())).into_response()
}

#[tokio::test]
async fn a_request_goes_out_with_the_callers_token_and_no_other_credential() {
    let (world, resource) = (World::new().await, Resource::new(good).await);
    let request = web(&world).post(&resource.url).header("cookie", "sid=1").body("rows");
    let request =
        request.bearer_auth("the caller's own").on_behalf_of(&world.caller("alice"), TARGET);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let sent = resource.sent.lock().unwrap().clone();
    let [(headers, body)] = &sent[..] else { panic!("sent {} times", sent.len()) };
    assert!(headers["authorization"].to_str().unwrap().starts_with("Bearer alice|"));
    assert_eq!((headers.get("cookie"), body.as_str()), (None, "rows"));
    assert_eq!(headers.get_all("authorization").iter().count(), 1);
}

#[tokio::test]
async fn a_request_on_nobodys_behalf_is_left_alone() {
    let (world, resource) = (World::new().await, Resource::new(good).await);
    let request = web(&world).get(&resource.url).header("cookie", "sid=1").bearer_auth("own");
    request.send().await.unwrap();
    assert_eq!(resource.tokens(), ["Bearer own"]);
    assert_eq!(resource.sent.lock().unwrap()[0].0["cookie"], "sid=1");
    assert_eq!(world.exchanges(), 0);
}

#[tokio::test]
async fn after_a_401_another_token_is_shown_once() {
    for (answer, status) in [(refuses_the_first as Answer, 200), (refuses, 401)] {
        let (world, resource) = (World::new().await, Resource::new(answer).await);
        let request = web(&world).post(&resource.url).body("rows");
        let response = request.on_behalf_of(&world.caller("alice"), TARGET).send().await.unwrap();
        assert_eq!(response.status(), status);
        let tokens = resource.tokens();
        assert_eq!(tokens.len(), 2);
        assert_ne!(tokens[0], tokens[1]);
        assert_eq!(resource.sent.lock().unwrap()[1].1, "rows");
    }
}

#[tokio::test]
async fn a_demand_of_the_resource_is_one_to_pass_on() {
    let (world, resource) = (World::new().await, Resource::new(demands).await);
    let request = web(&world).get(&resource.url).on_behalf_of(&world.caller("alice"), TARGET);
    let error = request.send().await.unwrap_err();
    let Some(AcquireError::Challenge(challenge)) = why_not(&error) else { panic!("{error:?}") };
    assert_eq!(challenge.step_up(), demand());
    assert_eq!(resource.tokens().len(), 1);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let (world, resource) = (World::new().await, Resource::new(good).await);
    let request = web(&world).get(&resource.url).bearer_auth("the caller's own");
    let error = request.on_behalf_of(&world.caller("alice"), "no target").send().await.unwrap_err();
    assert!(matches!(why_not(&error), Some(AcquireError::Config(_))), "{error:?}");
    assert_eq!(resource.tokens().len(), 0);
}
