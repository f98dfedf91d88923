//! Commits until it is killed, printing each receipt once it has it. What the crash tests kill.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use stead_core::commit::{Change, Commit};
use stead_core::model::key::StoredKey;
use stead_core::ports::Store;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::{KeyId, TenantId, TraceId};
use stead_proto::jwt::Algorithm;
use stead_proto::secret::AuthorizationCode;
use stead_proto::time::Timestamp;
use stead_store::{MasterKey, Sqlite};

/// How many commit at the same time.
const WRITERS: u32 = 8;

const NOON: Timestamp = Timestamp::from_secs(1_800_000_000);

const GRANT: &str = r#"{
    "authorization": {
        "family": "f", "client": "dashboard", "subject": "alice", "session": "s",
        "session_expires": 1800003600000, "auth_time": 1800000000000, "acr": "urn:stead:acr:password",
        "amr": ["pwd"], "resource": null, "scopes": [], "openid": [], "asked": [], "consents": [],
        "may_act": null, "since": 1800000000000
    },
    "redirect_uri": null, "challenge": "c", "nonce": null, "expires": 1800000060000
}"#;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("say which database")?;
    let sqlite = Sqlite::open(path, &MasterKey::ephemeral([1; 32]))?;
    let store = sqlite.tenant(&TenantId::parse("11111111-1111-1111-1111-111111111111")?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| runtime.spawn(write(Arc::clone(&store), writer))).collect();
    for writer in writers {
        runtime.block_on(writer)??;
    }
    Ok(())
}

/// Round after round: a pair of keys with a code in one commit, the use of the code in another.
async fn write(store: Arc<dyn Store>, writer: u32) -> Result<(), Failure> {
    for round in 0_u32.. {
        let name = format!("{writer}-{round}");
        let code = AuthorizationCode::new(&name).hash();
        let began = vec![
            Change::PutKey(key(&format!("{name}-left"))?),
            Change::PutKey(key(&format!("{name}-right"))?),
            Change::PutCode(code, Box::new(serde_json::from_str(GRANT)?)),
        ];
        acknowledge(&*store, &name, began).await?;
        acknowledge(&*store, &format!("{name}-spent"), vec![Change::SpendCode(code, NOON)]).await?;
    }
    Ok(())
}

/// Commits and prints the receipt: number, hash, and what it was.
async fn acknowledge(store: &dyn Store, name: &str, changes: Vec<Change>) -> Result<(), Failure> {
    let record = Record {
        at: NOON,
        trace_id: TraceId::parse(name)?,
        correlation_id: None,
        event: Event::Change { by: "crasher".into(), changes: vec![name.to_owned()] },
        outcome: Outcome::Done,
    };
    let receipt = store.commit(Commit { changes, record }).await?;
    writeln!(io::stdout().lock(), "{} {} {name}", receipt.seq, receipt.hash)?;
    Ok(())
}

fn key(name: &str) -> Result<StoredKey, Failure> {
    Ok(StoredKey {
        kid: KeyId::parse(name)?,
        algorithm: Algorithm::Es256,
        sealed: Some(vec![0; 64]),
        published: NOON,
        signs_from: NOON,
    })
}
