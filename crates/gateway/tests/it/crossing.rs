//! Never a crossing (KG-09): many users, targets and actors at once, through the gateway, while tokens run out and are
//! refused and the provider fails in every way. Whatever reaches a service names the user, target and actor of the
//! request that it came with.

use crate::stub::Beside;
use std::collections::BTreeMap;
use std::sync::Arc;
use stead::Seconds;
use stead_gateway::config::{Breaker, Cache, WhenDown};
use stub_provider::crossing::{ACTORS, Dice, Drawn, USERS, at_once, moody};

/// How many ask at a time, and how often each does.
const TASKS: usize = 40;
const ASKED: usize = 100;

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
    async fn ask_often(self: Arc<Self>, mut dice: Dice) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        for _ in 0..ASKED {
            let Drawn { user, target, actor } = dice.draw();
            let path = format!("/{target}/user-{user}/app-{actor}");
            if dice.is_refused() {
                // Whoever comes next is refused, and so another token fetched.
                self.beside.upstream.next(401, &[]);
            }
            if let Some(seconds) = dice.seconds() {
                self.beside.stub.pass(seconds);
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
    let each = at_once(TASKS, |dice| Arc::clone(&party).ask_often(dice)).await;
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
    let exchanges = party.beside.stub.exchanges();
    let tried = [of(200) > 1_500, of(503) > 100, of(403) > 20, of(401) > 20, exchanges > 1_000];
    assert_eq!(tried, [true; 5], "{each:?} {exchanges}");
}
