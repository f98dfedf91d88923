//! What the nodes of a cluster say of each other's chains.

use crate::world::World;
use stead_core::admin::{Admin, By};
use stead_core::anchor::Anchored;
use stead_core::chain::{Break, Chain, ChainEnds, Place, Receipt};
use stead_core::commit::Commit;
use stead_core::record::{Event, Outcome, Record};
use stead_core::sts::Sts;

const SECOND: Chain = Chain(2);

/// What is said of a record, from what is true of it.
type Said = fn(Receipt) -> Receipt;

/// Puts something on record, as this node.
async fn write(world: &World, node: &Sts) -> Receipt {
    let event = Event::Change { by: "test".into(), changes: vec![] };
    put(world, node, event).await
}

async fn put(world: &World, node: &Sts, event: Event) -> Receipt {
    let record = Record::new(event, Outcome::Done, &world.moment());
    node.store.commit(Commit { changes: vec![], record }).await.unwrap()
}

async fn heads(world: &World) -> Vec<(Chain, u64)> {
    let ends = world.sts.store.heads().await.unwrap();
    ends.iter().map(|ChainEnds { chain, head, .. }| (*chain, head.seq)).collect()
}

async fn broken(world: &World) -> Option<Break> {
    Admin::new(&world.sts, By::Admin("ada".into())).verify_records().await.unwrap().broken
}

#[tokio::test]
async fn a_node_alone_has_nothing_to_anchor() {
    let world = World::new().await;
    let before = heads(&world).await;
    let anchored = world.sts.anchor(&Anchored::default(), &world.moment()).await.unwrap();
    assert_eq!((anchored, heads(&world).await), (Anchored::default(), before));
}

#[tokio::test]
async fn a_node_anchors_what_others_wrote_and_idle_nodes_fall_silent() {
    let world = World::new().await;
    let (first, second) = (&world.sts, &world.node(SECOND));
    write(&world, second).await;
    let start = heads(&world).await[0].1;

    let (mut one, mut two) = (Anchored::default(), Anchored::default());
    for _ in 0..4 {
        one = first.anchor(&one, &world.moment()).await.unwrap();
        two = second.anchor(&two, &world.moment()).await.unwrap();
    }
    // Each said once what the other had; neither answers an anchor with an anchor.
    assert_eq!(heads(&world).await, [(Chain::FIRST, start + 1), (SECOND, 2)]);

    write(&world, second).await;
    one = first.anchor(&one, &world.moment()).await.unwrap();
    assert_eq!(heads(&world).await, [(Chain::FIRST, start + 2), (SECOND, 3)]);
    first.anchor(&one, &world.moment()).await.unwrap();
    assert_eq!(heads(&world).await, [(Chain::FIRST, start + 2), (SECOND, 3)]);
    assert_eq!(broken(&world).await, None);
}

#[tokio::test]
async fn a_chain_without_what_another_says_of_it_is_broken() {
    let place = |chain, seq| Place { chain, seq };
    let said: [(Said, _); 4] = [
        (|own| own, None),
        (|own| Receipt { seq: 9, ..own }, Some(Break::Missing(place(SECOND, 9)))),
        (|own| Receipt { hash: SECOND.genesis(), ..own }, Some(Break::Edited(place(SECOND, 1)))),
        (|own| Receipt { chain: Chain(3), ..own }, Some(Break::Missing(place(Chain(3), 1)))),
    ];
    for (of, expected) in said {
        let world = World::new().await;
        let own = write(&world, &world.node(SECOND)).await;
        put(&world, &world.sts, Event::Anchor { heads: vec![of(own)] }).await;
        assert_eq!(broken(&world).await, expected);
    }
}
