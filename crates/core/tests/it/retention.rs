//! Old records leave, and the chains tell how far.

use crate::world::World;
use stead_core::admin::{Admin, By};
use stead_core::chain::{Break, Chain, Place};
use stead_core::commit::{Change, Commit};
use stead_core::record::{Event, Outcome, Record};
use stead_core::retention::Cut;
use stead_core::sts::Sts;
use stead_proto::time::Seconds;

const SECOND: Chain = Chain(2);
const DAY: Seconds = Seconds(86_400);

async fn write(world: &World, node: &Sts) {
    let event = Event::Change { by: "test".into(), changes: vec![] };
    let record = Record::new(event, Outcome::Done, &world.moment());
    node.store.commit(Commit { changes: vec![], record }).await.unwrap();
}

async fn broken(world: &World) -> Option<Break> {
    Admin::new(&world.sts, By::Admin("ada".into())).verify_records().await.unwrap().broken
}

/// What of each chain is kept: after which record, up to which.
async fn kept(world: &World) -> Vec<(u64, u64)> {
    let ends = world.sts.store.heads().await.unwrap();
    ends.iter().map(|ends| (ends.base.seq, ends.head.seq)).collect()
}

async fn cut(world: &World, node: &Sts) {
    while node.cut_records(DAY, &world.moment()).await.unwrap() == Cut::Some {}
}

#[tokio::test]
async fn what_is_older_leaves_from_every_chain_and_the_rest_is_whole() {
    let world = World::new().await;
    let (first, second) = (&world.sts, &world.node(SECOND));
    write(&world, second).await;
    let old = kept(&world).await;
    assert_eq!(first.cut_records(DAY, &world.moment()).await.unwrap(), Cut::Nothing);

    world.pass(i64::from(DAY.0) + 1);
    write(&world, second).await;
    cut(&world, first).await;
    let (one, two) = (old[0].1, old[1].1);
    // Each chain's cut is a record of the node that made it.
    assert_eq!(kept(&world).await, [(one, one + 2), (two, two + 1)]);
    assert_eq!(broken(&world).await, None);
    assert_eq!(first.cut_records(DAY, &world.moment()).await.unwrap(), Cut::Nothing);
}

#[tokio::test]
async fn a_chain_that_nobody_writes_any_more_leaves_too_and_what_said_so_is_said_again() {
    let world = World::new().await;
    let first = &world.sts;
    write(&world, &world.node(SECOND)).await;
    for _ in 0..3 {
        world.pass(i64::from(DAY.0) + 1);
        write(&world, first).await;
        cut(&world, first).await;
        assert_eq!(broken(&world).await, None);
    }
    let kept = kept(&world).await;
    assert_eq!(kept[1], (1, 1));
}

#[tokio::test]
async fn a_beginning_that_no_record_of_a_cut_names_is_a_broken_chain() {
    let world = World::new().await;
    for _ in 0..3 {
        write(&world, &world.sts).await;
    }
    let place = Place { chain: Chain::FIRST, seq: 2 };
    let before = stead_core::chain::RecordQuery {
        limit: 1,
        ..stead_core::chain::RecordQuery::from(place.chain, place.seq)
    };
    let last = world.sts.store.records(&before).await.unwrap().remove(0);
    let through = stead_core::chain::End { seq: last.seq, hash: last.hash };
    // As somebody would do it who can write to the store and wants no trace.
    let event = Event::Change { by: "test".into(), changes: vec![] };
    let record = Record::new(event, Outcome::Done, &world.moment());
    let changes = vec![Change::CutRecords { chain: place.chain, through }];
    world.sts.store.commit(Commit { changes, record }).await.unwrap();
    assert_eq!(broken(&world).await, Some(Break::Missing(place)));
}
