//! `stead audit verify` after somebody was at the file behind our back (KH-14): it says which record.

use crate::stead::Folder;
use rusqlite::Connection;
use std::{fs, iter};
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
    let server = folder.serve();
    // This waits for the key that takes a while to make, which is on record too.
    assert!(folder.run(&["keys", "list"]).ok);
    assert!(server.stop());
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

/// A record as it stands in its segment.
struct Text {
    number: u64,
    hash: [u8; 32],
    json: String,
}

impl Text {
    fn take(texts: &mut &[u8]) -> Option<Self> {
        let (number, rest) = texts.split_first_chunk()?;
        let (hash, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (json, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        *texts = rest;
        let json = String::from_utf8(json.into()).unwrap();
        Some(Self { number: u64::from_be_bytes(*number), hash: *hash, json })
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.json.len()).unwrap();
        let (number, length) = (self.number.to_be_bytes(), length.to_be_bytes());
        [&number[..], &self.hash, &length, self.json.as_bytes()].concat()
    }

    /// Stays, as something else.
    fn edit(&mut self) -> bool {
        self.json = self.json.replace(":test", ":else");
        true
    }

    fn forget_hash(&mut self) -> bool {
        self.hash = [0; 32];
        true
    }
}

/// Writes the segments anew, with those records that stay.
fn rewrite(db: &Connection, stays: impl Fn(&mut Text) -> bool) {
    let mut all = db.prepare("SELECT place, texts FROM segments").unwrap();
    let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    for (place, texts) in all.collect::<Result<Vec<(i64, Vec<u8>)>, _>>().unwrap() {
        let records = iter::from_fn({
            let mut texts = &texts[..];
            move || Text::take(&mut texts)
        });
        let kept = records.filter_map(|mut it| stays(&mut it).then(|| it.bytes()));
        let texts = kept.collect::<Vec<_>>().concat();
        db.execute("UPDATE segments SET texts = ?2 WHERE place = ?1", (place, texts)).unwrap();
    }
}

fn ask(folder: &Folder, sql: &str) -> String {
    let db = Connection::open(folder.path().join("data/stead.db")).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_was_edited_or_taken_away_is_named() {
    let folder = with_a_history();
    let file = folder.path().join("data/stead.db");
    let whole = fs::read(&file).unwrap();
    let mut verdicts = Vec::new();
    let tamperings: [fn(&Connection); 8] = [
        |db| rewrite(db, |_| true),
        |db| rewrite(db, |record| record.number != 700 || record.edit()),
        |db| rewrite(db, |record| record.number != 501 || record.forget_hash()),
        |db| rewrite(db, |record| record.number != 500),
        |db| rewrite(db, |record| record.number <= 1000),
        |db| rewrite(db, |record| record.number <= 3),
        |db| _ = db.execute("UPDATE chain_heads SET hash = zeroblob(32)", []).unwrap(),
        |db| _ = db.execute("UPDATE chain_heads SET seq = seq + 1", []).unwrap(),
    ];
    for tamper in tamperings {
        fs::write(&file, &whole).unwrap();
        tamper(&Connection::open(&file).unwrap());
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
