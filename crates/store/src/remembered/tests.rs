//! A store that answers when the test wants it to.

use super::*;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use stead_core::commit::Change;
use tokio::sync::oneshot;

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

fn application(id: &str, name: &str) -> Application {
    let json =
        json!({ "id": id, "name": name, "kind": "web-api", "audience": format!("api://{id}") });
    serde_json::from_value(json).unwrap()
}

fn consent(id: &str, given: &serde_json::Value) -> Consent {
    let json = json!({
        "id": id, "client": "c", "resource": "r", "scopes": ["s"], "given": given, "at": 0
    });
    serde_json::from_value(json).unwrap()
}

/// What is remembered, and how often the store behind it was asked.
#[derive(Default)]
struct World {
    remembered: Remembered,
    asked: AtomicUsize,
}

impl World {
    /// The name of an application that the store would call so.
    async fn name(&self, id: &str, on_file: Option<&str>) -> Option<String> {
        let question = async {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok(on_file.map(|name| application(id, name)))
        };
        let found = self.remembered.application(&client(id), question).await.unwrap();
        found.map(|application| application.name.clone())
    }

    /// The ids of the consents that the store would find for a user.
    async fn consents(&self, user: &str, on_file: Vec<Consent>) -> Vec<String> {
        let (resource, user) = (Audience::parse("r").unwrap(), Subject::parse(user).unwrap());
        let parties = (&client("c"), &resource, &user);
        let found = self.remembered.consents_for(parties, async { Ok(on_file) }).await.unwrap();
        found.iter().map(|consent| consent.id.to_string()).collect()
    }

    fn forget(&self, change: &Change) {
        for changed in Changed::by(change) {
            self.remembered.forget(&changed);
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn what_was_found_is_not_asked_for_again_until_it_changes() {
    let world = World::default();
    assert_eq!(world.name("a", Some("one")).await.as_deref(), Some("one"));
    assert_eq!(world.name("a", Some("two")).await.as_deref(), Some("one"));
    assert_eq!(world.asked(), 1);
    world.forget(&Change::PutApplication(Box::new(application("b", "other"))));
    assert_eq!(world.name("a", Some("two")).await.as_deref(), Some("one"));
    world.forget(&Change::PutApplication(Box::new(application("a", "two"))));
    assert_eq!(world.name("a", Some("two")).await.as_deref(), Some("two"));
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_each_time() {
    let world = World::default();
    assert_eq!(world.name("a", None).await, None);
    assert_eq!(world.name("a", Some("new")).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn an_answer_from_before_a_change_is_not_remembered_after_it() {
    let world = World::default();
    let (answer, answered) = oneshot::channel();
    let id = client("a");
    let reading = world.remembered.application(&id, async { Ok(answered.await.ok()) });
    let changing = async {
        world.forget(&Change::DeleteApplication(client("a")));
        answer.send(application("a", "old")).unwrap();
    };
    let (read, ()) = tokio::join!(biased; reading, changing);
    assert_eq!(read.unwrap().unwrap().name, "old", "who asked before may be told what was");
    assert_eq!(world.name("a", None).await, None);
}

#[tokio::test]
async fn a_resource_goes_with_its_application_whatever_its_audience_was() {
    let world = World::default();
    let audience = Audience::parse("api://a").unwrap();
    let ask = async |found| {
        let answer = world.remembered.resource(&audience, async { Ok(found) }).await;
        answer.unwrap().map(|application| application.name.clone())
    };
    assert_eq!(ask(Some(application("a", "one"))).await.as_deref(), Some("one"));
    assert_eq!(ask(None).await.as_deref(), Some("one"));
    let moved = Application { audience: None, ..application("a", "two") };
    world.forget(&Change::PutApplication(Box::new(moved)));
    assert_eq!(ask(None).await, None);
}

#[tokio::test]
async fn a_users_consent_concerns_that_user_and_an_administrators_everybody() {
    let world = World::default();
    let of = |user: &str| consent(user, &json!({ "by_user": user }));
    for user in ["alice", "bob"] {
        assert_eq!(world.consents(user, Vec::new()).await, [""; 0]);
    }
    world.forget(&Change::PutConsent(of("alice")));
    assert_eq!(world.consents("alice", vec![of("alice")]).await, ["alice"]);
    assert_eq!(world.consents("bob", vec![of("bob")]).await, [""; 0]);

    let everybody = || consent("all", &json!({ "by_admin": "everyone" }));
    world.forget(&Change::PutConsent(everybody()));
    assert_eq!(world.consents("bob", vec![everybody()]).await, ["all"]);
    let both = world.consents("alice", vec![of("alice"), everybody()]).await;
    assert_eq!(both, ["alice", "all"]);
    world.forget(&Change::DeleteConsent(everybody().id));
    assert_eq!(world.consents("bob", Vec::new()).await, [""; 0]);
    assert_eq!(world.consents("alice", vec![of("alice")]).await, ["alice"]);
}
