//! Opening, closing, and what is refused at the door.

use crate::master_key;
use crate::people::{
    NOON, application, audience, commit, end_of, fact, put_application, record, subject, t1, t2,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use stead_core::commit::{Change, Commit, CommitError};
use stead_core::model::revocation::Ancestor;
use stead_core::ports::StoreError;
use stead_store::{MasterKey, OpenError, Sqlite};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What is refused says so in one sentence.
fn refused(path: &Path) -> String {
    Sqlite::open(path, &master_key()).unwrap_err().to_string()
}

#[tokio::test]
async fn what_was_committed_is_there_after_closing_and_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let revoked = fact(Ancestor::User(subject("alice")), NOON);
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let changes = vec![put_application("api", Some("api://api")), Change::Revoke(revoked.clone())];
    let receipt = commit(&*sqlite.tenant(&t1()), changes).await;
    sqlite.close().await;

    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    let found = store.resource(&audience("api://api")).await.unwrap();
    assert_eq!(found.as_deref(), Some(&application("api", Some("api://api"))));
    assert_eq!(store.all_revocations(9).await.unwrap(), vec![revoked]);
    assert_eq!(end_of(&*store).await.map(|end| end.hash), Some(receipt.hash));
    assert_eq!(commit(&*store, Vec::new()).await.seq, 2);
    assert_eq!(end_of(&*sqlite.tenant(&t2())).await, None);
}

#[tokio::test]
async fn a_store_that_was_closed_answers_that_it_is_unavailable() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    commit(&*store, Vec::new()).await;
    sqlite.close().await;
    sqlite.close().await;

    let writing = store.commit(Commit { changes: Vec::new(), record: record(NOON) }).await;
    assert!(matches!(writing, Err(CommitError::Failed(StoreError::Unavailable(_)))), "{writing:?}");
    let quick = store.heads().await;
    assert!(matches!(quick, Err(StoreError::Unavailable(_))), "{quick:?}");
    let slow = store.users(None, 1).await;
    assert!(matches!(slow, Err(StoreError::Unavailable(_))), "{slow:?}");
}

#[tokio::test]
async fn closing_writes_what_waits_and_leaves_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    for _ in 0..20 {
        commit(&*store, Vec::new()).await;
    }
    sqlite.close().await;
    assert!(!dir.path().join("stead.db-wal").exists());
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    assert_eq!(end_of(&*sqlite.tenant(&t1())).await.unwrap().seq, 20);
}

#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("a/data");
    let sqlite = Sqlite::open_in(&data, &master_key()).unwrap();
    commit(&*sqlite.tenant(&t1()), Vec::new()).await;
    assert_eq!(mode(&data), 0o700);
    for file in ["stead.db", "stead.db-wal", "stead.db-shm", "stead.db.lock"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_database_in_use_is_refused_until_it_is_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let first = Sqlite::open(&path, &master_key()).unwrap();
    let sentence = format!(
        "the database {} is in use by another process; stop that one first, or give this one its own",
        path.display()
    );
    assert_eq!(refused(&path), sentence);
    drop(first);
    assert!(Sqlite::open(&path, &master_key()).is_ok());
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    let text = "not a database at all\n".repeat(100);
    fs::write(&path, &text).unwrap();
    let not_ours = format!(
        "{} is not a database of Stead; name another file, or move this one away",
        path.display()
    );
    assert_eq!(refused(&path), not_ours);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    let path = dir.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(other);
    assert!(matches!(Sqlite::open(&path, &master_key()), Err(OpenError::NotOurs { .. })));
}

#[test]
fn a_database_of_a_later_version_is_refused_with_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    drop(Sqlite::open(&path, &master_key()).unwrap());
    let later = rusqlite::Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 7).unwrap();
    drop(later);
    let sentence = format!(
        "the database {} is of version 7, this program knows versions up to 6; use a newer program",
        path.display()
    );
    assert_eq!(refused(&path), sentence);
}

#[test]
fn a_directory_that_cannot_be_made_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let path = file.join("stead.db");
    let error = Sqlite::open(&path, &master_key()).unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}

#[test]
fn a_master_key_that_is_gone_is_missed_and_the_one_made_in_its_place_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let (path, key) = (dir.path().join("stead.db"), dir.path().join("master.key"));
    let made = MasterKey::load_or_create(&key, [1; 32]).unwrap();
    drop(Sqlite::open(&path, &made).unwrap());
    let kept = fs::read(&key).unwrap();

    fs::remove_file(&key).unwrap();
    let other = MasterKey::load_or_create(&key, [2; 32]).unwrap();
    let error = Sqlite::open(&path, &other).unwrap_err();
    assert!(matches!(error, OpenError::NoMasterKey { .. }), "{error}");
    assert!(!key.exists());

    fs::write(&key, kept).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(Sqlite::open(&path, &MasterKey::load_or_create(&key, [3; 32]).unwrap()).is_ok());
}

#[test]
fn a_master_key_that_does_not_fit_is_refused_and_both_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let key =
        |name: &str, seed| MasterKey::load_or_create(&dir.path().join(name), [seed; 32]).unwrap();
    drop(Sqlite::open(&path, &key("right.key", 1)).unwrap());
    // One that was there before; one made just now says that the right one is gone.
    drop(key("wrong.key", 2));
    let error = Sqlite::open(&path, &key("wrong.key", 2)).unwrap_err();
    let sentence = format!(
        "the master key {} does not fit the database {}; restore the key that the database was made with",
        dir.path().join("wrong.key").display(),
        path.display()
    );
    assert_eq!(error.to_string(), sentence);
    assert!(Sqlite::open(&path, &key("right.key", 1)).is_ok());
}
