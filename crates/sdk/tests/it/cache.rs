//! The cache: one exchange at a time, no user's token for another, nothing kept that should not be.

use crate::stub::{World, issue, says, until};
use serde_json::json;
use std::sync::{Arc, Mutex};
use stead::client::{CacheEvent, Source};
use stead::{AcquireError, AcquireOptions, Caller, Credential, Jwt, Obo, Target};
use tokio::task::JoinSet;

const ROWS: &str = "api://company-data/Rows.Read";

#[tokio::test]
async fn kg_18_five_hundred_who_ask_the_same_at_once_cause_one_exchange() {
    let world = World::new().await;
    let (obo, caller) = (world.obo(), world.caller("alice"));
    let mut all = JoinSet::new();
    for _ in 0..500 {
        let (obo, caller) = (obo.clone(), caller.clone());
        all.spawn(async move { obo.token(&caller, ROWS).await.unwrap().expose().to_owned() });
    }
    for token in all.join_all().await {
        assert_eq!(token, "alice|api://company-data Rows.Read|0");
    }
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test]
async fn kg_09_two_hundred_users_at_once_each_get_their_own() {
    let world = World::new().await;
    let obo = world.obo();
    let mut all = JoinSet::new();
    for number in 0..1000 {
        let (obo, caller) = (obo.clone(), world.caller(&format!("user-{}", number % 200)));
        let target = format!("api://data-{}/Rows.Read", number % 3);
        all.spawn(async move {
            let token = obo.token(&caller, &target).await.unwrap();
            (caller.subject().to_string(), target, token.expose().to_owned())
        });
    }
    for (user, target, token) in all.join_all().await {
        let resource = target.strip_suffix("/Rows.Read").unwrap();
        assert!(token.starts_with(&format!("{user}|{resource} Rows.Read|")), "{user}: {token}");
    }
}

#[tokio::test]
async fn another_question_is_another_exchange_and_the_order_of_scopes_is_none() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let both = "api://company-data/Rows.Read api://company-data/Rows.Write";
    let turned = "api://company-data/Rows.Write api://company-data/Rows.Read";
    obo.token(&alice, both).await.unwrap();
    obo.token(&alice, turned).await.unwrap();
    assert_eq!(world.exchanges(), 1);
    obo.token(&alice, ROWS).await.unwrap();
    obo.token(&alice, "api://company-data/.default").await.unwrap();
    let challenged = AcquireOptions { claims: Some("{}".into()), ..AcquireOptions::default() };
    obo.token_with(&alice, &Target::parse(ROWS).unwrap(), challenged).await.unwrap();
    obo.token(&world.caller("bob"), ROWS).await.unwrap();
    assert_eq!(world.exchanges(), 5);
}

#[tokio::test]
async fn the_next_token_is_fetched_behind_the_scenes_when_a_minute_is_left() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    obo.token(&alice, ROWS).await.unwrap();
    world.pass(239);
    obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(world.exchanges(), 1);
    world.pass(1);
    // While the provider thinks, the old one is given to everybody, and nobody asks it a second time.
    world.hesitates(true);
    for _ in 0..3 {
        let old = obo.token(&alice, ROWS).await.unwrap();
        assert_eq!(old.expose(), "alice|api://company-data Rows.Read|0");
    }
    world.asked_times(2).await;
    world.hesitates(false);
    until(async || obo.token(&alice, ROWS).await.unwrap().expose().ends_with("|1")).await;
    assert_eq!(world.exchanges(), 2);
}

#[tokio::test]
async fn a_token_with_thirty_seconds_left_is_given_to_nobody() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    obo.token(&alice, ROWS).await.unwrap();
    world.pass(270);
    let renewed = obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(renewed.expose(), "alice|api://company-data Rows.Read|1");
}

#[tokio::test]
async fn a_challenge_or_a_refusal_behind_the_scenes_ends_the_old_token() {
    for body in [
        json!({ "error": "interaction_required", "claims": "{}" }),
        json!({ "error": "invalid_grant" }),
    ] {
        let is_challenge = body.get("claims").is_some();
        let world = World::new().await;
        let (obo, alice) = (world.obo(), world.caller("alice"));
        obo.token(&alice, ROWS).await.unwrap();
        world.answers(move |_| says(400, body.clone()));
        world.pass(240);
        obo.token(&alice, ROWS).await.unwrap();
        until(async || obo.token(&alice, ROWS).await.is_err()).await;
        let refused = obo.token(&alice, ROWS).await.unwrap_err();
        assert_eq!(matches!(refused, AcquireError::Challenge(_)), is_challenge, "{refused:?}");
    }
}

#[tokio::test]
async fn a_token_that_ends_with_the_one_it_came_from_is_not_renewed_in_vain() {
    let world = World::new().await;
    world.answers(|asked| {
        let body = json!({ "access_token": asked.number.to_string(), "token_type": "Bearer", "expires_in": 86400 });
        says(200, body)
    });
    let (obo, alice) = (world.obo(), world.caller("alice"));
    obo.token(&alice, ROWS).await.unwrap();
    world.pass(3599);
    assert_eq!(
        obo.acquire(&alice, ROWS, AcquireOptions::default()).await.unwrap().source,
        Source::Cache
    );
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test]
async fn a_token_that_a_resource_refused_is_replaced_once_however_many_were_refused() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let refused = obo.token(&alice, ROWS).await.unwrap();
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (obo, alice, refused) = (obo.clone(), alice.clone(), refused.clone());
        let options = AcquireOptions::default();
        all.spawn(async move { obo.token_instead_of(&refused, &alice, ROWS, options).await });
    }
    for token in all.join_all().await {
        let token = token.unwrap().unwrap();
        assert_eq!(token.expose(), "alice|api://company-data Rows.Read|1");
    }
    assert_eq!(world.exchanges(), 2);
    world.pass(5);
    // And if the provider is away by then, the refused one is not given again.
    let refused = obo.token(&alice, ROWS).await.unwrap();
    world.answers(|_| says(503, json!({})));
    let none = obo.token_instead_of(&refused, &alice, ROWS, AcquireOptions::default()).await;
    assert!(matches!(none, Err(AcquireError::Unavailable { .. })));
}

#[tokio::test]
async fn a_resource_that_takes_no_token_at_all_costs_one_exchange_in_five_seconds_and_user() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let another = async |caller: &Caller, target| {
        let refused = obo.token(caller, target).await.unwrap();
        obo.token_instead_of(&refused, caller, target, AcquireOptions::default()).await.unwrap()
    };
    assert!(another(&alice, ROWS).await.is_some());
    for _ in 0..3 {
        assert!(another(&alice, ROWS).await.is_none());
        assert!(another(&again(&alice), ROWS).await.is_none());
    }
    assert_eq!(world.exchanges(), 2);
    // Others, and other resources, are asked for as ever; so is she when the time is over.
    assert!(another(&world.caller("bob"), ROWS).await.is_some());
    assert!(another(&alice, "api://mail/Mail.Read").await.is_some());
    world.pass(4);
    assert!(another(&alice, ROWS).await.is_none());
    world.pass(1);
    assert!(another(&alice, ROWS).await.is_some());
    assert!(another(&alice, ROWS).await.is_none());
    assert_eq!(world.exchanges(), 7);
}

#[tokio::test]
async fn a_token_is_not_kept_past_the_end_of_the_one_it_came_from() {
    let world = World::new().await;
    world.answers(|asked| {
        let body = json!({ "access_token": asked.number.to_string(), "token_type": "Bearer", "expires_in": 86400 });
        says(200, body)
    });
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let token = obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(token.expires(), alice.expires());
    world.pass(3600);
    assert_eq!(obo.token(&alice, ROWS).await.unwrap().expose(), "1");
}

#[tokio::test]
async fn a_refusal_stands_for_five_seconds_for_that_user_alone() {
    let world = World::new().await;
    world.answers(|asked| match asked.user().as_str() {
        "mallory" => says(400, json!({ "error": "invalid_grant" })),
        _ => issue(asked),
    });
    let (obo, mallory) = (world.obo(), world.caller("mallory"));
    assert!(matches!(obo.token(&mallory, ROWS).await, Err(AcquireError::Denied(_))));
    assert!(matches!(obo.token(&mallory, ROWS).await, Err(AcquireError::Denied(_))));
    assert!(obo.token(&world.caller("alice"), ROWS).await.is_ok());
    assert_eq!(world.exchanges(), 2);
    world.pass(5);
    assert!(matches!(obo.token(&mallory, ROWS).await, Err(AcquireError::Denied(_))));
    assert_eq!(world.exchanges(), 3);
}

#[tokio::test]
async fn neither_trouble_nor_a_challenge_is_kept() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    world.answers(|_| says(503, json!({})));
    assert!(matches!(obo.token(&alice, ROWS).await, Err(AcquireError::Unavailable { .. })));
    world.answers(|_| says(400, json!({ "error": "interaction_required", "claims": "{}" })));
    assert!(matches!(obo.token(&alice, ROWS).await, Err(AcquireError::Challenge(_))));
    world.answers(issue);
    assert!(obo.token(&alice, ROWS).await.is_ok());
    // The 503 was asked twice.
    assert_eq!(world.exchanges(), 4);
}

#[tokio::test]
async fn kg_17_the_old_token_serves_its_time_while_the_provider_is_away() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    obo.token(&alice, ROWS).await.unwrap();
    world.answers(|_| says(503, json!({})));
    world.pass(280);
    for _ in 0..3 {
        let token = obo.token(&alice, ROWS).await.unwrap();
        assert_eq!(token.expose(), "alice|api://company-data Rows.Read|0");
    }
    // Twice for the first of the three; the others did not ask again.
    assert_eq!(world.exchanges(), 3);
    world.pass(20);
    assert!(matches!(obo.token(&alice, ROWS).await, Err(AcquireError::Unavailable { .. })));
}

#[tokio::test]
async fn an_old_token_does_not_outlive_a_refusal() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    obo.token(&alice, ROWS).await.unwrap();
    world.answers(|_| says(400, json!({ "error": "invalid_grant" })));
    world.pass(280);
    assert!(matches!(obo.token(&alice, ROWS).await, Err(AcquireError::Denied(_))));
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_take_the_exchange_away_from_the_others() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    world.hesitates(true);
    let ask = |obo: Obo, alice: Caller| async move { obo.token(&alice, ROWS).await };
    let first = tokio::spawn(ask(obo.clone(), alice.clone()));
    world.asked_times(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());

    let second = tokio::spawn(ask(obo, alice));
    world.hesitates(false);
    let token = second.await.unwrap().unwrap();
    assert_eq!(token.expose(), "alice|api://company-data Rows.Read|0");
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test]
async fn tokens_that_share_all_but_the_end_are_two_questions() {
    let world = World::new().await;
    world.answers(|asked| {
        let body = json!({ "access_token": asked.number.to_string(), "token_type": "Bearer", "expires_in": 300 });
        says(200, body)
    });
    let obo = world.obo();
    let front = world.caller("alice").token().expose().to_owned();
    let claims = world.caller("alice").claims().clone();
    for number in 0..3 {
        // A signature nobody checks here: whoever has a `Caller` has verified it.
        let token = stead::Jwt::new(format!("{front}{number}"));
        obo.token(&Caller::from_verified(token, claims.clone()), ROWS).await.unwrap();
    }
    assert_eq!(world.exchanges(), 3);
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let world = World::new().await;
    let builder = world.builder(stead::Credential::secret("s3cret"));
    let obo = builder.cache_bytes(16 * 1024).build().unwrap();
    let callers: Vec<Caller> = (0..300).map(|n| world.caller(&format!("user-{n}"))).collect();
    for caller in &callers {
        obo.token(caller, ROWS).await.unwrap();
    }
    assert_eq!(world.exchanges(), 300);
    // Of those who came last some are still there, of all of them not.
    obo.token(callers.last().unwrap(), ROWS).await.unwrap();
    assert_eq!(world.exchanges(), 300);
    for caller in &callers {
        obo.token(caller, ROWS).await.unwrap();
    }
    assert!(world.exchanges() > 400, "{}", world.exchanges());
}

/// Another caller with the same token, as in a process that does not remember who was verified.
fn again(caller: &Caller) -> Caller {
    Caller::from_verified(Jwt::new(caller.token().expose()), caller.claims().clone())
}

#[tokio::test]
async fn whoever_wants_a_newer_token_and_gets_none_takes_the_good_one_from_nobody() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let good = obo.token(&alice, ROWS).await.unwrap();
    let newer = || obo.token_newer_than(&good, &alice, ROWS, AcquireOptions::default());
    for (status, error) in [(503, "x"), (401, "invalid_client")] {
        world.answers(move |_| says(status, json!({ "error": error })));
        newer().await.unwrap_err();
        assert_eq!(obo.token(&again(&alice), ROWS).await.unwrap().expose(), good.expose());
    }
    world.answers(issue);
    let next = newer().await.unwrap();
    assert_ne!(next.expose(), good.expose());
    assert_eq!(obo.token(&again(&alice), ROWS).await.unwrap().expose(), next.expose());
}

#[tokio::test]
async fn a_token_that_a_resource_refused_is_given_to_nobody_any_more() {
    let world = World::new().await;
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let callers = [alice.clone(), again(&alice)];
    let given = async || {
        let mut given = Vec::new();
        // Often enough for it to lie beside each of them.
        for caller in callers.iter().cycle().take(6) {
            given.push(obo.token(caller, ROWS).await.unwrap());
        }
        given
    };
    let first = given().await;
    let refused = first.first().unwrap();
    let next = obo.token_instead_of(refused, &alice, ROWS, AcquireOptions::default());
    let next = next.await.unwrap().unwrap();
    assert_ne!(next.expose(), refused.expose());
    assert!(given().await.iter().all(|token| token.expose() == next.expose()));
    assert_eq!(world.exchanges(), 2);
}

#[tokio::test]
async fn what_lies_beside_a_caller_is_of_one_application_and_one_target() {
    let world = World::new().await;
    let (reports, other, alice) = (world.obo(), world.obo(), world.caller("alice"));
    for _ in 0..3 {
        let rows = reports.token(&alice, ROWS).await.unwrap();
        let mail = reports.token(&alice, "api://mail/Mail.Read").await.unwrap();
        let others = other.token(&alice, ROWS).await.unwrap();
        let given = [&rows, &mail, &others].map(|token| token.expose().to_owned());
        let expected = [
            "alice|api://company-data Rows.Read|0",
            "alice|api://mail Mail.Read|1",
            "alice|api://company-data Rows.Read|2",
        ];
        assert_eq!(given, expected);
    }
}

#[tokio::test]
async fn whoever_watches_hears_what_happens_in_the_cache() {
    let world = World::new().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let obo = world
        .builder(Credential::secret("s3cret"))
        .cache_bytes(20_000)
        .watch_cache(move |event| ears.lock().unwrap().push(event))
        .build()
        .unwrap();
    let heard = || std::mem::take(&mut *heard.lock().unwrap());
    let alice = world.caller("alice");
    let token = obo.token(&alice, ROWS).await.unwrap();
    obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(heard(), [CacheEvent::Miss, CacheEvent::Hit]);
    obo.token_instead_of(&token, &alice, ROWS, AcquireOptions::default()).await.unwrap();
    assert_eq!(heard(), [CacheEvent::Miss]);
    world.pass(250);
    obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(heard(), [CacheEvent::Refresh]);

    world.answers(|_| says(400, json!({ "error": "invalid_grant" })));
    let bob = world.caller("bob");
    for _ in 0..2 {
        obo.token(&bob, ROWS).await.unwrap_err();
    }
    assert_eq!(heard(), [CacheEvent::Miss, CacheEvent::Negative]);
    world.answers(issue);
    for number in 0..300 {
        obo.token(&world.caller(&format!("user-{number}")), ROWS).await.unwrap();
    }
    assert!(heard().contains(&CacheEvent::Evict));
}
