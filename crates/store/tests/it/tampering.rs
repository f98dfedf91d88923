//! What somebody does to the file behind our back is noticed.

use crate::master_key;
use crate::people::{NOON, put_on_record, record, t1};
use std::path::Path;
use stead_core::commit::Receipt;
use stead_core::record::{Break, ChainedRecord, RecordQuery, genesis, verify};
use stead_store::Sqlite;

/// Writes three records, tampers with the file, and opens it again.
async fn after(tampering: &str) -> (Vec<ChainedRecord>, Receipt) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let sqlite = Sqlite::open(&path, &master_key()).unwrap();
    for _ in 0..3 {
        put_on_record(&*sqlite.tenant(&t1()), record(NOON)).await;
    }
    sqlite.close().await;
    tamper(&path, tampering);

    let sqlite = Sqlite::open(&path, &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    let query = RecordQuery { after: Some(0), limit: 9, ..RecordQuery::default() };
    (store.records(&query).await.unwrap(), store.head().await.unwrap().unwrap())
}

fn tamper(path: &Path, sql: &str) {
    assert_eq!(rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap(), 1);
}

#[tokio::test]
async fn an_edited_record_breaks_the_chain() {
    let (kept, _) = after(
        "UPDATE records SET json = replace(json, 'admin:test', 'admin:else') WHERE place & 7 = 2",
    )
    .await;
    assert_eq!(verify(&genesis(), 0, &kept), Err(Break::Edited { seq: 2 }));
}

#[tokio::test]
async fn a_removed_record_breaks_the_chain() {
    let (kept, _) = after("DELETE FROM records WHERE place & 7 = 2").await;
    assert_eq!(verify(&genesis(), 0, &kept), Err(Break::Missing { seq: 2 }));
}

#[tokio::test]
async fn a_removed_tail_leaves_a_head_that_no_record_reaches() {
    let (kept, head) = after("DELETE FROM records WHERE place & 7 = 3").await;
    assert_ne!(verify(&genesis(), 0, &kept), Ok(head.hash));
    assert_eq!((kept.len(), head.seq), (2, 3));
}
