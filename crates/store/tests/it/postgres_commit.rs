//! A connection that ends in the middle of `COMMIT`: what came of it is not known, and so not promised; and
//! nothing is done twice.

use crate::people::{HOUR, NOON, attempt, code, code_grant, commit, put_on_record, record, t1};
use crate::{at, master_key, place_url};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use stead_core::chain::{RecordQuery, verify};
use stead_core::commit::{Change, Commit, CommitError, Conflict};
use stead_core::ports::{Store, StoreError};
use stead_store::{Follow, Postgres, PostgresConfig};

/// What happens to the next `COMMIT`.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Fate {
    /// It goes through.
    Passes,
    /// It is done, and the answer is lost.
    Unanswered,
    /// It is lost itself.
    Lost,
}

/// The way to a PostgreSQL, which breaks off when it is told to.
struct Way {
    url: String,
    fate: Arc<AtomicU8>,
}

impl Way {
    fn to(url: &str) -> Self {
        let host = url.split_once('@').unwrap().1.split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = url.replace(&host, &listener.local_addr().unwrap().to_string());
        let fate = Arc::new(AtomicU8::new(Fate::Passes as u8));
        let told = Arc::clone(&fate);
        thread::spawn(move || {
            for from in listener.incoming() {
                let to = TcpStream::connect(&host).unwrap();
                lead(from.unwrap(), to, &told);
            }
        });
        Self { url: format!("{url}&sslmode=disable"), fate }
    }

    fn next_commit(&self, fate: Fate) {
        self.fate.store(fate as u8, Ordering::SeqCst);
    }
}

/// Carries bytes both ways until one side ends, or the fate of a `COMMIT` does.
fn lead(from: TcpStream, to: TcpStream, fate: &Arc<AtomicU8>) {
    let (mut back, mut answers) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let swallows = Arc::new(AtomicU8::new(0));
    let (swallowed, fate) = (Arc::clone(&swallows), Arc::clone(fate));
    thread::spawn(move || {
        let _ = carry(&mut answers, &mut back, |_| match swallowed.load(Ordering::SeqCst) {
            0 => Next::Carry,
            _ => Next::Drop,
        });
    });
    thread::spawn(move || {
        let (mut from, mut to) = (from, to);
        let _ = carry(&mut from, &mut to, |bytes| {
            if !bytes.windows(7).any(|window| window == b"COMMIT\0") {
                return Next::Carry;
            }
            match fate.swap(Fate::Passes as u8, Ordering::SeqCst) {
                0 => Next::Carry,
                1 => {
                    swallows.store(1, Ordering::SeqCst);
                    Next::Carry
                }
                _ => Next::Drop,
            }
        });
    });
}

enum Next {
    Carry,
    Drop,
}

/// Whichever end comes first, both sides hear of it.
fn carry(
    from: &mut TcpStream,
    to: &mut TcpStream,
    mut next: impl FnMut(&[u8]) -> Next,
) -> std::io::Result<()> {
    let mut bytes = [0; 1 << 13];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        let on = read > 0 && matches!(next(&bytes[..read]), Next::Carry);
        if !on || to.write_all(&bytes[..read]).is_err() {
            from.shutdown(Shutdown::Both).ok();
            return to.shutdown(Shutdown::Both);
        }
    }
}

/// A store on a database whose way breaks off, and the same database seen from elsewhere.
async fn broken() -> (Way, Arc<dyn Store>, Arc<dyn Store>) {
    let url = place_url().await;
    let way = Way::to(&url);
    // A code that has to be spent, seen by nobody else meanwhile.
    let open = async |url: &str| {
        let config = PostgresConfig { follow: Follow::WhenAsked, readers: 1, ..at(url) };
        Postgres::open(&config, &master_key()).await.unwrap().tenant(&t1())
    };
    let (store, elsewhere) = (open(&way.url).await, open(&url).await);
    commit(&*store, vec![Change::PutCode(code("c"), Box::new(code_grant(NOON + HOUR)))]).await;
    (way, store, elsewhere)
}

async fn unavailable(store: &dyn Store) {
    let changes = vec![Change::SpendCode(code("c"), NOON)];
    let refused = store.commit(Commit { changes, record: record(NOON) }).await;
    let Err(CommitError::Failed(StoreError::Unavailable(_))) = refused else {
        panic!("{refused:?}")
    };
}

/// How many records there are; every chain is whole.
async fn kept(store: &dyn Store) -> usize {
    let mut count = 0;
    for ends in store.heads().await.unwrap() {
        let all = store.records(&RecordQuery::all_of(ends.chain, 100)).await.unwrap();
        assert_eq!(verify(ends.chain, ends.base, &all), Ok(ends.head));
        count += all.len();
    }
    count
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_not_promised_and_what_it_spent_is_not_spent_again() {
    let (way, store, elsewhere) = broken().await;
    way.next_commit(Fate::Unanswered);
    unavailable(&*store).await;
    // It was done, once, and is on record; whoever asks again with the same code hears so.
    assert_eq!(kept(&*elsewhere).await, 2);
    let spend = || vec![Change::SpendCode(code("c"), NOON)];
    assert_eq!(attempt(&*store, spend()).await, Err(Conflict::CodeSpent));
    assert_eq!(attempt(&*elsewhere, spend()).await, Err(Conflict::CodeSpent));
    // The chain goes on from what was really written.
    put_on_record(&*store, record(NOON)).await;
    assert_eq!(kept(&*elsewhere).await, 3);
}

#[tokio::test]
async fn a_commit_that_does_not_arrive_leaves_nothing_and_can_be_made_again() {
    let (way, store, elsewhere) = broken().await;
    way.next_commit(Fate::Lost);
    unavailable(&*store).await;
    assert_eq!(kept(&*elsewhere).await, 1);
    assert!(attempt(&*store, vec![Change::SpendCode(code("c"), NOON)]).await.is_ok());
    assert_eq!(kept(&*elsewhere).await, 2);
}
