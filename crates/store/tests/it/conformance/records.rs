//! Records, their chain and how they are found.

use super::Handle;
use crate::people::{
    NOON, attempt, client, commit, put_application, put_on_record, put_user, record, subject,
    token_record, trace,
};
use stead_core::commit::{Conflict, Receipt};
use stead_core::ports::Store;
use stead_core::record::{ChainedRecord, Outcome, RecordQuery, genesis, verify};

fn all() -> RecordQuery {
    RecordQuery { after: Some(0), limit: 100, ..RecordQuery::default() }
}

async fn numbers(store: &dyn Store, query: RecordQuery) -> Vec<u64> {
    store.records(&query).await.unwrap().iter().map(|record| record.seq).collect()
}

pub(crate) async fn records_are_numbered_and_chained(store: &Handle, _: &Handle) {
    let mut receipts = Vec::new();
    for name in ["a", "b", "c"] {
        let written = token_record(name, "dashboard", "alice", Outcome::Done);
        receipts.push(put_on_record(&**store, written).await);
    }
    let kept = store.records(&all()).await.unwrap();
    let of = |record: &ChainedRecord| Receipt { seq: record.seq, hash: record.hash };
    assert_eq!(kept.iter().map(of).collect::<Vec<_>>(), receipts);
    assert_eq!(kept[1].record(), Some(token_record("b", "dashboard", "alice", Outcome::Done)));

    let head = store.head().await.unwrap().unwrap();
    assert_eq!(Some(&head), receipts.last());
    assert_eq!(verify(&genesis(), 0, &kept), Ok(head.hash));
}

pub(crate) async fn a_conflict_leaves_no_change_and_no_record(store: &Handle, _: &Handle) {
    let before = commit(&**store, vec![put_user("u1", "alice")]).await;
    let changes =
        vec![put_application("a", Some("api://a")), put_user("u3", "bob"), put_user("u2", "alice")];
    let refused = attempt(&**store, changes).await;
    assert_eq!(refused, Err(Conflict::UsernameTaken { by: subject("u1") }));

    assert_eq!(store.applications().await.unwrap(), Vec::new());
    assert_eq!(store.user(&subject("u3")).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap(), Some(before));
    let after = commit(&**store, vec![put_application("b", Some("api://a"))]).await;
    assert_eq!(after.seq, 2);
    let kept = store.records(&all()).await.unwrap();
    assert_eq!(verify(&genesis(), 0, &kept), Ok(after.hash));
}

pub(crate) async fn records_are_found_by_request_subject_client_and_refusal(
    store: &Handle,
    _: &Handle,
) {
    let refused = Outcome::Denied { reason: "edge_missing".into(), why: "there is no edge".into() };
    put_on_record(&**store, token_record("t1", "dashboard", "alice", Outcome::Done)).await;
    put_on_record(&**store, token_record("t2", "reports-api", "alice", refused)).await;
    put_on_record(&**store, token_record("t3", "reports-api", "bob", Outcome::Done)).await;
    put_on_record(&**store, record(NOON)).await;

    let by_trace = RecordQuery { trace_id: Some(trace("t3")), ..all() };
    let by_subject = RecordQuery { subject: Some(subject("alice")), ..all() };
    let by_client = RecordQuery { client: Some(client("reports-api")), ..all() };
    let refusals = RecordQuery { denied_only: true, ..all() };
    let both = RecordQuery { client: Some(client("reports-api")), ..by_subject.clone() };
    let neither = RecordQuery { trace_id: Some(trace("t1")), ..by_client.clone() };
    let found = [by_trace, by_subject, by_client, refusals, both, neither];
    let expected: [&[u64]; 6] = [&[3], &[1, 2], &[2, 3], &[2], &[2], &[]];
    for (query, expected) in found.into_iter().zip(expected) {
        assert_eq!(numbers(&**store, query.clone()).await, expected, "{query:?}");
    }
}

pub(crate) async fn records_are_listed_newest_first_or_after_a_number(store: &Handle, _: &Handle) {
    for _ in 0..5 {
        put_on_record(&**store, record(NOON)).await;
    }
    let page = |after, limit| RecordQuery { after, limit, ..RecordQuery::default() };
    assert_eq!(numbers(&**store, page(None, 2)).await, [5, 4]);
    assert_eq!(numbers(&**store, page(Some(2), 2)).await, [3, 4]);
    assert_eq!(numbers(&**store, page(Some(5), 2)).await, [0_u64; 0]);
    assert_eq!(numbers(&**store, page(Some(u64::MAX), 2)).await, [0_u64; 0]);
    assert_eq!(numbers(&**store, page(None, 0)).await, [0_u64; 0]);
}

pub(crate) async fn an_empty_store_has_no_head(store: &Handle, _: &Handle) {
    assert_eq!(store.head().await.unwrap(), None);
    assert_eq!(store.records(&all()).await.unwrap(), Vec::new());
}
