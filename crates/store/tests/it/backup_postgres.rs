//! A backup of PostgreSQL, with the chains of several servers; and from one kind of store into the other.

use crate::agreement::{answers, commits};
use crate::backup::{
    TAKEN, at, forged, one_of_everything, only_what_works_again_is_left, restored_at,
    taken as taken_of_sqlite, things,
};
use crate::people::{HOUR, NOON, attempt, code, commit, put_on_record, put_user, record, t1, t2};
use crate::{at as place_at, master_key, place, place_url};
use private_postgres::execute;
use proptest::prelude::*;
use std::sync::Arc;
use stead_core::chain::{RecordQuery, verify};
use stead_core::commit::{Change, Commit, CommitError};
use stead_core::ports::{Store, StoreError};
use stead_core::record::Event;
use stead_proto::time::Timestamp;
use stead_store::{
    ArchiveError, Destination, Follow, Occupied, Postgres, PostgresConfig, PostgresError,
    PostgresInspection, Restore, RestoreError, Restored, Since, Sqlite,
};

async fn taken(config: &PostgresConfig) -> String {
    let mut out = Vec::new();
    let open = PostgresInspection::open(config).await.unwrap().unwrap();
    open.back_up(&mut out, TAKEN, &mut |_| ()).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn restored(
    config: &PostgresConfig,
    backup: &str,
    occupied: Occupied,
    (since, now): (Since, Timestamp),
) -> Result<Restored, PostgresError> {
    let key = &master_key();
    let restore = Restore::open(backup.as_bytes())?;
    restore.into_postgres(Destination { config, key, occupied }, since, &at(now)).await
}

/// Restored into an empty place, after an hour in which anything may have happened.
async fn returned(backup: &str) -> (PostgresConfig, Postgres) {
    let config = place().await;
    let after = (Since::Unknown, TAKEN + HOUR);
    restored(&config, backup, Occupied::Refused, after).await.unwrap();
    let postgres = Postgres::open(&config, &master_key()).await.unwrap();
    (config, postgres)
}

fn without_chain(said: Vec<String>) -> Vec<String> {
    let others = said.into_iter().enumerate().filter(|(place, _)| ![7, 8].contains(place));
    others.map(|(_, answer)| answer).collect()
}

/// From SQLite to PostgreSQL, and back.
async fn moves(commits: Vec<(Vec<Change>, Timestamp)>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let sqlite = Sqlite::open(&path, &master_key()).unwrap();
    let (one, two) = (sqlite.tenant(&t1()), sqlite.tenant(&t2()));
    for (changes, at) in commits {
        // A conflict leaves nothing behind, and is no matter here.
        let _ = one.commit(Commit { changes, record: record(at) }).await;
    }
    commit(&*two, vec![put_user("alice", "alice")]).await;
    let before = taken_of_sqlite(&path);

    let config = place().await;
    restored(&config, &before, Occupied::Refused, (Since::Nothing, NOON)).await.unwrap();
    let there = taken(&config).await;
    assert_eq!(things(&there), things(&before));
    let postgres = Postgres::open(&config, &master_key()).await.unwrap();
    let (had, has) = (answers(&*one).await, answers(&*postgres.tenant(&t1())).await);
    assert_eq!(without_chain(has), without_chain(had));
    postgres.close().await;

    let (dir, _sqlite) = restored_at(NOON, &there, Since::Nothing).unwrap();
    assert_eq!(things(&taken_of_sqlite(&dir.path().join("stead.db"))), things(&there));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_committed_moves_to_postgresql_and_back_as_it_was(commits in commits()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(moves(commits));
    }
}

async fn node(config: &PostgresConfig) -> (Postgres, Arc<dyn Store>) {
    let postgres = Postgres::open(config, &master_key()).await.unwrap();
    let store = postgres.tenant(&t1());
    (postgres, store)
}

/// One of everything, written by two servers, which run on.
async fn busy() -> (PostgresConfig, [(Postgres, Arc<dyn Store>); 2]) {
    let config = place().await;
    let nodes = [node(&config).await, node(&config).await];
    commit(&*nodes[0].1, one_of_everything()).await;
    put_on_record(&*nodes[1].1, record(NOON)).await;
    (config, nodes)
}

/// How many records each chain has, all of which are whole.
async fn lengths(store: &dyn Store) -> Vec<u64> {
    let mut lengths = Vec::new();
    for ends in store.heads().await.unwrap() {
        let all = store.records(&RecordQuery::all_of(ends.chain, 10_000)).await.unwrap();
        assert_eq!(verify(ends.chain, ends.base, &all), Ok(ends.head));
        lengths.push(ends.head.seq);
    }
    lengths
}

#[tokio::test]
async fn what_may_have_been_used_since_has_ended_and_the_chains_of_all_servers_go_on() {
    let (config, nodes) = busy().await;
    let backup = taken(&config).await;
    let (_, returned) = returned(&backup).await;
    let store = returned.tenant(&t1());
    only_what_works_again_is_left(&*store).await;

    assert_eq!(lengths(&*store).await, [2, 1]);
    let newest = RecordQuery { limit: 1, ..RecordQuery::default() };
    let said = Event::Restored { by: "operator".into(), taken: TAKEN, ended: true };
    assert_eq!(store.records(&newest).await.unwrap()[0].record().unwrap().event, said);
    commit(&*store, Vec::new()).await;
    assert_eq!(lengths(&*store).await, [3, 1]);
    // A file has one chain a tenant.
    let refused = restored_at(NOON, &backup, Since::Unknown).unwrap_err();
    assert!(matches!(refused, RestoreError::Archive(ArchiveError::SeveralChains(_))), "{refused}");
    drop(nodes);
}

async fn writes(store: Arc<dyn Store>) {
    for _ in 0..200 {
        put_on_record(&*store, record(NOON)).await;
    }
}

#[tokio::test]
async fn while_servers_write_what_is_taken_is_whole() {
    let (config, nodes) = busy().await;
    let stores = nodes.each_ref().map(|(_, store)| Arc::clone(store));
    let writers = stores.map(|store| tokio::spawn(writes(store)));
    let mut backups = Vec::new();
    for _ in 0..5 {
        backups.push(taken(&config).await);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for backup in backups {
        let checked = Restore::open(backup.as_bytes()).unwrap().check(&at(TAKEN));
        checked.unwrap();
    }
    assert_eq!(lengths(&*nodes[0].1).await, [201, 201]);
}

#[tokio::test]
async fn a_database_in_use_or_with_something_in_it_is_refused_or_moved_aside_whole() {
    let (config, nodes) = busy().await;
    let backup = taken(&config).await;
    let again = || restored(&config, &backup, Occupied::MovedAside, (Since::Unknown, NOON));
    assert!(matches!(again().await, Err(PostgresError::InUse { .. })));
    for (node, _) in &nodes {
        node.close().await;
    }
    let refused = restored(&config, &backup, Occupied::Refused, (Since::Unknown, NOON)).await;
    assert!(matches!(refused, Err(PostgresError::Occupied { .. })), "{refused:?}");

    // Nothing of a backup that is not whole stays, and nothing is moved for it.
    let cut = forged(&backup, |lines| drop(lines.pop()));
    let refused = restored(&config, &cut, Occupied::MovedAside, (Since::Unknown, NOON)).await;
    assert!(matches!(refused, Err(PostgresError::Archive(_))), "{refused:?}");
    assert_eq!(things(&taken(&config).await), things(&backup));

    let done = again().await.unwrap();
    let aside = done.aside.unwrap();
    assert!(aside.ends_with(&format!("_before_restore_{}", NOON.secs())), "{aside}");
    let (_node, store) = node(&config).await;
    assert_eq!(store.code(&code("c")).await.unwrap(), None);
    assert_eq!(lengths(&*store).await, [2, 1]);
    // What was there is whole, and a place of its own.
    let (before, _) = config_of(&config, &aside);
    assert_eq!(things(&taken(&before).await), things(&backup));
}

/// Another schema of the same database.
fn config_of(config: &PostgresConfig, schema: &str) -> (PostgresConfig, String) {
    let url = format!("{}?options=-csearch_path%3D{schema}", config.server);
    (place_at(&url), url)
}

#[tokio::test]
async fn a_server_that_was_away_while_its_database_was_replaced_writes_nothing_until_it_is_started_again()
 {
    let url = place_url().await;
    let config = PostgresConfig { follow: Follow::WhenAsked, ..place_at(&url) };
    let (_away, store) = node(&config).await;
    commit(&*store, vec![put_user("alice", "alice")]).await;
    let backup = taken(&config).await;
    let cut_off = "UPDATE nodes SET until = now();
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid::bigint = hashtext('stead at work')::bigint & 4294967295
        AND objid::bigint = hashtext(current_schema())::bigint & 4294967295";
    loop {
        execute(&url, cut_off).await.unwrap();
        let replaced =
            restored(&config, &backup, Occupied::MovedAside, (Since::Unknown, NOON)).await;
        match replaced {
            Ok(_) => break,
            // It came back in between.
            Err(PostgresError::InUse { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    for _ in 0..3 {
        let refused = store.commit(Commit { changes: vec![], record: record(NOON) }).await;
        let Err(CommitError::Failed(StoreError::Unavailable(why))) = refused else {
            panic!("{refused:?}")
        };
        assert!(why.contains("start it again") || why.contains("terminat"), "{why}");
    }
    let (_started, store) = node(&config).await;
    assert!(attempt(&*store, vec![put_user("bob", "bob")]).await.is_ok());
}
