//! Killed at any moment, what was acknowledged is there and nothing is there by halves.

use crate::master_key;
use crate::people::{code, end_of, kid, t1, walk};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use stead_core::chain::{Chain, ChainedRecord, RecordQuery};
use stead_core::model::code::Use;
use stead_core::ports::Store;
use stead_core::record::Event;
use stead_store::Sqlite;

/// One line of the crasher: a commit it was given a receipt for.
struct Acknowledged {
    seq: u64,
    hash: String,
    name: String,
}

impl Acknowledged {
    /// A line that was cut off is none.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_suffix('\n')?.split(' ').map(str::to_owned);
        let seq = words.next()?.parse().ok()?;
        Some(Self { seq, hash: words.next()?, name: words.next()? })
    }
}

/// Lets the crasher commit, kills it after so many receipts, and reads what more it had printed.
fn commit_and_kill(path: &Path, receipts: usize) -> Vec<Acknowledged> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_store-crasher"))
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut read = || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        Acknowledged::read(&line)
    };
    let mut acknowledged: Vec<_> = (0..receipts).map(|_| read().unwrap()).collect();
    child.kill().unwrap();
    while let Some(more) = read() {
        acknowledged.push(more);
    }
    child.wait().unwrap();
    acknowledged
}

async fn chain(store: &dyn Store) -> Vec<ChainedRecord> {
    let query = RecordQuery::all_of(Chain::FIRST, usize::MAX);
    store.records(&query).await.unwrap()
}

/// Every acknowledged commit stands where its receipt says.
fn assert_kept(chain: &[ChainedRecord], acknowledged: &[Acknowledged]) {
    for receipt in acknowledged {
        let kept = &chain[usize::try_from(receipt.seq).unwrap() - 1];
        assert_eq!(kept.hash.to_string(), receipt.hash);
        assert_eq!(names(std::slice::from_ref(kept)), BTreeSet::from([receipt.name.clone()]));
    }
}

/// What commits are on record.
fn names(chain: &[ChainedRecord]) -> BTreeSet<String> {
    let name = |record: &ChainedRecord| match record.record().unwrap().event {
        Event::Change { changes, .. } => changes.into_iter().next().unwrap(),
        event => panic!("{event:?}"),
    };
    chain.iter().map(name).collect()
}

/// What is on file is exactly what is on record: of each commit all or nothing.
async fn assert_whole(store: &dyn Store, names: &BTreeSet<String>) {
    let keys: BTreeSet<_> = store.keys().await.unwrap().into_iter().map(|key| key.kid).collect();
    let began = || names.iter().filter(|name| !name.ends_with("-spent"));
    let pairs =
        began().flat_map(|name| ["left", "right"].map(|half| kid(&format!("{name}-{half}"))));
    assert_eq!(keys, pairs.collect());
    for name in began() {
        let (_, used) = store.code(&code(name)).await.unwrap().unwrap();
        let spent = names.contains(&format!("{name}-spent"));
        assert_eq!(matches!(used, Use::Spent(_)), spent, "{name}");
    }
}

async fn survives_a_kill_after(receipts: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stead.db");
    let acknowledged = commit_and_kill(&path, receipts);
    assert!(acknowledged.len() >= receipts);

    let sqlite = Sqlite::open(&path, &master_key()).unwrap();
    let store = sqlite.tenant(&t1());
    let chain = chain(&*store).await;
    let head = end_of(&*store).await.unwrap();
    assert_eq!(walk(&chain), Ok(head));
    assert_eq!(u64::try_from(chain.len()).unwrap(), head.seq);
    assert_kept(&chain, &acknowledged);
    assert_whole(&*store, &names(&chain)).await;
}

#[tokio::test]
async fn a_store_killed_at_its_first_commit_keeps_it() {
    survives_a_kill_after(1).await;
}

#[tokio::test]
async fn a_store_killed_under_way_keeps_what_it_acknowledged() {
    survives_a_kill_after(137).await;
}

#[tokio::test]
async fn a_store_killed_during_checkpoints_keeps_what_it_acknowledged() {
    survives_a_kill_after(4_000).await;
}
