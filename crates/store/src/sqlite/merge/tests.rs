//! Segments before and after.

use super::*;
use crate::sqlite::marks::Mark;
use crate::sqlite::migrations;
use crate::sqlite::records::{self, Head, Tail};
use rusqlite::Connection;
use stead_core::chain::{Chain, ChainedRecord, RecordQuery, verify};
use stead_proto::time::Timestamp;

fn database() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::migrate(&mut db).unwrap();
    db.execute_batch("INSERT INTO tenants VALUES (1, 't1'), (2, 't2')").unwrap();
    db
}

/// Writes segments of so many records each.
fn write(db: Scoped<'_>, segments: &[usize]) {
    for records in segments {
        let head = records::head(db).unwrap().unwrap_or_else(Head::genesis);
        let mut tail = Tail::new(head);
        for _ in 0..*records {
            let record = ("{}", Mark::of_nothing());
            tail.append(db, record, Timestamp::from_secs(1)).unwrap();
        }
        tail.write(db).unwrap();
    }
}

/// How many records the segments have.
fn sizes(db: Scoped<'_>) -> Vec<usize> {
    neighbours(db, 0).unwrap().into_iter().map(|(_, records)| records).collect()
}

fn chain(db: Scoped<'_>) -> Vec<ChainedRecord> {
    records::find(db, &RecordQuery::all_of(Chain::FIRST, 9_999)).unwrap()
}

fn merge_all(db: Scoped<'_>) {
    let mut merging = Merging::default();
    while merging.step(db).unwrap() {}
}

#[test]
fn small_neighbours_become_one_and_their_records_stay_as_they_are() {
    let db = database();
    let (one, other) = (Scoped::new(&db, 1), Scoped::new(&db, 2));
    write(one, &[1; 64]);
    write(other, &[1; 63]);
    let before = chain(one);
    merge_all(one);
    merge_all(other);
    assert_eq!((sizes(one), sizes(other)), (vec![64], vec![1; 63]));
    assert_eq!(chain(one), before);
    let head = records::ends(one).unwrap().unwrap().head;
    assert_eq!(verify(Chain::FIRST, Chain::FIRST.start(), &chain(one)), Ok(head));
}

#[test]
fn large_segments_are_left_alone_and_small_ones_grow_until_they_are_large() {
    let db = database();
    let db = Scoped::new(&db, 1);
    write(db, &[200, 250]);
    write(db, &[10; 40]);
    merge_all(db);
    let mut expected = vec![200, 250, 250];
    expected.extend([10; 15]);
    assert_eq!(sizes(db), expected);
    assert_eq!(noted(db).unwrap() & 0xff_ffff, 700);
    write(db, &[1; 60]);
    merge_all(db);
    assert_eq!(sizes(db)[..4], [200, 250, 250, 199]);
    assert_eq!(chain(db).len(), 450 + 400 + 60);
}

#[test]
fn a_segment_that_was_tampered_with_is_left_as_it_is() {
    let db = database();
    let one = Scoped::new(&db, 1);
    write(one, &[1; 70]);
    let sql = "UPDATE segments SET texts = substr(texts, 1, 20) WHERE place & 255 = 9";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
    let before = chain(one);
    merge_all(one);
    assert_eq!(chain(one), before);
    assert_eq!(before.len(), 69);
}

#[test]
fn what_has_no_room_in_one_is_passed() {
    assert_eq!(Step::after(&[]), Step::Wait);
    assert_eq!(Step::after(&[(1, 100)]), Step::Wait);
    assert_eq!(Step::after(&[(1, 100), (2, 200)]), Step::Pass(1));
    assert_eq!(Step::after(&[(1, 100), (2, 100), (3, 100)]), Step::Merge { first: 1, last: 2 });
    assert_eq!(Step::after(&[(1, 200), (2, 200), (3, 1)]), Step::Pass(2));
}
