//! What is revoked here, APIs hear, and refuse.

use std::fs::read;
use std::sync::Arc;
use std::time::Duration;
use stead::verify::{Feed, TokenProblem, WhenBroken};
use stead::{Clock, Credential, Jwt, Provider, Seconds, Transport, Verifier, VerifyError};
use stead_core::model::revocation::Ancestor;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::id::KeyId;
use stead_proto::jwt::Unverified;
use testkit::{API_A_SECRET, World};
use tokio::task::yield_now;
use tokio::time::timeout;

fn feed() -> Feed {
    Feed::new("api-a", Credential::secret(API_A_SECRET)).unwrap()
}

/// `api-a`, verifying.
fn api_a(world: &World, feed: Feed) -> Verifier {
    let ca = read(world.running().ca_certificate().unwrap()).unwrap();
    let clock = Arc::clone(world.clock());
    let transport = Transport::builder().root_certificates_pem(&ca).unwrap();
    // A debug build among many tests is slow.
    let transport = transport.timeouts(Duration::from_secs(9), Duration::from_secs(20));
    let provider = Provider::builder(world.t1().issuer())
        .transport(transport.build().unwrap())
        .clock(Clock::new(move || clock.now()))
        .build()
        .unwrap();
    Verifier::builder().provider(provider).audience("api://a").feed(feed).build().unwrap()
}

async fn token(world: &World, user: &str) -> Jwt {
    Jwt::new(world.t1().token_for_a(user).await)
}

fn claims(token: &Jwt) -> AccessTokenClaims {
    let claims = Unverified::parse(token).unwrap().claims_for_display();
    serde_json::from_value(claims).unwrap()
}

/// Waits until it is so.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            yield_now().await;
        }
    };
    timeout(Duration::from_mins(1), waiting).await.unwrap();
}

async fn is_revoked(verifier: &Verifier, token: &Jwt) -> bool {
    match verifier.verify(token).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error, TokenProblem::Revoked.into());
            assert_eq!(error.status(), 401);
            true
        }
    }
}

/// Everything a token descends from ends it, and nobody else's.
async fn hears_of_everything(world: World) {
    let verifier = api_a(&world, feed());
    verifier.caught_up().await;
    let bob = token(&world, "bob").await;
    let told = |claims: AccessTokenClaims| {
        [
            Ancestor::Session(claims.sid.unwrap()),
            Ancestor::Token(claims.jti),
            Ancestor::Family(claims.lineage.families.into_iter().next().unwrap()),
            Ancestor::User(claims.sub),
        ]
    };
    for which in 0..told(claims(&bob)).len() {
        // A user is dead for all that began before: what begins later is not.
        world.advance(Seconds(1));
        let alice = token(&world, "alice").await;
        let caller = verifier.verify(&alice).await.unwrap();
        let about = told(claims(&alice)).into_iter().nth(which).unwrap();
        world.revoke(about).await;
        until(async || is_revoked(&verifier, &alice).await).await;
        assert_eq!(verifier.recheck(&caller), Err(TokenProblem::Revoked.into()));
        let bob = verifier.verify(&bob).await.unwrap();
        assert_eq!(verifier.recheck(&bob), Ok(()));
    }
    world.revoke(Ancestor::Client(claims(&bob).client_id)).await;
    until(async || is_revoked(&verifier, &bob).await).await;
}

#[tokio::test]
async fn fe_01_what_is_revoked_is_refused_by_who_follows() {
    hears_of_everything(World::new().await).await;
}

#[tokio::test]
async fn fe_01_what_is_revoked_is_refused_by_who_follows_on_sqlite() {
    hears_of_everything(World::on_sqlite().await).await;
}

#[tokio::test]
async fn fe_01_whose_key_was_revoked_is_heard_of_by_whoever_holds_on_to_a_caller() {
    let world = World::new().await;
    let verifier = api_a(&world, feed());
    verifier.caught_up().await;
    let alice = verifier.verify(&token(&world, "alice").await).await.unwrap();
    assert_eq!(verifier.recheck(&alice), Ok(()));
    world.revoke(Ancestor::Key(KeyId::parse(world.forge("t1").kid()).unwrap())).await;
    let revoked = Err(TokenProblem::Revoked.into());
    until(async || verifier.recheck(&alice) == revoked).await;
}

#[tokio::test]
async fn fe_02_what_is_revoked_at_one_node_is_told_by_another() {
    let here = World::on_postgresql().await;
    let there = here.node().await;
    let verifier = api_a(&here, feed());
    verifier.caught_up().await;
    let [alice, bob] = [token(&here, "alice").await, token(&here, "bob").await];
    assert!(verifier.verify(&alice).await.is_ok());
    there.revoke(Ancestor::Session(claims(&alice).sid.unwrap())).await;
    until(async || is_revoked(&verifier, &alice).await).await;
    assert!(verifier.verify(&bob).await.is_ok());
}

#[tokio::test]
async fn fe_03_what_was_revoked_before_is_told_first_and_to_who_does_not_follow_nothing() {
    let world = World::new().await;
    let alice = token(&world, "alice").await;
    world.revoke(Ancestor::Token(claims(&alice).jti)).await;
    let verifier = api_a(&world, feed());
    verifier.caught_up().await;
    assert!(is_revoked(&verifier, &alice).await);
    assert_eq!(verifier.feeds()[0].facts, 1);
    // Nobody has to remember for longer than a token can live.
    world.advance(Seconds(86_400 + 300));
    let later = api_a(&world, feed());
    later.caught_up().await;
    assert_eq!(later.feeds()[0].facts, 0);
}

#[tokio::test]
async fn fe_04_after_a_restart_it_is_heard_again_and_what_was_known_stays_known() {
    let world = World::on_sqlite().await;
    let (goes_on, refuses) =
        (api_a(&world, feed()), api_a(&world, feed().when_broken(WhenBroken::Refuse)));
    let both = [&goes_on, &refuses];
    let names = ["alice", "bob", "mallory"];
    let mut tokens = Vec::new();
    for name in names {
        tokens.push(token(&world, name).await);
    }
    world.revoke(Ancestor::Token(claims(&tokens[0]).jti)).await;
    for verifier in both {
        verifier.caught_up().await;
        assert!(is_revoked(verifier, &tokens[0]).await);
        assert!(verifier.verify(&tokens[1]).await.is_ok());
    }

    let stopped = world.stopped().await;
    assert!(goes_on.verify(&tokens[1]).await.is_ok());
    assert!(refuses.verify(&tokens[1]).await.is_ok(), "it is not yet broken for long");
    stopped.clock().advance(Seconds(31));
    assert!(goes_on.verify(&tokens[1]).await.is_ok());
    let unavailable = VerifyError::Unavailable { retry_after: Some(Seconds(1)) };
    assert_eq!(refuses.verify(&tokens[1]).await.unwrap_err(), unavailable);
    for verifier in both {
        assert!(is_revoked(verifier, &tokens[0]).await);
        assert!(verifier.feeds()[0].broken);
    }

    let world = stopped.started().await;
    world.revoke(Ancestor::Token(claims(&tokens[2]).jti)).await;
    for verifier in both {
        until(async || !verifier.feeds()[0].broken).await;
        until(async || is_revoked(verifier, &tokens[2]).await).await;
        assert!(is_revoked(verifier, &tokens[0]).await);
        assert!(verifier.verify(&tokens[1]).await.is_ok());
    }
}

#[tokio::test]
async fn fe_05_a_verifier_that_may_not_follow_refuses_if_it_was_told_to_and_goes_on_if_not() {
    let world = World::new().await;
    let alice = token(&world, "alice").await;
    let wrong = || Feed::new("api-a", Credential::secret("wrong")).unwrap();
    let goes_on = api_a(&world, wrong());
    assert!(goes_on.verify(&alice).await.is_ok());
    assert!(goes_on.feeds()[0].broken);
    let refuses = api_a(&world, wrong().when_broken(WhenBroken::Refuse));
    assert_eq!(refuses.verify(&alice).await.unwrap_err().status(), 503);
}
