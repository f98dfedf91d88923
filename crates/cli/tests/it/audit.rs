//! `stead audit verify` after somebody was at the file behind our back (KH-14): it says which record.

use crate::stead::Folder;
use std::fs;
use stead_core::commit::Commit;
use stead_core::ports::Store;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::{TenantId, TraceId};
use stead_proto::time::Timestamp;
use stead_store::{MasterKey, Sqlite};

/// More than two pages of those that are read at once.
const RECORDS: u64 = 1100;

/// A folder whose tenant has that many records, its server stopped.
fn with_a_history() -> Folder {
    let folder = Folder::started();
    assert!(folder.serve().stop());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(write(&folder));
    folder
}

async fn write(folder: &Folder) {
    let tenant = TenantId::parse(ask(folder, "SELECT id FROM tenants")).unwrap();
    let written: u64 = ask(folder, "SELECT CAST(seq AS TEXT) FROM chain_heads").parse().unwrap();
    let master = MasterKey::load_or_create(&folder.path().join("data/master.key"), [0; 32]);
    let sqlite = Sqlite::open_in(folder.path().join("data"), &master.unwrap()).unwrap();
    let store = sqlite.tenant(&tenant);
    let mut all = tokio::task::JoinSet::new();
    for _ in written..RECORDS {
        let store = store.clone();
        all.spawn(async move { put_on_record(&*store).await });
    }
    all.join_all().await;
    sqlite.close().await;
}

async fn put_on_record(store: &dyn Store) {
    let record = Record {
        at: Timestamp::from_secs(1_795_435_200),
        trace_id: TraceId::from_random([7; 16]),
        correlation_id: None,
        event: Event::Change { by: "admin:test".into(), changes: Vec::new() },
        outcome: Outcome::Done,
    };
    store.commit(Commit { changes: Vec::new(), record }).await.unwrap();
}

fn ask(folder: &Folder, sql: &str) -> String {
    let db = rusqlite::Connection::open(folder.path().join("data/stead.db")).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_was_edited_or_taken_away_is_named() {
    let folder = with_a_history();
    let file = folder.path().join("data/stead.db");
    let whole = fs::read(&file).unwrap();
    let number = "(place & ((1 << 40) - 1))";
    let mut verdicts = Vec::new();
    for tampering in [
        format!("UPDATE records SET json = json WHERE {number} = 700"),
        format!("UPDATE records SET json = replace(json, ':test', ':else') WHERE {number} = 700"),
        format!("UPDATE records SET hash = zeroblob(32) WHERE {number} = 501"),
        format!("DELETE FROM records WHERE {number} = 500"),
        format!("DELETE FROM records WHERE {number} > 1000"),
        format!("DELETE FROM records WHERE {number} > 3"),
        "UPDATE chain_heads SET hash = zeroblob(32)".to_owned(),
        "UPDATE chain_heads SET seq = seq + 1".to_owned(),
    ] {
        fs::write(&file, &whole).unwrap();
        let db = rusqlite::Connection::open(&file).unwrap();
        assert!(db.execute(&tampering, []).unwrap() > 0, "{tampering}");
        drop(db);
        let server = folder.serve();
        let said = folder.run(&["audit", "verify"]);
        assert!(server.stop());
        let lines: Vec<&str> = said.out.lines().map(str::trim).collect();
        verdicts.push(format!("{} {}", said.code, lines.join("; ")));
    }
    let broken = |record: u64, how: &str| {
        let before = record - 1;
        format!("1 ✗ record {record} is {how}; {before} records before it are as they were written")
    };
    assert_eq!(
        verdicts,
        [
            "0 ✓ 1100 records, none edited, none missing".to_owned(),
            broken(700, "edited"),
            broken(501, "edited"),
            broken(500, "missing"),
            broken(1001, "missing"),
            broken(4, "missing"),
            broken(1100, "edited"),
            broken(1101, "missing"),
        ]
    );
}
