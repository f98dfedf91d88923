//! A backup, restored: the same store again, or one in which everything ended that may have been used since.

use crate::agreement::{answers, commits};
use crate::master_key;
use crate::people::{
    HOUR, NOON, YEAR, code, code_grant, commit, cookie, device, device_grant, key, kid, record,
    refresh, refresh_grant, session, subject, t1, t2, user,
};
use proptest::prelude::*;
use std::path::Path;
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::{Change, Commit};
use stead_core::model::revocation::Ancestor;
use stead_core::moment::{Dice, Moment};
use stead_core::ports::Store;
use stead_core::record::Event;
use stead_proto::digest::sha256;
use stead_proto::time::Timestamp;
use stead_store::{ArchiveError, Inspection, Restore, RestoreError, Since, Sqlite};
use tempfile::TempDir;

pub(crate) const TAKEN: Timestamp = Timestamp::from_secs(1_900_000_000);

pub(crate) fn at(now: Timestamp) -> Moment {
    Moment::new(now, Dice::default())
}

/// Also while a store has it open.
pub(crate) fn taken(database: &Path) -> String {
    let mut out = Vec::new();
    let open = Inspection::open(database).unwrap().unwrap();
    open.back_up(&mut out, TAKEN, &mut |_| ()).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn restored(backup: &str, since: Since) -> Result<(TempDir, Sqlite), RestoreError> {
    restored_at(TAKEN + HOUR, backup, since)
}

pub(crate) fn restored_at(
    now: Timestamp,
    backup: &str,
    since: Since,
) -> Result<(TempDir, Sqlite), RestoreError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let restore = Restore::open(backup.as_bytes())?;
    restore.into_sqlite(&path, &master_key(), since, &at(now))?;
    Ok((dir, Sqlite::open(&path, &master_key())?))
}

/// Everything but the first line, the last, and the record of the return.
pub(crate) fn things(backup: &str) -> Vec<&str> {
    let lines: Vec<&str> = backup.lines().collect();
    let things = &lines[1..lines.len() - 1];
    things.iter().copied().filter(|line| !line.contains(r#"\"kind\":\"restored\""#)).collect()
}

async fn comes_back(commits: Vec<(Vec<Change>, Timestamp)>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let sqlite = Sqlite::open(&path, &master_key()).unwrap();
    let (one, two) = (sqlite.tenant(&t1()), sqlite.tenant(&t2()));
    for (changes, at) in commits {
        // A conflict leaves nothing behind, and is no matter here.
        let _ = one.commit(Commit { changes, record: record(at) }).await;
    }
    commit(&*two, vec![Change::PutUser(Box::new(user("alice", "alice", &[])))]).await;
    let before = taken(&path);

    // No later than what is on record, by which sessions are shown.
    let (again, copy) = restored_at(NOON, &before, Since::Nothing).unwrap();
    assert_eq!(things(&taken(&again.path().join("stead.db"))), things(&before));
    let without_chain = |said: Vec<String>| {
        let others = said.into_iter().enumerate().filter(|(place, _)| ![7, 8].contains(place));
        others.map(|(_, answer)| answer).collect::<Vec<_>>()
    };
    assert_eq!(
        without_chain(answers(&*copy.tenant(&t1())).await),
        without_chain(answers(&*one).await)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_committed_comes_back_as_it_was(commits in commits()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(comes_back(commits));
    }
}

/// One of everything that works once or for a time, a user, and a key.
pub(crate) fn one_of_everything() -> Vec<Change> {
    vec![
        Change::PutUser(Box::new(user("alice", "alice", &[]))),
        Change::PutKey(key("k", NOON)),
        Change::PutSession(session("s", "alice", NOON)),
        Change::PutCode(code("c"), Box::new(code_grant(NOON + YEAR))),
        Change::PutRefresh(refresh("r"), Box::new(refresh_grant(NOON + YEAR))),
        Change::PutDevice(device("d"), Box::new(device_grant("BBBBBBBB", NOON + YEAR))),
    ]
}

/// Of that, what goes on after an hour in which anything may have happened.
pub(crate) async fn only_what_works_again_is_left(store: &dyn Store) {
    assert!(store.user(&subject("alice")).await.unwrap().is_some());
    assert_eq!(store.session_by_secret(&cookie("s")).await.unwrap(), None);
    assert_eq!(store.code(&code("c")).await.unwrap(), None);
    assert_eq!(store.refresh(&refresh("r")).await.unwrap(), None);
    assert_eq!(store.device(&device("d")).await.unwrap(), None);
    let facts = store.revocations(&[Ancestor::Key(kid("k"))]).await.unwrap();
    assert_eq!(facts[0].at, TAKEN + HOUR);
}

/// A store that has one of everything.
async fn busy() -> (TempDir, Sqlite) {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    commit(&*sqlite.tenant(&t1()), one_of_everything()).await;
    (dir, sqlite)
}

#[tokio::test]
async fn what_may_have_been_used_since_has_ended_and_the_chain_says_so() {
    let (dir, _before) = busy().await;
    let backup = taken(&dir.path().join("stead.db"));
    let (_dir, sqlite) = restored(&backup, Since::Unknown).unwrap();
    let store = sqlite.tenant(&t1());
    only_what_works_again_is_left(&*store).await;

    let records = store.records(&RecordQuery::all_of(Chain::FIRST, 9)).await.unwrap();
    let said = Event::Restored { by: "operator".into(), taken: TAKEN, ended: true };
    assert_eq!(records[1].record().unwrap().event, said);
    let heads = store.heads().await.unwrap();
    assert_eq!((heads[0].head.seq, heads[0].head.hash), (2, records[1].hash));
    // It goes on from there.
    assert_eq!(commit(&*store, Vec::new()).await.seq, 3);
}

/// A backup with another text in it, its digest put right.
pub(crate) fn forged(backup: &str, change: impl Fn(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = backup.lines().map(str::to_owned).collect();
    lines.pop();
    change(&mut lines);
    let text = lines.join("\n") + "\n";
    let sha256 = sha256(text.as_bytes());
    format!("{text}{{\"lines\":{},\"sha256\":\"{sha256}\"}}\n", lines.len())
}

#[tokio::test]
async fn records_that_do_not_follow_each_other_are_refused_whatever_the_digest_says() {
    let (dir, sqlite) = busy().await;
    let store = sqlite.tenant(&t1());
    for _ in 0..3 {
        commit(&*store, Vec::new()).await;
    }
    let backup = taken(&dir.path().join("stead.db"));
    assert!(restored(&forged(&backup, |_| ()), Since::Unknown).is_ok());
    let tenant = t1();
    let refused = |change: &dyn Fn(&mut Vec<String>)| {
        restored(&forged(&backup, change), Since::Unknown).unwrap_err().to_string()
    };
    let told =
        |is: &str| format!("the records in the backup are not as they were written: record {is}");
    let last = backup.lines().count() - 2;
    assert_eq!(
        refused(&|lines| lines[last] = lines[last].replace("admin:test", "admin:else")),
        told(&format!("4 of tenant {tenant} is edited"))
    );
    assert_eq!(
        refused(&|lines| drop(lines.remove(last - 1))),
        told(&format!("3 of tenant {tenant} is missing"))
    );
    assert_eq!(
        refused(&|lines| drop(lines.remove(last))),
        told(&format!("4 of tenant {tenant} is missing"))
    );
    let nobody = refused(&|lines| drop(lines.remove(1)));
    assert!(nobody.contains("they are nobody's"), "{nobody}");
}

#[tokio::test]
async fn records_of_several_nodes_do_not_fit_into_one_file() {
    let (dir, _sqlite) = busy().await;
    let backup = taken(&dir.path().join("stead.db"));
    let two = forged(&backup, |lines| lines[0] = lines[0].replace("\"chain\":1", "\"chain\":2"));
    let refused = restored(&two, Since::Unknown).unwrap_err();
    assert!(matches!(refused, RestoreError::Archive(ArchiveError::SeveralChains(_))), "{refused}");
}
