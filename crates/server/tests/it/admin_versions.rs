//! Two administrators at once: an entry has a version, and a change can say which one it is about.

use crate::world::World;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// An entry as it was answered: status, version, body.
struct Seen {
    status: StatusCode,
    version: Option<String>,
    body: Value,
}

impl World {
    async fn ask(
        &self,
        method: Method,
        path: &str,
        version: Option<&str>,
        body: Option<Value>,
    ) -> Seen {
        let url = self.admin_url(&format!("/admin/v1/corp{path}"));
        let mut request = reqwest::Client::new().request(method, url);
        request = request.bearer_auth(self.admin_token());
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let version = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        let status = response.status();
        let text = response.text().await.unwrap();
        Seen { status, version, body: serde_json::from_str(&text).unwrap_or_default() }
    }

    async fn version(&self, path: &str) -> String {
        self.ask(Method::GET, path, None, None).await.version.unwrap()
    }
}

#[tokio::test]
async fn who_says_what_they_saw_does_not_overwrite_what_another_wrote() {
    let world = World::start().await;
    let name = |name: &str| Some(json!({ "username": "dora", "name": name }));
    let made = world.ask(Method::PUT, "/users/d", None, name("Dora")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let seen = world.version("/users/d").await;
    assert_eq!(made.version.as_ref(), Some(&seen));

    let first = world.ask(Method::PUT, "/users/d", Some(&seen), name("Dora D.")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_ne!(first.version, Some(seen.clone()));
    let second = world.ask(Method::PUT, "/users/d", Some(&seen), name("Theodora")).await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(second.body["error"], "changed");
    assert_eq!(second.body["message"], "user d is not what it was: look at it again");
    let late = world.ask(Method::DELETE, "/users/d", Some(&seen), None).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let now = world.ask(Method::GET, "/users/d", None, None).await;
    assert_eq!(now.body["name"], "Dora D.");

    let either = format!("{seen}, {}", now.version.unwrap());
    let third = world.ask(Method::PUT, "/users/d", Some(&either), name("Theodora")).await;
    assert_eq!(third.status, StatusCode::OK);
    let without = world.ask(Method::PUT, "/users/d", None, name("Dora")).await;
    assert_eq!(without.status, StatusCode::OK);
}

#[tokio::test]
async fn a_version_differs_once_a_password_or_a_secret_does() {
    let world = World::start().await;
    let alice = "/users/a11ce000-0000-4000-8000-000000000001";
    let (user, application) =
        (world.version(alice).await, world.version("/applications/reports").await);
    let password = Some(json!({ "password": "battery staple" }));
    world.ask(Method::PUT, &format!("{alice}/password"), Some(&user), password.clone()).await;
    world
        .ask(Method::POST, "/applications/reports/secrets", Some(&application), Some(json!({})))
        .await;
    for (path, seen, method) in [
        (alice.to_owned(), &user, Method::DELETE),
        (format!("{alice}/disable"), &user, Method::POST),
        (format!("{alice}/sign-out"), &user, Method::POST),
        ("/applications/reports".to_owned(), &application, Method::DELETE),
        ("/applications/reports/disable".to_owned(), &application, Method::POST),
    ] {
        let refused = world.ask(method, &path, Some(seen), None).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{path}");
    }
    let again = world.ask(Method::PUT, &format!("{alice}/password"), Some(&user), password).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_star_means_that_there_is_one_and_nonsense_is_refused() {
    let world = World::start().await;
    let body = || Some(json!({ "description": "Staff" }));
    let absent = world.ask(Method::PUT, "/groups/staff", Some("*"), body()).await;
    assert_eq!(absent.status, StatusCode::PRECONDITION_FAILED);
    let made = world.ask(Method::PUT, "/groups/staff", None, body()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let there = world.ask(Method::PUT, "/groups/staff", Some("*"), body()).await;
    assert_eq!((there.status, there.version), (StatusCode::OK, made.version));
    let nonsense = world.ask(Method::PUT, "/groups/staff", Some("yesterday"), body()).await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_password_set_while_the_entry_is_written_stays() {
    let world = World::start().await;
    for round in 0..8 {
        let path = format!("/users/u{round}");
        let entry = |name: &str| Some(json!({ "username": format!("u{round}"), "name": name }));
        world.ask(Method::PUT, &path, None, entry("before")).await;
        let password = format!("{path}/password");
        let secret = Some(json!({ "password": "battery staple" }));
        let (set, put) = tokio::join!(
            world.ask(Method::PUT, &password, None, secret),
            world.ask(Method::PUT, &path, None, entry("after")),
        );
        assert_eq!((set.status, put.status), (StatusCode::NO_CONTENT, StatusCode::OK));
        let now = world.ask(Method::GET, &path, None, None).await.body;
        assert_eq!((&now["has_password"], &now["name"]), (&json!(true), &json!("after")));
    }
}

#[tokio::test]
async fn a_user_is_found_by_name_without_turning_pages() {
    let world = World::start().await;
    let found = |name: &str| format!("/users?username={name}");
    let shown = world.ask(Method::GET, &found("ALICE"), None, None).await;
    assert_eq!(shown.body["items"][0]["username"], "alice");
    let nobody = world.ask(Method::GET, &found("nobody"), None, None).await;
    assert_eq!((nobody.status, &nobody.body["items"]), (StatusCode::OK, &json!([])));
    let unfit = world.ask(Method::GET, &found("a%20b"), None, None).await;
    assert_eq!(unfit.status, StatusCode::UNPROCESSABLE_ENTITY);
}
