//! Commits until it is killed, printing each receipt once it has it. What the crash tests kill.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use stead_core::commit::{Change, Commit, CommitError};
use stead_core::model::key::StoredKey;
use stead_core::ports::Store;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::{KeyId, TenantId, TraceId};
use stead_proto::jwt::Algorithm;
use stead_proto::time::Timestamp;
use stead_store::{MasterKey, Sqlite};

/// How many commit at the same time.
const WRITERS: u32 = 8;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("say which database")?;
    let sqlite = Sqlite::open(path, &MasterKey::ephemeral([1; 32]))?;
    let store = sqlite.tenant(&TenantId::parse("t1")?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| runtime.spawn(write(Arc::clone(&store), writer))).collect();
    for writer in writers {
        runtime.block_on(writer)??;
    }
    Ok(())
}

async fn write(store: Arc<dyn Store>, writer: u32) -> Result<(), Failure> {
    for round in 0_u32.. {
        let name = format!("{writer}-{round}");
        let receipt = store.commit(pair(&name)?).await.map_err(|error: CommitError| error.to_string())?;
        writeln!(io::stdout().lock(), "{} {} {name}", receipt.seq, receipt.hash)?;
    }
    Ok(())
}

/// Two keys and a record: all three are there, or none.
fn pair(name: &str) -> Result<Commit, Failure> {
    let key = |half: &str| -> Result<Change, Failure> {
        Ok(Change::PutKey(StoredKey {
            kid: KeyId::parse(format!("{name}-{half}"))?,
            algorithm: Algorithm::Es256,
            sealed: vec![0; 64],
            published: Timestamp::from_secs(0),
            signs_from: Timestamp::from_secs(0),
            retired: None,
        }))
    };
    let changes = vec![key("left")?, key("right")?];
    let record = Record {
        at: Timestamp::from_secs(1_000),
        trace_id: TraceId::parse(name)?,
        correlation_id: None,
        event: Event::Change { by: "crasher".into(), changes: vec![name.to_owned()] },
        outcome: Outcome::Done,
    };
    Ok(Commit { changes, record })
}
