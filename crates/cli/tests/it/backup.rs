//! `stead backup` beside a running server, and `stead restore`: what comes back, and what has ended.

use crate::stead::{Folder, Said};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn ask(folder: &Folder, sql: &str) -> String {
    let db = rusqlite::Connection::open(folder.path().join("data/stead.db")).unwrap();
    db.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))
        .unwrap()
}

fn manifest(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}

/// A folder whose running server was backed up into `b`, and has gone on for a little; stopped.
fn backed_up() -> Folder {
    let folder = Folder::started();
    let server = folder.serve();
    // This waits for the key that takes a while to make.
    assert!(folder.run(&["keys", "list"]).ok);
    let said = folder.run(&["backup", "b"]);
    assert!(said.ok && said.out.contains("The master key is not in it"), "{said:?}");
    assert!(folder.run(&["user", "add", "bob"]).ok);
    assert!(server.stop());
    folder
}

#[test]
fn a_backup_is_taken_beside_a_running_server_and_is_its_owners_alone() {
    let folder = Folder::started();
    let server = folder.serve();
    let said = folder.run(&["backup", "b", "--json"]);
    let told = manifest(&said);
    assert_eq!(told.pointer("/counts/users"), Some(&1.into()), "{told}");
    assert_eq!(told.pointer("/counts/applications"), Some(&3.into()), "{told}");
    let mode = fs::metadata(folder.path().join("b")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = folder.read("data/master.key");
    assert!(!folder.read("b").contains(key.trim()));

    let again = folder.run(&["backup", "b"]);
    assert!(!again.ok && again.err.contains("b: File exists"), "{again:?}");
    let checked = folder.run(&["restore", "b", "--check"]);
    assert!(checked.ok && checked.out.contains("it can be restored"), "{checked:?}");
    let piped = folder.run(&["backup", "-"]);
    assert!(folder.run_with(&["restore", "-", "--check"], &piped.out).ok);
    let refused = folder.run(&["restore", "b"]);
    assert!(!refused.ok && refused.err.contains("in use by another process"), "{refused:?}");
    assert!(server.stop());
}

#[test]
fn what_is_restored_serves_as_before_with_new_keys_and_a_chain_that_tells() {
    let folder = backed_up();
    let refused = folder.run(&["restore", "b"]);
    assert!(
        !refused.ok && refused.err.contains("there is a database data/stead.db already"),
        "{refused:?}"
    );
    let said = folder.run(&["restore", "b", "--force"]);
    assert!(said.ok && said.out.contains("Everybody signs in again"), "{said:?}");
    assert!(
        said.out.contains("The database that was there is data/stead.db.before-restore-"),
        "{said:?}"
    );
    assert_eq!(ask(&folder, "SELECT count(*) FROM signing_keys"), "Integer(3)");
    assert_eq!(ask(&folder, "SELECT count(*) FROM revocations WHERE kind = 'key'"), "Integer(3)");

    let server = folder.serve();
    let users = folder.run(&["user", "list"]);
    assert!(users.out.contains("alice") && !users.out.contains("bob"), "{users:?}");
    let verified = folder.run(&["audit", "verify"]);
    assert!(verified.ok && verified.out.contains("none edited, none missing"), "{verified:?}");
    let records = folder.run(&["audit", "list", "--json"]);
    assert!(records.out.contains("\"kind\": \"restored\""), "{records:?}");
    // This waits for the key that takes a while to make.
    assert!(folder.run(&["keys", "list"]).ok);
    assert!(server.stop());
    assert_eq!(ask(&folder, "SELECT count(*) FROM signing_keys"), "Integer(6)");
    assert!(folder.run(&["doctor"]).ok);
}

#[test]
fn a_store_that_has_moved_goes_on_only_if_nothing_happened_since() {
    let folder = backed_up();
    let database = folder.path().join("data/stead.db");
    let old = folder.path().join("old.db");
    fs::rename(&database, &old).unwrap();
    let refused = folder.run(&["restore", "b", "--moved-from", "old.db"]);
    assert!(!refused.ok && refused.err.contains("something happened in old.db"), "{refused:?}");
    assert!(!database.exists());

    fs::rename(&old, &database).unwrap();
    assert!(folder.run(&["backup", "b2"]).ok);
    fs::rename(&database, &old).unwrap();
    let said = folder.run(&["restore", "b2", "--moved-from", "old.db"]);
    assert!(said.ok && said.out.contains("everything goes on"), "{said:?}");
    assert_eq!(ask(&folder, "SELECT count(*) FROM revocations"), "Integer(0)");
    let server = folder.serve();
    assert!(folder.run(&["audit", "verify"]).ok);
    assert!(server.stop());
}

#[test]
fn a_backup_that_was_changed_cut_short_or_has_another_key_is_refused_and_nothing_is_made() {
    let folder = backed_up();
    let whole = folder.read("b");
    fs::remove_file(folder.path().join("data/stead.db")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let without = |out: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != out);
        kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n") + "\n"
    };
    let before = folder.files();
    let newer = whole.replacen("\"stead_backup\":1", "\"stead_backup\":99", 1);
    for (text, told) in [
        (
            whole.replace("\"username\":\"alice\"", "\"username\":\"alina\""),
            "does not have the SHA-256 it says",
        ),
        (without(lines.len() - 1), "cut short"),
        (without(lines.len() - 2), "does not have the SHA-256 it says"),
        (without(2), "does not have the SHA-256 it says"),
        (whole.trim_end().to_owned(), "cut short"),
        (format!("{whole}{{}}\n"), "something follows it"),
        (newer, "form 99"),
        ("something else\n".to_owned(), "no backup of Stead"),
        (String::new(), "no backup of Stead"),
    ] {
        folder.write("b", &text);
        for command in [&["restore", "b"][..], &["restore", "b", "--check"]] {
            let said = folder.run(command);
            assert!(!said.ok && said.err.contains(told), "{told}: {said:?}");
        }
        assert_eq!(folder.files(), before, "{told}");
    }

    folder.write("b", &whole);
    let key = folder.read("data/master.key");
    fs::remove_file(folder.path().join("data/master.key")).unwrap();
    assert!(folder.run(&["restore", "b"]).err.contains("master key"));
    let other = Folder::started();
    assert!(other.serve().stop());
    fs::copy(other.path().join("data/master.key"), folder.path().join("data/master.key")).unwrap();
    assert!(folder.run(&["restore", "b"]).err.contains("the master key does not fit the backup"));
    fs::write(folder.path().join("data/master.key"), key).unwrap();
    assert!(folder.run(&["restore", "b"]).ok);
}
