//! What an operator does with a store in PostgreSQL: backups, moves, another master key, the doctor.

use crate::stead::{Folder, Said, postgres_place};
use serde_json::Value;
use std::fs;

fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(private_postgres::execute(url, sql)).unwrap();
}

/// Everything that moves, so that two stores can be compared.
fn counts(said: &Said) -> Value {
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    told.pointer("/restored/counts").or(told.pointer("/counts")).cloned().unwrap()
}

#[test]
fn a_backup_is_taken_beside_a_running_server_and_what_is_restored_serves_as_before() {
    let folder = Folder::on_postgres();
    let early = folder.run(&["backup", "b"]);
    assert!(!early.ok && early.err.contains("the first start makes it"), "{early:?}");
    let server = folder.serve();
    // This waits for the key that takes a while to make.
    assert!(folder.run(&["keys", "list"]).ok);
    let said = folder.run(&["backup", "b"]);
    assert!(said.ok && said.out.contains("The master key is not in it"), "{said:?}");
    assert!(folder.run(&["user", "add", "bob"]).ok);
    let refused = folder.run(&["restore", "b", "--force"]);
    assert!(
        !refused.ok && refused.err.contains("is in use: stop every server first"),
        "{refused:?}"
    );
    assert!(server.stop());

    let refused = folder.run(&["restore", "b"]);
    assert!(!refused.ok && refused.err.contains("holds something already"), "{refused:?}");
    let said = folder.run(&["restore", "b", "--force"]);
    assert!(said.ok && said.out.contains("Everybody signs in again"), "{said:?}");
    assert!(said.out.contains("The database that was there is the schema w"), "{said:?}");

    let server = folder.serve();
    let users = folder.run(&["user", "list"]);
    assert!(users.out.contains("alice") && !users.out.contains("bob"), "{users:?}");
    let verified = folder.run(&["audit", "verify"]);
    assert!(verified.ok && verified.out.contains("none edited, none missing"), "{verified:?}");
    let records = folder.run(&["audit", "list", "--json"]);
    assert!(records.out.contains("\"kind\": \"restored\""), "{records:?}");
    let keys: Value = serde_json::from_str(&folder.run(&["keys", "list", "--json"]).out).unwrap();
    let stages = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key.get("stage").and_then(Value::as_str).unwrap());
    assert_eq!(stages.filter(|stage| *stage == "revoked").count(), 3, "{keys:#}");
    assert!(server.stop());
}

#[test]
fn a_store_moves_from_sqlite_to_postgresql_and_back_and_everything_goes_on() {
    let folder = Folder::started();
    let server = folder.serve();
    assert!(folder.run(&["keys", "list"]).ok);
    assert!(folder.run(&["user", "add", "bob"]).ok);
    assert!(server.stop());
    let taken = folder.run(&["backup", "b", "--json"]);
    let of_sqlite = folder.read("stead.toml");

    folder.keeps_in(&postgres_place());
    let said = folder.run(&["restore", "b", "--moved-from", "data/stead.db", "--json"]);
    assert_eq!(counts(&said), counts(&taken));
    assert!(said.out.contains("\"ended\": false"), "{said:?}");
    let server = folder.serve();
    let users = folder.run(&["user", "list"]);
    assert!(users.out.contains("alice") && users.out.contains("bob"), "{users:?}");
    assert!(folder.run(&["audit", "verify"]).ok);
    let in_use = folder.run(&["backup", "b2"]);
    assert!(in_use.ok, "{in_use:?}");
    folder.write("old.toml", &folder.read("stead.toml"));
    folder.write("stead.toml", &of_sqlite);
    fs::remove_file(folder.path().join("data/stead.db")).unwrap();
    let refused = folder.run(&["restore", "b2", "--moved-from", "old.toml"]);
    assert!(!refused.ok && refused.err.contains("is in use: stop its server"), "{refused:?}");
    assert!(folder.run(&["user", "add", "carol"]).ok);
    assert!(server.stop());

    let refused = folder.run(&["restore", "b2", "--moved-from", "old.toml"]);
    assert!(
        !refused.ok && refused.err.contains("something happened in postgres://"),
        "{refused:?}"
    );
    assert!(folder.run(&["--config", "old.toml", "backup", "b3"]).ok);
    let said = folder.run(&["restore", "b3", "--moved-from", "old.toml"]);
    assert!(said.ok && said.out.contains("everything goes on"), "{said:?}");
    let server = folder.serve();
    assert!(folder.run(&["user", "list"]).out.contains("carol"));
    assert!(folder.run(&["audit", "verify"]).ok);
    assert!(server.stop());
}

#[test]
fn another_master_key_seals_what_is_on_file_while_no_server_runs() {
    let folder = Folder::on_postgres();
    let server = folder.serve();
    assert!(folder.run(&["keys", "list"]).ok);
    let refused = folder.run(&["master-key", "rotate"]);
    assert!(
        !refused.ok && refused.err.contains("is in use: stop every server first"),
        "{refused:?}"
    );
    let before = folder.run(&["keys", "list", "--json"]).out;
    assert!(server.stop());

    let said = folder.run(&["master-key", "rotate"]);
    assert!(
        said.ok && said.out.contains("signing keys 3, secrets of one-time codes 0"),
        "{said:?}"
    );
    assert!(said.out.contains("every other server needs this file"), "{said:?}");

    let server = folder.serve();
    assert_eq!(folder.run(&["keys", "list", "--json"]).out, before);
    assert!(folder.run(&["audit", "verify"]).ok);
    assert!(server.stop());
}

/// Every finding about the store, as `verdict: sentence`.
fn of_the_store(folder: &Folder) -> (i32, Vec<String>) {
    let said = folder.run(&["doctor", "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    let findings = told.get("findings").and_then(Value::as_array).unwrap();
    let text = |it: &Value, key: &str| it.get(key).and_then(Value::as_str).unwrap().to_owned();
    let stores = findings.iter().filter(|it| text(it, "about") == "store");
    let told = stores.map(|it| format!("{}: {}", text(it, "verdict"), text(it, "what")));
    (said.code, told.collect())
}

#[test]
fn the_doctor_looks_at_postgresql_beside_a_running_server_and_without_one() {
    let folder = Folder::on_postgres();
    let (code, told) = of_the_store(&folder);
    assert_eq!(code, 0, "{told:#?}");
    assert!(
        told.iter().any(|it| it.contains("the next start brings it to this version")),
        "{told:#?}"
    );

    let server = folder.serve();
    assert!(folder.run(&["keys", "list"]).ok);
    let (_, told) = of_the_store(&folder);
    let says = |part: &str| assert!(told.iter().any(|it| it.contains(part)), "{part}: {told:#?}");
    says("opens, is of this version, and 1 server writes to it");
    says("ok: the master key data/master.key fits the database");
    says("a commit takes");
    says("records of tenant");
    // The PostgreSQL of the tests is in a hurry.
    says("warn: fsync is off");
    says("ok: the connection is encrypted (TLS");
    assert!(!told.iter().any(|it| it.starts_with("fail")), "{told:#?}");
    assert!(server.stop());
    let (_, told) = of_the_store(&folder);
    assert!(told.iter().any(|it| it.contains("and no server writes to it")), "{told:#?}");
}

#[test]
fn the_doctor_finds_an_edited_record_and_another_master_key_in_postgresql() {
    let (folder, place) = (Folder::started(), postgres_place());
    folder.keeps_in(&place);
    assert!(folder.serve().stop());
    let key = folder.path().join("data/master.key");
    let kept = fs::read(&key).unwrap();
    let other = Folder::started();
    assert!(other.serve().stop());
    fs::copy(other.path().join("data/master.key"), &key).unwrap();
    let (code, told) = of_the_store(&folder);
    assert_eq!(code, 1);
    assert!(
        told.contains(&"fail: the master key data/master.key does not fit the database".into()),
        "{told:#?}"
    );
    fs::write(&key, kept).unwrap();
    assert_eq!(of_the_store(&folder).0, 0);

    execute(&place, "UPDATE records SET json = replace(json, 'done', 'gone') WHERE seq = 1");
    let (code, told) = of_the_store(&folder);
    assert_eq!(code, 1);
    assert!(told.iter().any(|it| it.starts_with("fail: record 1 of tenant")), "{told:#?}");
}
