//! Several nodes on one PostgreSQL.

use crate::people::{
    HOUR, NOON, attempt, code, code_grant, commit, fact, group_id, key, put_on_record, put_user,
    record, session_id, subject, t1, user, username,
};
use crate::{at, master_key, place, place_url};
use private_postgres::execute;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use stead_core::chain::{Chain, RecordQuery, verify};
use stead_core::commit::{Change, Conflict, Expected, Receipt};
use stead_core::liveness::Descent;
use stead_core::model::revocation::Ancestor;
use stead_core::ports::Store;
use stead_store::{Follow, Postgres, PostgresConfig};
use tokio::time::timeout;

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(30);

async fn node(config: &PostgresConfig) -> (Postgres, Arc<dyn Store>) {
    let postgres = Postgres::open(config, &master_key()).await.unwrap();
    let store = postgres.tenant(&t1());
    (postgres, store)
}

/// Two nodes on one database; the other one follows nobody.
async fn two() -> [(Postgres, Arc<dyn Store>); 2] {
    let config = place().await;
    let deaf = PostgresConfig { follow: Follow::WhenAsked, ..config.clone() };
    [node(&config).await, node(&deaf).await]
}

/// Every chain is whole, and they hold exactly these records.
async fn assert_whole(store: &dyn Store, receipts: &[Receipt]) {
    let mut kept = BTreeSet::new();
    for ends in store.heads().await.unwrap() {
        let all = store.records(&RecordQuery::all_of(ends.chain, 10_000)).await.unwrap();
        assert_eq!(verify(ends.chain, ends.base, &all), Ok(ends.head));
        kept.extend(all.iter().map(|record| (record.chain, record.seq, record.hash.to_string())));
    }
    let place = |it: &Receipt| (it.chain, it.seq, it.hash.to_string());
    assert_eq!(kept, receipts.iter().map(place).collect());
}

#[tokio::test]
async fn each_node_writes_a_chain_of_its_own_and_all_are_whole() {
    let nodes = two().await;
    let mut writers = Vec::new();
    for n in 0..60 {
        let store = Arc::clone(&nodes[n % 2].1);
        writers.push(tokio::spawn(async move { put_on_record(&*store, record(NOON)).await }));
    }
    let mut receipts = Vec::new();
    for writer in writers {
        receipts.push(writer.await.unwrap());
    }
    assert_whole(&*nodes[0].1, &receipts).await;
    let chains: BTreeSet<Chain> = receipts.iter().map(|it| it.chain).collect();
    assert_eq!(chains, BTreeSet::from([Chain(1), Chain(2)]));
    let newest = RecordQuery { limit: 7, ..RecordQuery::default() };
    assert_eq!(nodes[1].1.records(&newest).await.unwrap().len(), 7);
}

#[tokio::test]
async fn a_code_redeemed_at_two_nodes_at_once_works_once() {
    let nodes = two().await;
    commit(&*nodes[0].1, vec![Change::PutCode(code("c"), Box::new(code_grant(NOON + HOUR)))]).await;
    let mut uses = Vec::new();
    for n in 0..40 {
        let store = Arc::clone(&nodes[n % 2].1);
        let spend = vec![Change::SpendCode(code("c"), NOON)];
        uses.push(tokio::spawn(async move { attempt(&*store, spend).await }));
    }
    let mut worked = 0;
    for used in uses {
        match used.await.unwrap() {
            Ok(_) => worked += 1,
            Err(conflict) => assert_eq!(conflict, Conflict::CodeSpent),
        }
    }
    assert_eq!(worked, 1);
}

#[tokio::test]
async fn a_name_taken_at_two_nodes_at_once_is_one_users() {
    let nodes = two().await;
    let taken = |n: usize| {
        let store = Arc::clone(&nodes[n].1);
        let put = vec![put_user(&format!("u{n}"), "alice")];
        tokio::spawn(async move { attempt(&*store, put).await })
    };
    let (one, other) = (taken(0), taken(1));
    let outcomes = [one.await.unwrap(), other.await.unwrap()];
    let owner = nodes[0].1.user_named(&username("alice")).await.unwrap().unwrap().id;
    let refused = outcomes.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(refused, [Conflict::UsernameTaken { by: owner }]);
}

#[tokio::test]
async fn what_one_node_ends_the_other_hears_of() {
    let config = place().await;
    let (one, other) = (node(&config).await, node(&config).await);
    let session = || Ancestor::Session(session_id("s"));
    let mut keys = other.0.keys_changed();
    commit(&*one.1, vec![Change::Revoke(fact(session(), NOON)), Change::PutKey(key("k", NOON))])
        .await;
    timeout(PATIENCE, keys.changed()).await.unwrap().unwrap();
    assert_eq!(other.1.revocations(&[session()]).await.unwrap(), [fact(session(), NOON)]);
}

/// The issue of something that descends from a session.
fn issue(session: &str) -> Vec<Change> {
    let ancestors = vec![Ancestor::Session(session_id(session))];
    let descent = Descent { ancestors, auth: NOON, since: NOON };
    vec![Change::Expect(Box::new(Expected::Alive(descent)))]
}

#[tokio::test]
async fn a_node_that_missed_every_notification_issues_nothing_from_what_was_ended() {
    let [(_one, one), (_deaf, deaf)] = two().await;
    let session = || Ancestor::Session(session_id("s"));
    assert!(attempt(&*deaf, issue("s")).await.is_ok());
    // It believes to know everything from here on, and nobody tells it.
    assert_eq!(deaf.revocations(&[session()]).await.unwrap(), []);
    commit(&*one, vec![Change::Revoke(fact(session(), NOON))]).await;

    assert_eq!(attempt(&*deaf, issue("s")).await, Err(Conflict::Ended(session())));
    let mut with_changes = issue("s");
    with_changes.push(put_user("u", "u"));
    assert_eq!(attempt(&*deaf, with_changes).await, Err(Conflict::Ended(session())));
    assert_eq!(deaf.user(&subject("u")).await.unwrap(), None);
    assert!(attempt(&*deaf, issue("another")).await.is_ok());
    assert_eq!(deaf.revocations(&[session()]).await.unwrap(), [fact(session(), NOON)]);
}

/// What a node hears of in the background comes at any instant: also between looking at facts and writing.
#[tokio::test]
async fn what_was_ended_at_one_node_is_issued_by_no_other_however_the_news_comes_in_between() {
    let [(_one, one), (_other, other)] = two().await;
    for n in 0..400 {
        let session = format!("s{n}");
        let ended = || Ancestor::Session(session_id(&session));
        assert!(attempt(&*other, issue(&session)).await.is_ok());
        commit(&*one, vec![Change::Revoke(fact(ended(), NOON))]).await;
        assert_eq!(attempt(&*other, issue(&session)).await, Err(Conflict::Ended(ended())), "{n}");
    }
}

/// What changed is told for so many versions; whoever was away for longer takes everything for changed.
#[tokio::test]
async fn a_node_that_was_away_for_long_forgets_everything_and_reads_its_keys_again() {
    let place = place_url().await;
    let deaf = PostgresConfig { follow: Follow::WhenAsked, ..at(&place) };
    let [(_one, one), (postgres, deaf)] = [node(&at(&place)).await, node(&deaf).await];
    commit(&*one, vec![put_user("u", "before")]).await;
    assert!(attempt(&*deaf, issue("s")).await.is_ok());
    assert_eq!(deaf.user(&subject("u")).await.unwrap().unwrap().username, username("before"));

    let mut keys = postgres.keys_changed();
    commit(&*one, vec![put_user("u", "after"), Change::PutKey(key("k", NOON))]).await;
    execute(&place, "DELETE FROM changes; UPDATE tenants SET version = version + 2000")
        .await
        .unwrap();
    assert!(attempt(&*deaf, issue("s")).await.is_ok());
    timeout(PATIENCE, keys.changed()).await.unwrap().unwrap();
    assert_eq!(deaf.user(&subject("u")).await.unwrap().unwrap().username, username("after"));
}

#[tokio::test]
async fn a_node_whose_chain_was_taken_goes_on_in_another_and_nothing_is_lost() {
    let place = place_url().await;
    let config = at(&place);
    let (_one, one) = node(&config).await;
    let mut receipts = vec![put_on_record(&*one, record(NOON)).await];
    // As if it had slept for longer than its lease runs.
    execute(&place, "UPDATE nodes SET until = now() - INTERVAL '1 hour'").await.unwrap();
    let (_other, other) = node(&config).await;
    for store in [&other, &one, &other, &one] {
        receipts.push(put_on_record(&**store, record(NOON)).await);
    }
    let chains: Vec<u32> = receipts.iter().map(|it| it.chain.0).collect();
    assert_eq!(chains, [1, 1, 2, 1, 2]);
    assert_whole(&*one, &receipts).await;
}

#[tokio::test]
async fn a_node_that_closes_leaves_its_chain_to_the_next() {
    let config = place().await;
    let (first, store) = node(&config).await;
    let before = put_on_record(&*store, record(NOON)).await;
    first.close().await;
    assert!(store.heads().await.is_err());
    let (_next, store) = node(&config).await;
    let after = put_on_record(&*store, record(NOON)).await;
    assert_eq!((after.chain, after.seq), (before.chain, 2));
}

#[tokio::test]
async fn commits_that_wait_share_transactions_and_a_conflict_is_taken_back_alone() {
    let (postgres, store) = node(&place().await).await;
    commit(&*store, vec![Change::PutCode(code("c"), Box::new(code_grant(NOON)))]).await;
    let mut writers = Vec::new();
    for writer in 0..100 {
        let store = Arc::clone(&store);
        let name = format!("u{writer}");
        let changes = match writer % 2 {
            0 => vec![],
            _ => vec![put_user(&name, &name), Change::SpendCode(code("c"), NOON)],
        };
        writers.push(tokio::spawn(async move { attempt(&*store, changes).await }));
    }
    let mut refused = 0;
    for writer in writers {
        refused += usize::from(writer.await.unwrap().is_err());
    }
    assert_eq!(refused, 49);
    assert_eq!(store.users(None, 999).await.unwrap().len(), 1);
    let stats = postgres.stats();
    assert_eq!(stats.commits, 52);
    assert!(stats.transactions < stats.commits, "{stats:?}");
}

#[tokio::test]
async fn a_member_of_a_group_that_goes_is_found_whatever_else_its_entry_says() {
    let (_postgres, store) = node(&place().await).await;
    let mut alice = user("alice", "alice", &["a\"b", "c"]);
    alice.name = "\u{0} \"a\\\"b\"".into();
    commit(&*store, vec![Change::PutUser(Box::new(alice))]).await;
    commit(&*store, vec![Change::DeleteGroup(group_id("a\"b"))]).await;
    let kept = store.user(&subject("alice")).await.unwrap().unwrap();
    assert_eq!(kept.groups, BTreeSet::from([group_id("c")]));
}
