//! Never a crossing: many users, targets and actors at once, tokens that run out and are refused, a provider that
//! fails in every way. Whatever is answered names its user, target and actor.

use crate::stub::World;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use stead::{
    AccessToken, AcquireError, AcquireOptions, Caller, Credential, Jwt, Obo, Seconds, Target,
};
use stead_proto::grants::ActorToken;
use stead_proto::jwt::Unverified;
use stead_proto::token_type::TokenType;
use stub_provider::crossing::{Dice, Drawn, USERS, at_once, moody};

/// How many ask at a time, and how often each does.
const TASKS: usize = 48;
const ASKED: usize = 150;

/// Who wants what, through whom.
struct Wanted {
    caller: Caller,
    resource: String,
    actor: String,
}

impl Wanted {
    /// Whether a token was made for it.
    fn is_met_by(&self, token: &AccessToken) -> bool {
        let token = Jwt::new(token.expose());
        let claims = Unverified::parse(&token).unwrap().claims_for_display();
        let says = ["sub", "aud", "actor_token"].map(|name| claims.get(name).cloned());
        let user = self.caller.subject().as_str();
        says == [user, &self.resource, &self.actor].map(|wanted| Some(json!(wanted)))
    }

    fn target(&self) -> Target {
        Target::parse(&format!("{}/Rows.Read", self.resource)).unwrap()
    }

    fn options(&self) -> AcquireOptions {
        let token = Jwt::new(self.actor.as_str());
        let actor_token = Some(ActorToken { token, token_type: TokenType::Jwt });
        AcquireOptions { actor_token, ..AcquireOptions::default() }
    }
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

    fn wanted(&self, Drawn { user, target, actor }: Drawn) -> Wanted {
        Wanted {
            caller: self.callers.get(user).unwrap().clone(),
            resource: format!("api://data-{target}"),
            actor: format!("agent-{actor}"),
        }
    }

    async fn ask_often(self: Arc<Self>, mut dice: Dice) {
        for _ in 0..ASKED {
            self.ask(&mut dice).await;
        }
    }

    async fn ask(&self, dice: &mut Dice) {
        let wanted = self.wanted(dice.draw());
        let (caller, target, options) = (&wanted.caller, wanted.target(), wanted.options());
        let answer = self.obo.token_with(caller, &target, options.clone()).await;
        let Some(token) = self.checked(answer, &wanted) else { return };
        if dice.is_refused() {
            let next = self.obo.token_instead_of(&token, caller, &target, options).await;
            if let Some(next) = next.transpose().and_then(|next| self.checked(next, &wanted)) {
                assert_ne!(next.expose(), token.expose(), "a refused token was given again");
            }
        }
        if let Some(seconds) = dice.seconds() {
            self.world.pass(seconds);
        }
    }

    fn checked(
        &self,
        answer: Result<AccessToken, AcquireError>,
        wanted: &Wanted,
    ) -> Option<AccessToken> {
        let Ok(token) = answer else {
            self.errors.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        assert!(wanted.is_met_by(&token), "{}", token.expose());
        self.tokens.fetch_add(1, Ordering::Relaxed);
        Some(token)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kg_09_of_two_hundred_users_twenty_targets_and_five_actors_none_gets_anothers_token() {
    let party = Party::new().await;
    at_once(TASKS, |dice| Arc::clone(&party).ask_often(dice)).await;
    let (tokens, errors) =
        (party.tokens.load(Ordering::Relaxed), party.errors.load(Ordering::Relaxed));
    let exchanges = party.world.exchanges();
    // Enough of each, or nothing was tried.
    assert!(tokens > 2_000 && errors > 300 && exchanges > 1_500, "{tokens} {errors} {exchanges}");
}
