//! Tokens kept outside of the process: found by others of its kind, and by nobody else.

use crate::stub::{World, issue, says, until};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead::client::{CacheEvent, Doing, SharedCache, SharedCacheTrouble, Source};
use stead::{AcquireOptions, Credential, Obo, SealingKey, Seconds};

const ROWS: &str = "api://company-data/Rows.Read";

/// A cache of somebody's, as they see it.
#[derive(Debug, Default, Clone)]
struct Shelf {
    kept: Arc<Mutex<BTreeMap<String, (String, Seconds)>>>,
    broken: bool,
}

impl SharedCache for Shelf {
    fn get<'c>(&'c self, name: &'c str) -> Doing<'c, Option<String>> {
        Box::pin(async move {
            if self.broken {
                return Err(SharedCacheTrouble("it is away".to_owned()));
            }
            Ok(self.kept.lock().unwrap().get(name).map(|(sealed, _)| sealed.clone()))
        })
    }

    fn put<'c>(&'c self, name: &'c str, sealed: String, keep: Seconds) -> Doing<'c, ()> {
        Box::pin(async move {
            if self.broken {
                return Err(SharedCacheTrouble("it is away".to_owned()));
            }
            self.kept.lock().unwrap().insert(name.to_owned(), (sealed, keep));
            Ok(())
        })
    }
}

impl Shelf {
    fn len(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    async fn holds(&self, number: usize) {
        until(async || self.len() == number).await;
    }
}

/// A process of its own with this shelf.
fn process(world: &World, shelf: &Shelf, client: &str, key: u8) -> Obo {
    let key = SealingKey::new(&[key; 32]).unwrap();
    let builder = world.builder(Credential::secret("s")).client_id(client);
    builder.shared_cache(shelf.clone(), key, Duration::from_mins(1)).build().unwrap()
}

#[tokio::test]
async fn what_one_process_has_acquired_another_need_not() {
    let (world, shelf) = (World::new().await, Shelf::default());
    let alice = world.caller("alice");
    let token = process(&world, &shelf, "reports-api", 1).token(&alice, ROWS).await.unwrap();
    shelf.holds(1).await;
    let other = process(&world, &shelf, "reports-api", 1);
    for source in [Source::Shared, Source::Cache] {
        let again = other.acquire(&alice, ROWS, AcquireOptions::default()).await.unwrap();
        let (of_again, of_first) = (again.token.expires(), token.expires());
        assert_eq!((again.token.expose(), of_again), (token.expose(), of_first));
        assert_eq!(again.source, source);
    }
    assert_eq!(world.exchanges(), 1);
    // Kept as long as it lives, and not read when it is near its end.
    assert_eq!(shelf.kept.lock().unwrap().values().next().unwrap().1, Seconds(300));
    world.pass(240);
    process(&world, &shelf, "reports-api", 1).token(&alice, ROWS).await.unwrap();
    assert_eq!(world.exchanges(), 2);
}

#[tokio::test]
async fn another_user_question_application_or_key_finds_nothing() {
    let (world, shelf) = (World::new().await, Shelf::default());
    let (alice, bob) = (world.caller("alice"), world.caller("bob"));
    process(&world, &shelf, "reports-api", 1).token(&alice, ROWS).await.unwrap();
    shelf.holds(1).await;
    let ask = async |client, key, caller, target: &str, claims: Option<&str>| {
        let obo = process(&world, &shelf, client, key);
        let options =
            AcquireOptions { claims: claims.map(str::to_owned), ..AcquireOptions::default() };
        obo.token_with(caller, target, options).await.unwrap().expose().to_owned()
    };
    assert!(ask("reports-api", 1, &bob, ROWS, None).await.starts_with("bob|"));
    let other = ask("reports-api", 1, &alice, "api://payroll/Rows.Read", None).await;
    assert!(other.starts_with("alice|api://payroll"));
    ask("reports-api", 1, &alice, ROWS, Some("{}")).await;
    ask("payroll-api", 1, &alice, ROWS, None).await;
    ask("reports-api", 2, &alice, ROWS, None).await;
    assert_eq!(world.exchanges(), 6);
    shelf.holds(6).await;
}

#[tokio::test]
async fn the_cache_sees_neither_token_nor_user_and_cannot_swap_two() {
    let (world, shelf) = (World::new().await, Shelf::default());
    let (alice, bob) = (world.caller("alice"), world.caller("bob"));
    let obo = process(&world, &shelf, "reports-api", 1);
    obo.token(&alice, ROWS).await.unwrap();
    shelf.holds(1).await;
    obo.token(&bob, ROWS).await.unwrap();
    shelf.holds(2).await;
    let seen = format!("{:?}", shelf.kept.lock().unwrap());
    for part in ["alice", "company-data", "Rows.Read"] {
        assert!(!seen.contains(part), "{part}");
    }
    // Somebody who can write there gives each the other's.
    {
        let mut kept = shelf.kept.lock().unwrap();
        let turned: Vec<_> = kept.values().rev().cloned().collect();
        kept.values_mut().zip(turned).for_each(|(place, other)| *place = other);
    }
    let obo = process(&world, &shelf, "reports-api", 1);
    assert!(obo.token(&alice, ROWS).await.unwrap().expose().starts_with("alice|"));
    assert!(obo.token(&bob, ROWS).await.unwrap().expose().starts_with("bob|"));
    assert_eq!(world.exchanges(), 4);
}

#[tokio::test]
async fn a_cache_in_trouble_is_as_good_as_none() {
    let world = World::new().await;
    let shelf = Shelf { broken: true, ..Shelf::default() };
    let obo = process(&world, &shelf, "reports-api", 1);
    assert!(obo.token(&world.caller("alice"), ROWS).await.is_ok());
    assert_eq!((world.exchanges(), shelf.len()), (1, 0));
}

#[tokio::test]
async fn whoever_watches_is_told_of_what_others_had_put_there_and_of_trouble() {
    let (world, shelf) = (World::new().await, Shelf::default());
    let alice = world.caller("alice");
    process(&world, &shelf, "reports-api", 1).token(&alice, ROWS).await.unwrap();
    shelf.holds(1).await;
    let told = async |shelf: &Shelf| {
        let (events, key) = (Arc::new(Mutex::new(Vec::new())), SealingKey::new(&[1; 32]).unwrap());
        let (noting, minute) = (Arc::clone(&events), Duration::from_mins(1));
        let builder = world.builder(Credential::secret("s")).client_id("reports-api");
        let builder = builder.shared_cache(shelf.clone(), key, minute);
        let builder = builder.watch_cache(move |event| noting.lock().unwrap().push(event));
        builder.build().unwrap().token(&alice, ROWS).await.unwrap();
        let told = events.lock().unwrap().clone();
        told[..2].to_vec()
    };
    assert_eq!(told(&shelf).await, [CacheEvent::Miss, CacheEvent::Shared]);
    let broken = Shelf { broken: true, ..shelf };
    assert_eq!(told(&broken).await, [CacheEvent::Miss, CacheEvent::Trouble]);
}

#[tokio::test]
async fn neither_a_refusal_nor_a_token_that_was_refused_is_found_there() {
    let (world, shelf) = (World::new().await, Shelf::default());
    let alice = world.caller("alice");
    let obo = process(&world, &shelf, "reports-api", 1);
    world.answers(|_| says(400, json!({ "error": "invalid_grant" })));
    assert!(obo.token(&alice, ROWS).await.is_err());
    assert_eq!(shelf.len(), 0);
    world.answers(issue);
    world.pass(5);
    let refused = obo.token(&alice, ROWS).await.unwrap();
    shelf.holds(1).await;
    let options = AcquireOptions::default();
    let next = obo.token_instead_of(&refused, &alice, ROWS, options).await.unwrap().unwrap();
    assert_ne!(next.expose(), refused.expose());
}
