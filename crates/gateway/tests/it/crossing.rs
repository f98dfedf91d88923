//! Never a crossing (KG-09): many users, targets and actors at once, through the gateway, while tokens run out and are
//! refused and the provider fails in every way. Whatever reaches a service names the user, target and actor of the
//! request that it came with.

use crate::stub::{Asked, Beside, given, says};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stead::Seconds;
use stead_gateway::config::{Breaker, Cache, WhenDown};
use tokio::task::JoinSet;

const USERS: usize = 200;
const TARGETS: usize = 20;
const ACTORS: usize = 5;
/// How many ask at a time, and how often each does.
const TASKS: usize = 40;
const ASKED: usize = 100;
/// Run by this seed; another one is as good.
const SEED: u64 = 20_261_123;

/// A provider that does well three times in four.
fn moody(asked: &Asked) -> Response {
    // A number of its own for each question, so that the moods come in the same proportion, whoever asks first.
    let mut dice = fastrand::Rng::with_seed(SEED ^ asked.number as u64);
    match dice.u8(0..24) {
        0 => says(500, &json!({})),
        1 => says(503, &json!({ "error": "temporarily_unavailable" })),
        2 => Html("<html>Back soon</html>").into_response(),
        3 => says(200, &json!({ "error": "invalid_grant" })),
        4 => says(400, &json!({ "error": "interaction_required", "claims": "{}" })),
        5 => given(asked, &json!({ "sub": "somebody-else" })),
        6 => given(asked, &json!({ "aud": "api://data-x" })),
        _ => given(asked, &json!({})),
    }
}

struct Party {
    beside: Beside,
    /// By user and actor.
    tokens: Vec<Vec<String>>,
}

impl Party {
    /// With little room, so that tokens are pushed out while others wait for them.
    async fn new() -> Arc<Self> {
        let beside = Beside::start(|config| {
            let breaker = Breaker { failures: 4, open_for: Seconds(1) };
            config.when_down = WhenDown { breaker, ..config.when_down };
            config.cache = Cache { bytes: 1024 * 1024, ..Cache::default() };
        })
        .await;
        beside.stub.answers(moody);
        let of = |user| {
            let actors = (0..ACTORS).map(|actor| format!("app-{actor}"));
            actors.map(|app| beside.stub.token(&format!("user-{user}"), &app)).collect()
        };
        let tokens = (0..USERS).map(of).collect();
        Arc::new(Self { beside, tokens })
    }

    /// What came of so many requests, by status.
    async fn ask_often(self: Arc<Self>, mut dice: fastrand::Rng) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        for _ in 0..ASKED {
            // Some are asked for much more than others, so that several ask the same at once.
            let user = dice.usize(0..USERS).min(dice.usize(0..USERS));
            let (target, actor) = (dice.usize(0..TARGETS), dice.usize(0..ACTORS));
            let path = format!("/{target}/user-{user}/app-{actor}");
            if dice.u8(0..8) == 0 {
                // Whoever comes next is refused, and so another token fetched.
                self.beside.upstream.next(401, &[]);
            }
            if dice.u8(0..32) == 0 {
                // Tokens come near their end, and past it.
                self.beside.stub.pass(dice.i64(1..40));
            }
            let status = self.beside.status(&path, &self.tokens[user][actor]).await;
            *statuses.entry(status).or_default() += 1;
        }
        statuses
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kg_09_through_the_gateway_two_hundred_users_twenty_targets_and_five_actors_never_cross() {
    let party = Party::new().await;
    let mut all = JoinSet::new();
    for task in 0..TASKS {
        all.spawn(Arc::clone(&party).ask_often(fastrand::Rng::with_seed(SEED + task as u64)));
    }
    let each = tokio::time::timeout(Duration::from_mins(5), all.join_all()).await.unwrap();
    let of = |wanted: u16| each.iter().filter_map(|it| it.get(&wanted)).sum::<usize>();

    let seen = party.beside.upstream.seen();
    for request in &seen {
        let claims = request.claims();
        let said = format!(
            "/{}/{}/{}",
            claims["aud"].as_str().unwrap().trim_start_matches("api://data-"),
            claims["sub"].as_str().unwrap(),
            claims["act"]["act"]["sub"].as_str().unwrap(),
        );
        assert_eq!(said, request.path);
    }
    // Enough of each, or nothing was tried.
    let exchanges = party.beside.stub.asked().len();
    let tried = [of(200) > 1_500, of(503) > 100, of(403) > 20, of(401) > 20, exchanges > 1_000];
    assert_eq!(tried, [true; 5], "{each:?} {exchanges}");
}
