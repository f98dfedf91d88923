//! The revocation feed on the wire: who is let in, what is said, and what is not.

use serde_json::{Value, json};
use stead_core::model::revocation::Ancestor;
use stead_proto::client_auth::write_basic;
use stead_proto::id::{ClientId, SessionId, TokenId};
use stead_proto::secret::ClientSecret;
use testkit::{API_A_SECRET, Auth, DAEMON_SECRET, World};

/// What was said up to and with `current`: names and data, and the last id.
#[derive(Debug, PartialEq)]
struct Said {
    events: Vec<(String, Value)>,
    last: String,
}

async fn follow(world: &World, tenant: &str, last: Option<&str>) -> Said {
    let at = if tenant == "t1" { world.t1() } else { world.t2() };
    let header = write_basic(&ClientId::parse("api-a").unwrap(), &ClientSecret::new(API_A_SECRET));
    let mut request = world
        .http()
        .post(at.endpoint("revocations"))
        .header("authorization", header)
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while !text.contains("event: current") {
        text += std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap();
    }
    read(&text)
}

fn read(text: &str) -> Said {
    let mut said = Said { events: Vec::new(), last: String::new() };
    for event in text.trim_end().split("\n\n") {
        let line = |name: &str| {
            let found = event.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap().to_owned()
        };
        said.events.push((line("event: "), serde_json::from_str(&line("data: ")).unwrap()));
        said.last = line("id: ");
    }
    said
}

fn session(id: &str) -> Ancestor {
    Ancestor::Session(SessionId::parse(id).unwrap())
}

#[tokio::test]
async fn fe_07_a_fact_is_told_with_kind_id_and_times_and_nothing_else() {
    let world = World::new().await;
    let current = ("current".to_owned(), json!({}));
    assert_eq!(follow(&world, "t1", None).await.events, std::slice::from_ref(&current));
    let at = world.clock().now();
    world.revoke(session("s-1")).await;
    let told = json!({
        "kind": "session", "id": "s-1",
        "at": at.millis(), "until": at.millis() + (86_400 + 300) * 1000,
    });
    assert_eq!(follow(&world, "t1", None).await.events, [("revoked".into(), told), current]);
}

#[tokio::test]
async fn fe_03_who_comes_back_is_told_what_came_since_and_a_stranger_s_name_means_everything() {
    let world = World::new().await;
    world.revoke(session("s-1")).await;
    let first = follow(&world, "t1", None).await;
    assert_eq!(follow(&world, "t1", Some(&first.last)).await.events.len(), 1);
    world.revoke(Ancestor::Token(TokenId::parse("j-2").unwrap())).await;
    let since = follow(&world, "t1", Some(&first.last)).await;
    let ids: Vec<&Value> = since.events.iter().map(|(_, data)| &data["id"]).collect();
    assert_eq!(ids, [&json!("j-2"), &Value::Null]);
    for strange in ["", "x", "x.1", ".1"] {
        assert_eq!(follow(&world, "t1", Some(strange)).await.events.len(), 3, "{strange}");
    }
}

#[tokio::test]
async fn fe_06_a_tenant_s_facts_are_told_to_its_own_apis() {
    let world = World::new().await;
    world.revoke(session("s-1")).await;
    assert_eq!(follow(&world, "t1", None).await.events.len(), 2);
    assert_eq!(follow(&world, "t2", None).await.events.len(), 1);
}

#[tokio::test]
async fn fe_06_only_an_api_that_proves_who_it_is_is_let_in() {
    let world = World::new().await;
    for (auth, status, error, reason) in [
        (Auth::None, 401, "invalid_client", "client-auth-malformed"),
        (Auth::Public("spa"), 401, "invalid_client", "client-unproven"),
        (Auth::Basic("api-a", "wrong"), 401, "invalid_client", "client-unproven"),
        (Auth::Basic("nobody", "wrong"), 401, "invalid_client", "client-unproven"),
        (Auth::Basic("daemon", DAEMON_SECRET), 400, "unauthorized_client", "not-a-resource"),
    ] {
        let answer = world.t1().post("revocations", auth, &[]).await;
        assert_eq!((answer.status, answer.member("error")), (status, json!(error)));
        assert_eq!(world.last_reason().await, reason);
    }
    assert_eq!(follow(&world, "t1", None).await.events.len(), 1);
}

#[tokio::test]
async fn the_discovery_document_says_where_it_is() {
    let world = World::new().await;
    let document = world.t1().get("/t1/v2.0/.well-known/openid-configuration").await;
    assert_eq!(
        document.member("revocation_feed_endpoint"),
        json!(world.t1().endpoint("revocations"))
    );
}

#[tokio::test]
async fn a_server_that_is_followed_stops_when_it_is_told_to() {
    let world = World::on_sqlite().await;
    let header = write_basic(&ClientId::parse("api-a").unwrap(), &ClientSecret::new(API_A_SECRET));
    let request = world.http().post(world.t1().endpoint("revocations"));
    let form = "application/x-www-form-urlencoded";
    let request = request.header("authorization", header).header("content-type", form);
    let mut response = request.send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    world.stopped().await;
    while let Ok(Some(_)) = response.chunk().await {}
}
