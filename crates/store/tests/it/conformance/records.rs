//! Records, their chain and how they are found.

use super::Handle;
use crate::people::{
    NOON, attempt, client, commit, put_application, put_on_record, put_user, record, subject,
    token_record, trace,
};
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, Place, RecordQuery, verify};
use stead_core::commit::{Change, Conflict, Receipt};
use stead_core::ports::Store;
use stead_core::record::Outcome;

fn all() -> RecordQuery {
    RecordQuery::all_of(Chain::FIRST, 100)
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
    let of = |record: &ChainedRecord| Receipt {
        chain: record.chain,
        seq: record.seq,
        hash: record.hash,
    };
    assert_eq!(kept.iter().map(of).collect::<Vec<_>>(), receipts);
    assert_eq!(kept[1].record(), Some(token_record("b", "dashboard", "alice", Outcome::Done)));

    let last = receipts.last().unwrap();
    let (chain, base) = (Chain::FIRST, Chain::FIRST.start());
    let head = End { seq: last.seq, hash: last.hash };
    assert_eq!(store.heads().await.unwrap(), [ChainEnds { chain, base, head }]);
    assert_eq!(verify(chain, base, &kept), Ok(head));
}

pub(crate) async fn a_conflict_leaves_no_change_and_no_record(store: &Handle, _: &Handle) {
    let before = commit(&**store, vec![put_user("u1", "alice")]).await;
    let changes =
        vec![put_application("a", Some("api://a")), put_user("u3", "bob"), put_user("u2", "alice")];
    let refused = attempt(&**store, changes).await;
    assert_eq!(refused, Err(Conflict::UsernameTaken { by: subject("u1") }));

    assert_eq!(store.applications().await.unwrap(), Vec::new());
    assert_eq!(store.user(&subject("u3")).await.unwrap(), None);
    let heads = store.heads().await.unwrap();
    let found: Vec<_> = heads.iter().map(|ends| (ends.head.seq, ends.head.hash)).collect();
    assert_eq!(found, [(before.seq, before.hash)]);
    let after = commit(&**store, vec![put_application("b", Some("api://a"))]).await;
    assert_eq!(after.seq, 2);
    let kept = store.records(&all()).await.unwrap();
    let whole = verify(Chain::FIRST, Chain::FIRST.start(), &kept);
    assert_eq!(whole, Ok(End { seq: after.seq, hash: after.hash }));
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
    let page = |after: Option<u64>, limit| {
        let after = after.map(|seq| Place { chain: Chain::FIRST, seq });
        RecordQuery { after, limit, ..RecordQuery::default() }
    };
    assert_eq!(numbers(&**store, page(None, 2)).await, [5, 4]);
    assert_eq!(numbers(&**store, page(Some(2), 2)).await, [3, 4]);
    assert_eq!(numbers(&**store, page(Some(5), 2)).await, [0_u64; 0]);
    assert_eq!(numbers(&**store, page(Some(u64::MAX), 2)).await, [0_u64; 0]);
    assert_eq!(numbers(&**store, page(None, 0)).await, [0_u64; 0]);
    let elsewhere = Place { chain: Chain(7), seq: 0 };
    let of_nobody = RecordQuery { after: Some(elsewhere), ..page(None, 9) };
    assert_eq!(numbers(&**store, of_nobody).await, [0_u64; 0]);
}

pub(crate) async fn an_empty_store_has_no_chain(store: &Handle, _: &Handle) {
    assert_eq!(store.heads().await.unwrap(), Vec::new());
    assert_eq!(store.records(&all()).await.unwrap(), Vec::new());
}

pub(crate) async fn the_oldest_records_leave_and_the_rest_stays_a_chain(
    store: &Handle,
    _: &Handle,
) {
    let mut receipts = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let written = token_record(name, "dashboard", "alice", Outcome::Done);
        receipts.push(put_on_record(&**store, written).await);
    }
    let end = |receipt: &Receipt| End { seq: receipt.seq, hash: receipt.hash };
    let chain = receipts[0].chain;
    let cut = |through: End| Change::CutRecords { chain, through };
    let base = end(&receipts[1]);
    let cutting = commit(&**store, vec![cut(base)]).await;

    let ends = store.heads().await.unwrap();
    assert_eq!(ends, [ChainEnds { chain, base, head: end(&cutting) }]);
    let all = RecordQuery::all_of(chain, 100);
    assert_eq!(numbers(&**store, all.clone()).await, [3, 4, 5]);
    assert_eq!(
        numbers(&**store, RecordQuery { limit: 100, ..RecordQuery::default() }).await,
        [5, 4, 3]
    );
    let gone = RecordQuery { trace_id: Some(trace("b")), limit: 9, ..RecordQuery::default() };
    assert_eq!(numbers(&**store, gone).await, [0; 0]);
    let kept = store.records(&all).await.unwrap();
    assert_eq!(verify(chain, base, &kept), Ok(end(&cutting)));
}

pub(crate) async fn records_leave_only_up_to_one_that_is_kept_and_is_meant(
    store: &Handle,
    _: &Handle,
) {
    let first = commit(&**store, vec![]).await;
    let second = commit(&**store, vec![]).await;
    let (chain, before) = (first.chain, store.heads().await.unwrap());
    for (seq, hash) in [(second.seq, first.hash), (0, chain.genesis()), (9, second.hash)] {
        let cut = Change::CutRecords { chain, through: End { seq, hash } };
        assert_eq!(attempt(&**store, vec![cut]).await, Err(Conflict::Changed), "{seq}");
    }
    assert_eq!(store.heads().await.unwrap(), before);
    let through = End { seq: second.seq, hash: second.hash };
    let cut = || vec![Change::CutRecords { chain, through }];
    commit(&**store, cut()).await;
    assert_eq!(attempt(&**store, cut()).await, Err(Conflict::Changed));
}
