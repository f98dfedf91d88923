//! Keys of one node, of two nodes on one store, and at the very first start.

use super::*;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::moment::Dice;
use stead_proto::id::TenantId;
use stead_store::Memory;

const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);
const DAY: Seconds = Seconds(86_400);
const RULES: KeyRules =
    KeyRules { rotate_every: Some(Seconds(90 * 86_400)), publish_ahead: Seconds(86_400) };

fn at(now: Timestamp) -> Moment {
    Moment::new(now, Dice::default())
}

fn store() -> Arc<dyn Store> {
    Memory::new().tenant(&TenantId::parse("t1").unwrap())
}

/// A node on this store. What it makes behind the scenes is made.
async fn node(store: &Arc<dyn Store>, now: Timestamp) -> Arc<TenantKeys> {
    let keys = open(store, 7, now).await.unwrap();
    assert!(keys.complete().await.is_complete());
    keys
}

async fn open(
    store: &Arc<dyn Store>,
    master: u8,
    now: Timestamp,
) -> Result<Arc<TenantKeys>, KeysError> {
    let master = Arc::new(MasterKey::ephemeral([master; 32]));
    TenantKeys::open(Arc::clone(store), master, RULES, &at(now)).await
}

/// The key that signs with ES256.
fn signer(keys: &TenantKeys) -> KeyId {
    keys.ring().signer(Algorithm::Es256).unwrap().kid().clone()
}

fn published(keys: &TenantKeys) -> usize {
    keys.ring().published().iter().count()
}

#[tokio::test]
async fn keys_are_made_once_and_found_again() {
    let store = store();
    let first = node(&store, NOON).await.ring();
    let again = node(&store, NOON).await.ring();
    assert_eq!(first.published(), again.published());
    assert_eq!(first.published().iter().count(), 3);
    assert!(matches!(open(&store, 8, NOON).await, Err(KeysError::Sealed)));
}

#[tokio::test]
async fn a_first_start_waits_for_no_key_that_takes_long_and_who_needs_it_does() {
    let keys = open(&store(), 7, NOON).await.unwrap();
    // Nobody else ran since: on this thread the rest is not even begun.
    let at_start = keys.ring();
    assert!(at_start.signer(Algorithm::Es256).is_some());
    assert!(at_start.signer(Algorithm::EdDsa).is_some());
    assert!(at_start.signer(Algorithm::Rs256).is_none());

    let complete = keys.complete().await;
    assert!(complete.signer(Algorithm::Rs256).is_some());
    assert_eq!(
        complete.signer(Algorithm::Es256).unwrap().kid(),
        at_start.signer(Algorithm::Es256).unwrap().kid()
    );
}

#[tokio::test]
async fn a_new_key_is_published_first_then_signs_and_the_old_one_stays_for_its_tokens() {
    let keys = node(&store(), NOON).await;
    let old = signer(&keys);
    keys.rotate(&[Algorithm::Es256], Haste::InTurn, &By::Server, &at(NOON)).await.unwrap();
    assert_eq!((signer(&keys), published(&keys)), (old.clone(), 4));

    keys.renew(&at(NOON + DAY)).await.unwrap();
    assert_ne!(signer(&keys), old);
    let ages = keys.ages(NOON + DAY).await.unwrap();
    assert_eq!(ages.iter().map(|(_, age)| *age).collect::<Vec<_>>(), [Seconds(0), DAY, DAY]);
    assert!(keys.ring().knows(&old));

    keys.renew(&at(NOON + DAY + DAY)).await.unwrap();
    assert!(keys.ring().knows(&old));
    keys.renew(&at(NOON + DAY + DAY + Seconds(3600))).await.unwrap();
    assert!(!keys.ring().knows(&old));
}

#[tokio::test]
async fn of_two_nodes_that_find_a_key_due_one_makes_it_and_both_use_it() {
    let store = store();
    let nodes = [node(&store, NOON).await, node(&store, NOON).await];
    let old = signer(&nodes[0]);
    assert_eq!(signer(&nodes[1]), old);

    // Both at once, each of its own accord, a day before the turn of the next.
    let due = at(NOON + Seconds(89 * 86_400));
    let (one, other) = tokio::join!(nodes[0].renew(&due), nodes[1].renew(&due));
    one.and(other).unwrap();
    for node in &nodes {
        node.renew(&due).await.unwrap();
        assert_eq!((signer(node), published(node)), (old.clone(), 6));
    }
    assert_eq!(store.keys().await.unwrap().len(), 6);

    let turn = at(NOON + Seconds(90 * 86_400));
    for node in &nodes {
        node.renew(&turn).await.unwrap();
    }
    assert_ne!(signer(&nodes[0]), old);
    assert_eq!(signer(&nodes[0]), signer(&nodes[1]));
    assert_eq!(nodes[0].ring().published(), nodes[1].ring().published());
}

#[tokio::test]
async fn many_nodes_that_are_asked_for_another_key_at_once_make_one() {
    let store = store();
    let mut nodes = Vec::new();
    for _ in 0..6 {
        nodes.push(node(&store, NOON).await);
    }
    let asked = nodes.iter().map(|node| {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            node.rotate(&[Algorithm::Es256], Haste::InTurn, &By::Server, &at(NOON)).await
        })
    });
    for rotated in asked.collect::<Vec<_>>() {
        assert_eq!(rotated.await.unwrap().unwrap().lives().len(), 4);
    }
    assert_eq!(store.keys().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_revoked_key_is_gone_at_once_and_another_signs() {
    let store = store();
    let keys = node(&store, NOON).await;
    let revoked = signer(&keys);
    revoke(&store, &revoked).await;

    keys.renew(&at(NOON)).await.unwrap();

    assert!(!keys.ring().knows(&revoked));
    assert_ne!(signer(&keys), revoked);
    assert_eq!(published(&keys), 3);
    let on_file = store.keys().await.unwrap();
    let private = on_file.iter().find(|key| key.kid == revoked).unwrap().sealed.as_ref();
    assert_eq!((on_file.len(), private), (4, None));
}

#[tokio::test]
async fn a_key_is_replaced_before_it_is_revoked_only_if_it_signs() {
    let store = store();
    let keys = node(&store, NOON).await;
    let signs = signer(&keys);
    keys.replace(&signs, &By::Server, &at(NOON + DAY)).await.unwrap();
    let successor = signer(&keys);
    assert_ne!(successor, signs);
    // What signs no more has nothing to be replaced in.
    keys.replace(&signs, &By::Server, &at(NOON + DAY)).await.unwrap();
    assert_eq!((signer(&keys), published(&keys)), (successor, 4));
}

async fn revoke(store: &Arc<dyn Store>, kid: &KeyId) {
    let about = Ancestor::Key(kid.clone());
    let fact = Change::Revoke(Revocation { about, at: NOON, why: "it leaked".to_owned() });
    let event = Event::Change { by: "test".to_owned(), changes: Vec::new() };
    let record = Record::new(event, Outcome::Done, &at(NOON));
    store.commit(Commit { changes: vec![fact], record }).await.unwrap();
}
