//! Records share rows: they are found in them, carried into them, and what is done to one is noticed.

use crate::master_key;
use crate::people::{
    NOON, commit, put_on_record, record, subject, t1, t2, token_record, trace, walk,
};
use std::path::Path;
use std::sync::Arc;
use stead_core::chain::{Break, Chain, ChainedRecord, End, Place, RecordQuery};
use stead_core::ports::Store;
use stead_core::record::{Outcome, Record};
use stead_store::Sqlite;
use tempfile::TempDir;

/// A database as it was when each record had a row of its own: five in one tenant, one in another.
fn of_rows() -> (TempDir, Vec<Record>) {
    let dir = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("stead.db")).unwrap();
    for script in [
        include_str!("../../migrations/sqlite/0001_init.sql"),
        include_str!("../../migrations/sqlite/0002_factors.sql"),
        include_str!("../../migrations/sqlite/0003_devices.sql"),
    ] {
        db.execute_batch(script).unwrap();
    }
    db.pragma_update(None, "user_version", 3).unwrap();
    db.pragma_update(None, "application_id", 0x5374_6564).unwrap();
    let names = ["r1", "r2", "r3", "r4", "r5"];
    let records = names.map(|name| token_record(name, "dashboard", "alice", Outcome::Done));
    put_rows(&db, (1, t1().as_str()), &records);
    put_rows(&db, (2, t2().as_str()), &records[..1]);
    (dir, records.into())
}

fn put_rows(db: &rusqlite::Connection, (number, tenant): (i64, &str), records: &[Record]) {
    db.execute("INSERT INTO tenants VALUES (?1, ?2)", (number, tenant)).unwrap();
    let mut end = Chain::FIRST.start();
    for record in records {
        let json = serde_json::to_string(record).unwrap();
        end = end.after(&json);
        let place = (number << 40) + end.seq.cast_signed();
        let row = (place, record.trace_id.as_str(), end.hash.as_bytes(), json);
        db.execute("INSERT INTO records VALUES (?1, ?2, 'alice', 'dashboard', 0, ?3, ?4)", row)
            .unwrap();
    }
    let head = (number, end.seq.cast_signed(), end.hash.as_bytes(), NOON.millis());
    db.execute("INSERT INTO chain_heads VALUES (?1, ?2, ?3, ?4)", head).unwrap();
}

fn open(dir: &TempDir) -> Sqlite {
    Sqlite::open_in(dir.path(), &master_key()).unwrap()
}

async fn whole_chain(store: &dyn Store) -> (Vec<ChainedRecord>, End) {
    let kept = store.records(&RecordQuery::all_of(Chain::FIRST, 9_999)).await.unwrap();
    (kept, store.heads().await.unwrap()[0].head)
}

#[tokio::test]
async fn records_that_had_rows_of_their_own_are_carried_over_and_their_chain_goes_on() {
    let (dir, records) = of_rows();
    let sqlite = open(&dir);
    let (kept, head) = whole_chain(&*sqlite.tenant(&t1())).await;
    assert_eq!(kept.iter().filter_map(ChainedRecord::record).collect::<Vec<_>>(), records);
    assert_eq!(walk(&kept), Ok(head));
    let (others, head) = whole_chain(&*sqlite.tenant(&t2())).await;
    assert_eq!((others.len(), walk(&others)), (1, Ok(head)));

    assert_eq!(commit(&*sqlite.tenant(&t1()), Vec::new()).await.seq, 6);
    let by_trace = RecordQuery { trace_id: Some(trace("r3")), limit: 9, ..RecordQuery::default() };
    assert_eq!(sqlite.tenant(&t1()).records(&by_trace).await.unwrap(), [kept[2].clone()]);
    let (kept, head) = whole_chain(&*sqlite.tenant(&t1())).await;
    assert_eq!(walk(&kept), Ok(head));
}

/// Carries five records into one segment, changes what it says, and reads it again.
async fn after(tampering: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<End, Break> {
    let (dir, _) = of_rows();
    drop(open(&dir));
    change_texts(&dir.path().join("stead.db"), tampering);
    let (kept, head) = whole_chain(&*open(&dir).tenant(&t1())).await;
    let end = walk(&kept)?;
    let next = Place { chain: Chain::FIRST, seq: end.seq + 1 };
    if end == head { Ok(end) } else { Err(Break::Missing(next)) }
}

fn change_texts(path: &Path, tampering: impl FnOnce(&[u8]) -> Vec<u8>) {
    let db = rusqlite::Connection::open(path).unwrap();
    let place = (1_i64 << 40) + 5;
    let texts: Vec<u8> = db
        .query_row("SELECT texts FROM segments WHERE place = ?1", [place], |row| row.get(0))
        .unwrap();
    let changed = tampering(&texts);
    assert_ne!(changed, texts);
    db.execute("UPDATE segments SET texts = ?2 WHERE place = ?1", (place, changed)).unwrap();
}

/// Where in a segment the record of this name begins: its number, hash and length take 44 bytes.
fn start_of(texts: &[u8], name: &str) -> usize {
    let text = texts.windows(name.len()).position(|text| text == name.as_bytes()).unwrap();
    texts[..text].iter().rposition(|byte| *byte == b'{').unwrap() - 44
}

#[tokio::test]
async fn a_record_edited_in_its_segment_is_named() {
    let edited = after(|texts| {
        let mut texts = texts.to_vec();
        let begin = start_of(&texts, "\"r3\"");
        let client = texts[begin..].windows(9).position(|text| text == b"dashboard").unwrap();
        texts[begin + client] = b'D';
        texts
    });
    assert_eq!(edited.await, Err(Break::Edited(Place { chain: Chain::FIRST, seq: 3 })));
}

#[tokio::test]
async fn a_record_taken_out_of_its_segment_is_missed() {
    let shorter = after(|texts| {
        let (begin, end) = (start_of(texts, "\"r3\""), start_of(texts, "\"r4\""));
        [&texts[..begin], &texts[end..]].concat()
    });
    assert_eq!(shorter.await, Err(Break::Missing(Place { chain: Chain::FIRST, seq: 3 })));
}

#[tokio::test]
async fn a_segment_cut_off_in_the_middle_is_read_as_far_as_it_goes() {
    let cut = after(|texts| texts[..start_of(texts, "\"r4\"") + 50].to_vec());
    assert_eq!(cut.await, Err(Break::Missing(Place { chain: Chain::FIRST, seq: 4 })));
}

#[tokio::test]
async fn each_of_a_thousand_subjects_is_found_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = open(&dir);
    let store = sqlite.tenant(&t1());
    let name = |number| format!("user-{number}");
    let written: Vec<_> = (0..1_000)
        .map(|number| {
            let store = Arc::clone(&store);
            let record = token_record("t", "dashboard", &name(number), Outcome::Done);
            tokio::spawn(async move { put_on_record(&*store, record).await.seq })
        })
        .collect();
    for (number, seq) in written.into_iter().enumerate() {
        let about = Some(subject(&name(number)));
        let query = RecordQuery { subject: about, limit: 9, ..RecordQuery::default() };
        let seq = seq.await.unwrap();
        let found = store.records(&query).await.unwrap();
        assert_eq!(found.iter().map(|record| record.seq).collect::<Vec<_>>(), [seq]);
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_whatever_rows_records_share() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = open(&dir);
    let store = sqlite.tenant(&t1());
    let writers = (0..700).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { put_on_record(&*store, record(NOON)).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let (mut kept, mut after) = (Vec::new(), Place::before_all(Chain::FIRST));
    loop {
        let query = RecordQuery { after: Some(after), limit: 33, ..RecordQuery::default() };
        let page = store.records(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.place();
        kept.extend(page);
    }
    assert_eq!((kept.len(), walk(&kept)), (700, Ok(store.heads().await.unwrap()[0].head)));
    let newest = store.records(&RecordQuery { limit: 300, ..RecordQuery::default() }).await;
    kept.reverse();
    assert_eq!(newest.unwrap(), kept[..300]);
}
