//! What rests is as good as what is ready: a cache that has little room for ready tokens answers like one that has all.

use crate::stub::{DATA, World, says};
use axum::response::Response;
use serde_json::json;
use std::sync::{Arc, Mutex};
use stead::client::{CacheEvent, Source};
use stead::verify::{CallerClaims, TokenProblem};
use stead::{
    AccessToken, AcquireError, AcquireOptions, Caller, Credential, Jwt, Obo, Seconds, Target,
    Verifier, VerifyError,
};
use stead_proto::digest::base64url;
use stead_proto::jwt::{Algorithm, JwtError, SigningKey, Typ};

const USERS: usize = 60;
const TARGETS: usize = 4;
const STEPS: usize = 6_000;

/// A user's token, to make a caller of that nothing lies beside.
struct User(Jwt, CallerClaims);

impl User {
    fn new(world: &World, number: usize) -> Self {
        let caller = world.caller(&format!("user-{number}"));
        Self(caller.token().clone(), caller.claims().clone())
    }

    fn caller(&self) -> Caller {
        Caller::from_verified(self.0.clone(), self.1.clone())
    }
}

/// A cache, and the provider that it asks.
struct Side {
    world: World,
    obo: Obo,
    users: Vec<User>,
}

impl Side {
    /// One with so much room for what is ready. Nothing is renewed behind the scenes, so that one thing comes after
    /// the other.
    async fn new(ready: u64) -> Self {
        let world = World::new().await;
        world.answers(|asked| issued_or_not(asked.number, &asked.user(), asked.get("audience")));
        let builder = world.builder(Credential::secret("s3cret")).margins(Seconds(30), Seconds(30));
        let obo = builder.cache_bytes(4 * 1024 * 1024).ready_bytes(ready).build().unwrap();
        let users = (0..USERS).map(|number| User::new(&world, number)).collect();
        Self { world, obo, users }
    }

    async fn do_as(
        &self,
        step: Step,
        before: Option<&AccessToken>,
    ) -> Result<Option<AccessToken>, AcquireError> {
        self.world.pass(step.pass);
        let caller = self.users.get(step.user).unwrap().caller();
        let target = Target::parse(&format!("api://data-{}/Rows.Read", step.target)).unwrap();
        let options = AcquireOptions::default();
        match before {
            Some(refused) => self.obo.token_instead_of(refused, &caller, target, options).await,
            None => self.obo.token_with(&caller, target, options).await.map(Some),
        }
    }
}

/// What both are asked.
#[derive(Clone, Copy)]
struct Step {
    user: usize,
    target: usize,
    pass: i64,
    refused: bool,
}

/// Now a JWT, now something opaque, now a challenge: by the number of the question alone. What is kept for a moment
/// only, refusals and old tokens in the provider's trouble, a cache without room may lose.
fn issued_or_not(number: usize, user: &str, target: &str) -> Response {
    let claims = json!({ "sub": user, "aud": target, "number": number, "exp": i64::MAX });
    let jwt = ["{\"alg\":\"none\"}".to_owned(), claims.to_string(), format!("signature {number}")];
    let token = match number % 7 {
        0 => return says(400, json!({ "error": "interaction_required", "claims": "{}" })),
        2 => format!("{user}~{target}~{number}"),
        _ => jwt.map(|part| base64url(part.as_bytes())).join("."),
    };
    let life = 100 + number % 200;
    says(
        200,
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": life, "scope": "Rows.Read" }),
    )
}

#[tokio::test]
async fn a_cache_of_which_most_rests_answers_like_one_of_which_all_is_ready() {
    let (plain, resting) = (Side::new(4 * 1024 * 1024).await, Side::new(20_000).await);
    let mut dice = fastrand::Rng::with_seed(20_261_123);
    let mut tokens = 0;
    for number in 0..STEPS {
        let step = Step {
            user: dice.usize(..USERS),
            target: dice.usize(..TARGETS),
            pass: i64::from(dice.u8(..8) == 0),
            refused: dice.u8(..12) == 0,
        };
        let answers = [plain.do_as(step, None).await, resting.do_as(step, None).await];
        tokens += same(&answers, number);
        if let [Ok(Some(one)), Ok(Some(other))] = &answers
            && step.refused
        {
            let step = Step { pass: 0, ..step };
            let next = [plain.do_as(step, Some(one)).await, resting.do_as(step, Some(other)).await];
            same(&next, number);
        }
    }
    assert_eq!(plain.world.exchanges(), resting.world.exchanges());
    // Most were kept, or nothing was tried.
    assert!(tokens > 4_000 && resting.world.exchanges() < 3_000, "{tokens}");
}

/// Both are the same, to the last byte; how many tokens that is.
fn same(answers: &[Result<Option<AccessToken>, AcquireError>; 2], number: usize) -> usize {
    match answers {
        [Ok(Some(one)), Ok(Some(other))] => {
            assert_eq!(one.expose(), other.expose(), "{number}");
            let about = |token: &AccessToken| (token.expires(), token.scope().map(str::to_owned));
            assert_eq!(about(one), about(other), "{number}");
            1
        }
        [one, other] => {
            let without = |answer: &Result<Option<AccessToken>, AcquireError>| match answer {
                Ok(token) => Ok(token.is_some()),
                Err(error) => Err(error.clone()),
            };
            assert_eq!(without(one), without(other), "{number}");
            0
        }
    }
}

#[tokio::test]
async fn many_tokens_rest_in_the_room_of_few() {
    let world = World::new().await;
    world
        .answers(|asked| issued_or_not(3 + asked.number * 7, &asked.user(), asked.get("audience")));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let builder = world.builder(Credential::secret("s3cret"));
    let builder = builder.watch_cache(move |event| ears.lock().unwrap().push(event));
    let obo = builder.cache_bytes(100_000).ready_bytes(10_000).build().unwrap();
    let users: Vec<_> = (0..300).map(|number| User::new(&world, number)).collect();
    for (round, source) in [(0, Source::Exchange), (1, Source::Cache), (2, Source::Cache)] {
        for user in &users {
            let target = "api://data/Rows.Read";
            let acquired = obo.acquire(&user.caller(), target, AcquireOptions::default()).await;
            assert_eq!(acquired.unwrap().source, source, "{round}");
        }
        assert_eq!(obo.kept(), 300);
    }
    assert_eq!(world.exchanges(), 300);
    assert!(!heard.lock().unwrap().contains(&CacheEvent::Evict));
}

/// A verifier with room for next to nobody who is ready.
fn verifier(world: &World) -> Verifier {
    let builder = Verifier::builder().provider(world.provider()).audience(DATA);
    builder.memory_bytes(100_000).ready_bytes(1_000).build().unwrap()
}

#[tokio::test]
async fn whoever_rests_is_let_in_as_before_and_nobody_in_their_place() {
    let world = World::new().await;
    let verifier = verifier(&world);
    let token =
        |number: usize| {
            world.sign(&world.claims_with(
                &json!({ "jti": number.to_string(), "sub": format!("user-{number}") }),
            ))
        };
    let tokens: Vec<_> = (0..100).map(token).collect();
    for round in 0..3 {
        for (number, token) in tokens.iter().enumerate() {
            let caller = verifier.verify(token).await.unwrap();
            assert_eq!(caller.subject().as_str(), format!("user-{number}"), "{round}");
        }
    }
    assert!(format!("{verifier:?}").contains("100 at rest"), "{verifier:?}");
    // With another's signature, or with none.
    for pair in tokens.windows(2) {
        let [one, other] = pair else { continue };
        let (front, own) = one.expose().rsplit_once('.').unwrap();
        let (_, others) = other.expose().rsplit_once('.').unwrap();
        let turned = Jwt::new(format!("{front}.{others}"));
        assert_eq!(verifier.verify(&turned).await.unwrap_err(), JwtError::BadSignature.into());
        for broken in [format!("{front}."), format!("{front}.{own}A")] {
            let refused = verifier.verify(&Jwt::new(broken)).await.unwrap_err();
            assert!(
                matches!(refused, VerifyError::InvalidToken(TokenProblem::Jwt(_))),
                "{refused}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_rests_is_let_in_no_longer_than_whoever_is_ready() {
    let world = World::new().await;
    let verifier = verifier(&world);
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();
    assert!(format!("{verifier:?}").contains("1 at rest"), "{verifier:?}");
    world.pass(-31);
    assert_eq!(verifier.verify(&token).await.unwrap_err(), JwtError::IssuedInTheFuture.into());
    world.pass(31 + 3629);
    assert!(verifier.verify(&token).await.is_ok());
    world.pass(1);
    assert_eq!(verifier.verify(&token).await.unwrap_err(), JwtError::Expired.into());
}

#[tokio::test]
async fn a_key_that_is_withdrawn_takes_those_along_who_rest() {
    let world = World::new().await;
    let verifier = verifier(&world);
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();
    assert!(format!("{verifier:?}").contains("1 at rest"), "{verifier:?}");
    let (next, _) = SigningKey::generate(Algorithm::EdDsa).unwrap();
    world.publish([next.public_jwk()]);
    let by_next = next.sign(Typ::AccessToken, &world.claims()).unwrap();
    verifier.verify(&by_next).await.unwrap();
    assert_eq!(verifier.verify(&token).await.unwrap_err(), JwtError::UnknownKey.into());
}
