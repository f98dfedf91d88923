//! A PostgreSQL that goes away, and comes back.

use crate::people::{NOON, put_on_record, record, t1, t2};
use crate::{at, master_key};
use private_postgres::{Durability, Server};
use std::path::PathBuf;
use std::time::Duration;
use stead_core::chain::{RecordQuery, verify};
use stead_core::commit::{Commit, CommitError};
use stead_core::model::revocation::Ancestor;
use stead_core::ports::StoreError;
use stead_proto::id::SessionId;
use stead_store::Postgres;
use tokio::task::yield_now;
use tokio::time::timeout;

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_mins(1);

fn server(name: &str) -> Server {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("{name}-{}", std::process::id()));
    Server::start(&folder, Durability::Durable).unwrap()
}

fn commit_now() -> Commit {
    Commit { changes: Vec::new(), record: record(NOON) }
}

#[tokio::test]
async fn while_it_is_away_nothing_is_promised_and_when_it_is_back_all_goes_on() {
    let mut server = server("away");
    let postgres = Postgres::open(&at(&server.url()), &master_key()).await.unwrap();
    let store = postgres.tenant(&t1());
    let mut receipts = vec![put_on_record(&*store, record(NOON)).await];

    server.kill().unwrap();
    let refused = timeout(PATIENCE, store.commit(commit_now())).await.unwrap();
    assert!(matches!(refused, Err(CommitError::Failed(StoreError::Unavailable(_)))), "{refused:?}");
    let refused = timeout(PATIENCE, store.heads()).await.unwrap();
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    // Another tenant, of which nothing was found out just now: nobody is told that anything is alive.
    let session = Ancestor::Session(SessionId::parse("s").unwrap());
    let unknown = postgres.tenant(&t2()).revocations(&[session]).await;
    assert!(matches!(unknown, Err(StoreError::Unavailable(_))), "{unknown:?}");

    server.run().unwrap();
    let again = async {
        loop {
            match store.commit(commit_now()).await {
                Ok(receipt) => return receipt,
                Err(CommitError::Failed(StoreError::Unavailable(_))) => yield_now().await,
                Err(other) => panic!("{other}"),
            }
        }
    };
    receipts.push(timeout(PATIENCE, again).await.unwrap());
    receipts.push(put_on_record(&*store, record(NOON)).await);
    let back = async {
        while store.heads().await.is_err() {
            yield_now().await;
        }
    };
    timeout(PATIENCE, back).await.unwrap();
    for ends in store.heads().await.unwrap() {
        let all = store.records(&RecordQuery::all_of(ends.chain, 99)).await.unwrap();
        assert_eq!(verify(ends.chain, ends.base, &all), Ok(ends.head));
        receipts
            .retain(|it| !all.iter().any(|kept| kept.chain == it.chain && kept.hash == it.hash));
    }
    assert_eq!(receipts, []);
}
