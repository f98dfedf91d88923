//! Commits that wait share a transaction.

use crate::conformance::Handle;
use crate::people::{
    NOON, attempt, code, code_grant, commit, end_of, put_on_record, record, t1, t2, walk,
};
use crate::{master_key, people};
use std::sync::Arc;
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::{Change, Conflict};
use stead_store::Sqlite;

const MANY: u64 = 400;

#[tokio::test]
async fn commits_that_wait_share_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    let writers: Vec<_> = (0..MANY)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { put_on_record(&*store, record(NOON)).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let stats = sqlite.stats();
    assert_eq!(stats.commits, MANY);
    assert!(stats.transactions < MANY, "{stats:?}");

    let query = RecordQuery::all_of(Chain::FIRST, 1000);
    let kept = store.records(&query).await.unwrap();
    let head = end_of(&*store).await.unwrap();
    assert_eq!(walk(&kept), Ok(head));
    assert_eq!(head.seq, MANY);
}

#[tokio::test]
async fn a_conflict_is_taken_back_alone_and_its_neighbours_stay() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let (store, other) = (sqlite.tenant(&t1()), sqlite.tenant(&t2()));
    commit(&*store, vec![Change::PutCode(code("c"), Box::new(code_grant(NOON)))]).await;
    let mut writers = Vec::new();
    for writer in 0..100 {
        let store = Arc::clone(if writer % 3 == 0 { &other } else { &store });
        let name = format!("u{writer}");
        writers.push(tokio::spawn(async move {
            let user = people::put_user(&name, &name);
            attempt(&*store, vec![user, Change::SpendCode(code("c"), NOON)]).await
        }));
    }
    let mut written = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => written += 1,
            Err(conflict) => assert_eq!(conflict, Conflict::CodeSpent),
        }
    }
    assert_eq!(written, 1);
    assert_eq!(store.users(None, 999).await.unwrap().len(), 1);
    assert_eq!(other.users(None, 999).await.unwrap(), Vec::new());
    assert_eq!(end_of(&*other).await, None);
}

#[tokio::test]
async fn a_commit_nobody_waits_for_any_more_is_written_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    let mut abandoned = Box::pin(put_on_record(&*store, record(NOON)));
    let waker = std::task::Waker::noop();
    _ = abandoned.as_mut().poll(&mut std::task::Context::from_waker(waker));
    drop(abandoned);
    assert_eq!(put_on_record(&*store, record(NOON)).await.seq, 2);
}

/// Twenty rounds of one of many writers. The first twenty change an application of their own, and read that.
async fn write_and_read(store: Handle, writer: usize) {
    let id = format!("app-{}", writer % 20);
    for round in 0..20 {
        put_on_record(&*store, record(NOON)).await;
        if writer >= 20 {
            store.application(&people::client(&id)).await.unwrap();
            continue;
        }
        let audience = format!("api://{id}/{round}");
        commit(&*store, vec![people::put_application(&id, Some(&audience))]).await;
        let found = store.application(&people::client(&id)).await.unwrap().unwrap();
        assert_eq!(*found, people::application(&id, Some(&audience)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_write_and_read_at_once_everybody_is_answered_and_nobody_is_told_what_was() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let tenants = [sqlite.tenant(&t1()), sqlite.tenant(&t2())];
    let writers =
        (0..200).map(|writer| tokio::spawn(write_and_read(tenants[writer % 2].clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(sqlite.stats().commits, 200 * 20 + 20 * 20);
}
