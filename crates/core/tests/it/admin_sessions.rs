//! Sessions of users: the living are listed, however many ended before them; and whoever signs a user out
//! everywhere ends all of them, also those that began by a clock that was ahead.

use crate::world::World;
use stead_core::admin::{Admin, By};
use stead_core::commit::Change;
use stead_core::model::revocation::Ancestor;
use stead_core::model::session::Session;
use stead_proto::acr::Acr;
use stead_proto::id::{SessionId, Subject};
use stead_proto::secret::SessionSecret;
use stead_proto::time::Seconds;

/// Signs alice in, a minute after the last time.
async fn sign_in(world: &World, name: &str) -> SessionId {
    world.pass(60);
    let id = SessionId::parse(name).unwrap();
    let session = Session {
        id: id.clone(),
        user: Subject::parse("id-of-alice").unwrap(),
        secret: SessionSecret::new(name).hash(),
        started: world.now(),
        auth_time: world.now(),
        acr: Acr::Password,
        amr: Vec::new(),
        expires: world.now() + Seconds(3600 * 8),
    };
    world.write(vec![Change::PutSession(session)]).await;
    id
}

async fn listed(world: &World, limit: usize) -> Vec<String> {
    let admin = Admin::new(&world.sts, By::Server);
    let sessions = admin.sessions(None, limit, &world.moment()).await.unwrap();
    sessions.into_iter().map(|session| session.id.to_string()).collect()
}

#[tokio::test]
async fn sessions_that_ended_do_not_take_the_places_of_the_living() {
    let world = World::new().await;
    for name in ["s1", "s2", "s3"] {
        sign_in(&world, name).await;
    }
    for number in 0..20 {
        let id = sign_in(&world, &format!("gone-{number}")).await;
        world.revoke(Ancestor::Session(id)).await;
    }
    assert_eq!(listed(&world, 2).await, ["s3", "s2"]);
    assert_eq!(listed(&world, 3).await, ["s3", "s2", "s1"]);
    assert_eq!(listed(&world, 200).await, ["s3", "s2", "s1"]);
    assert!(listed(&world, 0).await.is_empty());
}

#[tokio::test]
async fn to_sign_out_everywhere_ends_what_began_before_the_clock_was_set_back_and_nothing_that_begins_after()
 {
    let world = World::new().await;
    let admin = Admin::new(&world.sts, By::Server);
    let alice = Subject::parse("id-of-alice").unwrap();
    let right = sign_in(&world, "right").await;
    world.pass(3600);
    let ahead = sign_in(&world, "ahead").await;
    world.pass(-3600);
    admin.sign_out_everywhere(&alice, &world.moment()).await.unwrap();
    assert_eq!(listed(&world, 9).await, Vec::<String>::new());
    let facts = world.sts.store.all_revocations(9).await.unwrap();
    let about: Vec<&Ancestor> = facts.iter().map(|fact| &fact.about).collect();
    // By name only what the fact about alice does not reach.
    assert!(about.contains(&&Ancestor::Session(ahead)), "{about:?}");
    assert!(!about.contains(&&Ancestor::Session(right)), "{about:?}");

    sign_in(&world, "again").await;
    assert_eq!(listed(&world, 9).await, ["again"]);
}
