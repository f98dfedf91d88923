//! What somebody does to the file behind our back is noticed.

use crate::master_key;
use crate::people::{NOON, end_of, put_on_record, record, t1, walk};
use std::path::Path;
use stead_core::chain::{Break, Chain, ChainedRecord, End, Place, RecordQuery};
use stead_store::Sqlite;

/// Writes three records, tampers with the file, and opens it again.
async fn after(tampering: &str) -> (Vec<ChainedRecord>, End) {
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
    let query = RecordQuery::all_of(Chain::FIRST, 9);
    (store.records(&query).await.unwrap(), end_of(&*store).await.unwrap())
}

fn second() -> Place {
    Place { chain: Chain::FIRST, seq: 2 }
}

fn tamper(path: &Path, sql: &str) {
    assert_eq!(rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap(), 1);
}

#[tokio::test]
async fn an_edited_record_breaks_the_chain() {
    let (kept, _) = after(
        "UPDATE segments SET texts = CAST(replace(texts, 'admin:test', 'admin:else') AS BLOB)
         WHERE place & 7 = 2",
    )
    .await;
    assert_eq!(walk(&kept), Err(Break::Edited(second())));
}

#[tokio::test]
async fn a_removed_record_breaks_the_chain() {
    let (kept, _) = after("DELETE FROM segments WHERE place & 7 = 2").await;
    assert_eq!(walk(&kept), Err(Break::Missing(second())));
}

#[tokio::test]
async fn a_removed_tail_leaves_a_head_that_no_record_reaches() {
    let (kept, head) = after("DELETE FROM segments WHERE place & 7 = 3").await;
    assert_ne!(walk(&kept), Ok(head));
    assert_eq!((kept.len(), head.seq), (2, 3));
}
