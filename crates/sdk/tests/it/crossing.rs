//! Never a crossing: many users, targets and actors at once, tokens that run out and are refused, a provider that
//! fails in every way. Whatever is answered names its user, target and actor.

use crate::stub::{Asked, World, refuse};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use stead::{AcquireError, AcquireOptions, Caller, Credential, Jwt, Obo, Seconds, Target};
use stead_proto::grants::ActorToken;
use stead_proto::token_type::TokenType;
use tokio::task::JoinSet;

const USERS: usize = 200;
const TARGETS: usize = 20;
const ACTORS: usize = 5;
/// How many ask at a time, and how often each does.
const TASKS: usize = 48;
const ASKED: usize = 150;
/// Run by this seed; another one is as good.
const SEED: u64 = 20_261_123;

/// What a token was made for, as the stub writes it into it.
fn named(user: &str, target: &str, actor: &str) -> String {
    format!("{user}|{target}|{actor}|")
}

/// A provider that does well three times in four.
fn moody(asked: &Asked) -> Response {
    // A number of its own for each question, so that the moods come in the same proportion, whoever asks first.
    let mut dice = fastrand::Rng::with_seed(SEED ^ asked.number as u64);
    match dice.u8(0..24) {
        0 => refuse(500, json!({})),
        1 => refuse(503, json!({ "error": "temporarily_unavailable" })),
        2 => (StatusCode::OK, Html("<html>Back soon</html>")).into_response(),
        3 => refuse(200, json!({ "error": "invalid_grant" })),
        4 => refuse(400, json!({ "error": "interaction_required", "claims": "{}" })),
        5 => refuse(400, json!({ "error": "temporarily_unavailable" })),
        // Somebody else's: of another user's, if it can be read.
        6 => made(asked, "somebody-else"),
        _ => made(asked, &asked.subject()),
    }
}

/// A readable token, as far as anybody has to read it here.
fn made(asked: &Asked, user: &str) -> Response {
    let (target, actor) = (asked.get("audience"), asked.get("actor_token"));
    let claims = json!({
        "iss": asked.issuer(), "sub": user, "aud": target,
        "for": named(user, target, actor), "number": asked.number,
    });
    let claims = stead_proto::digest::base64url(claims.to_string().as_bytes());
    let body = json!({ "access_token": format!("e30.{claims}.c2ln"), "token_type": "Bearer", "expires_in": 300 });
    refuse(200, body)
}

fn made_for(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    let claims = stead_proto::digest::from_base64url(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims.get("for").unwrap().as_str().unwrap().to_owned()
}

struct Party {
    world: World,
    obo: Obo,
    callers: Vec<Caller>,
    tokens: AtomicUsize,
    errors: AtomicUsize,
}

impl Party {
    /// Few bytes, so that answers are laid to rest and pushed out while others wait for them.
    async fn new() -> Arc<Self> {
        let world = World::new().await;
        world.answers(moody);
        // A breaker that opens now and then, for a moment.
        let provider = world.provider_with(|builder| builder.breaker(4, Seconds(1)));
        let builder = Obo::builder().provider(provider).client_id("reports-api");
        let builder = builder.credential(Credential::secret("s")).cache_bytes(1024 * 1024);
        let builder = builder.ready_bytes(128 * 1024).budget(Duration::from_mins(1));
        let callers = (0..USERS).map(|number| world.caller(&format!("user-{number}"))).collect();
        let obo = builder.build().unwrap();
        Arc::new(Self {
            world,
            obo,
            callers,
            tokens: AtomicUsize::new(0),
            errors: AtomicUsize::new(0),
        })
    }

    async fn ask_often(self: Arc<Self>, mut dice: fastrand::Rng) {
        for _ in 0..ASKED {
            self.ask(&mut dice).await;
        }
    }

    async fn ask(&self, dice: &mut fastrand::Rng) {
        // Some are asked for much more than others, so that several ask the same at once.
        let user = dice.usize(0..USERS).min(dice.usize(0..USERS));
        let (target, actor) = (dice.usize(0..TARGETS), dice.usize(0..ACTORS));
        let caller = self.callers.get(user).unwrap();
        let resource = format!("api://data-{target}");
        let written = Target::parse(&format!("{resource}/Rows.Read")).unwrap();
        let actor = format!("agent-{actor}");
        let actor_token =
            ActorToken { token: Jwt::new(actor.as_str()), token_type: TokenType::Jwt };
        let options =
            AcquireOptions { actor_token: Some(actor_token), ..AcquireOptions::default() };
        let wanted = named(caller.subject().as_str(), &resource, &actor);

        let answer = self.obo.token_with(caller, &written, options.clone()).await;
        let Some(token) = self.checked(answer, &wanted) else { return };
        if dice.u8(0..8) == 0 {
            let next = self.obo.token_instead_of(&token, caller, &written, options).await;
            if let Some(next) = self.checked(next, &wanted) {
                assert_ne!(next.expose(), token.expose(), "a refused token was given again");
            }
        }
        if dice.u8(0..32) == 0 {
            // Tokens come near their end, and past it.
            self.world.pass(dice.i64(1..40));
        }
    }

    fn checked(
        &self,
        answer: Result<stead::AccessToken, AcquireError>,
        wanted: &str,
    ) -> Option<stead::AccessToken> {
        let Ok(token) = answer else {
            self.errors.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        assert_eq!(made_for(token.expose()), wanted);
        self.tokens.fetch_add(1, Ordering::Relaxed);
        Some(token)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kg_09_of_two_hundred_users_twenty_targets_and_five_actors_none_gets_anothers_token() {
    let party = Party::new().await;
    let mut all = JoinSet::new();
    for task in 0..TASKS {
        all.spawn(Arc::clone(&party).ask_often(fastrand::Rng::with_seed(SEED + task as u64)));
    }
    all.join_all().await;
    let (tokens, errors) =
        (party.tokens.load(Ordering::Relaxed), party.errors.load(Ordering::Relaxed));
    let exchanges = party.world.exchanges();
    // Enough of each, or nothing was tried.
    assert!(tokens > 2_000 && errors > 300 && exchanges > 1_500, "{tokens} {errors} {exchanges}");
}
