//! What every store does, and what each does besides.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop"
)]

mod agreement;
mod backup;
mod backup_postgres;
mod conformance;
mod crash;
mod group_commit;
mod master_key;
mod master_key_postgres;
mod nodes;
mod open;
mod people;
mod postgres_away;
mod postgres_commit;
mod postgres_open;
mod segments;
mod tampering;

use conformance::{Handle, conforms};
use stead_store::{MasterKey, Memory, Postgres, PostgresConfig, Sqlite};

/// Two tenants of a fresh store, and what keeps it alive.
struct World<G> {
    t1: Handle,
    t2: Handle,
    _guard: G,
}

async fn memory() -> World<Memory> {
    let memory = Memory::new();
    World { t1: memory.tenant(&people::t1()), t2: memory.tenant(&people::t2()), _guard: memory }
}

async fn sqlite() -> World<(Sqlite, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open_in(dir.path(), &master_key()).unwrap();
    World {
        t1: sqlite.tenant(&people::t1()),
        t2: sqlite.tenant(&people::t2()),
        _guard: (sqlite, dir),
    }
}

async fn postgres() -> World<Postgres> {
    let postgres = Postgres::open(&place().await, &master_key()).await.unwrap();
    World {
        t1: postgres.tenant(&people::t1()),
        t2: postgres.tenant(&people::t2()),
        _guard: postgres,
    }
}

/// A place on the PostgreSQL of the tests where nothing is yet. Without one, no test of it passes.
async fn place() -> PostgresConfig {
    at(&place_url().await)
}

async fn place_url() -> String {
    private_postgres::shared().unwrap().place().await.unwrap()
}

fn at(url: &str) -> PostgresConfig {
    PostgresConfig::new(url.parse().unwrap())
}

fn master_key() -> MasterKey {
    MasterKey::ephemeral([1; 32])
}

conforms!(memory);
conforms!(sqlite);
conforms!(postgres);
