//! From a URL to a running store.

use super::Shared;
use super::config::{Follow, PostgresConfig};
use super::connection::{Connection, SLOW};
use super::fault::Fault;
use super::follower::Follower;
use super::link::Connector;
use super::migrations::{self, Plan};
use super::open_error::PostgresError;
use super::presence::Origin;
use super::queue::Queue;
use super::readers::Readers;
use super::tenants::Tenants;
use super::writer::Writer;
use crate::master_key::MasterKey;
use crate::stats::Counters;
use std::sync::Arc;
use stead_proto::id::TenantId;
use tokio::sync::{Mutex, Notify, watch};
use tokio_postgres::Row;

/// The name under which a sealed constant tells whether the master key fits.
const CHECK: &str = "master_key_check";

/// Opens the database, migrating it if that is wanted, and starts its tasks.
pub(super) async fn open(
    config: &PostgresConfig,
    key: &MasterKey,
) -> Result<Shared, PostgresError> {
    let (connector, db) = connect(config).await?;
    brought_up(config, &db).await?;
    let unusable = |fault: Fault| unusable(config, &fault);
    settle(config, &db, key).await?;
    let origin = Origin::read(&db).await.map_err(unusable)?;
    let notifies = db.rows("SELECT pg_notify('stead', '')", &[]).await.is_ok();
    Ok(start(&connector, notifies, origin))
}

/// Sees to it that the database is of this version.
pub(super) async fn brought_up(
    config: &PostgresConfig,
    db: &Connection,
) -> Result<(), PostgresError> {
    if config.migrate { migrate(config, db).await.map(drop) } else { up_to_date(config, db).await }
}

/// What a migration would do, or has done.
pub(super) async fn migrated(
    config: &PostgresConfig,
    only_plan: bool,
) -> Result<Plan, PostgresError> {
    let (_, db) = connect(config).await?;
    if !only_plan {
        return migrate(config, &db).await;
    }
    let plan = migrations::plan(&db).await.map_err(|fault| unusable(config, &fault))?;
    not_newer(config, plan)
}

pub(super) async fn connect(
    config: &PostgresConfig,
) -> Result<(Arc<Connector>, Connection), PostgresError> {
    let heard = Arc::new(Notify::new());
    let db = Connection::open(config, SLOW, &heard).await;
    let db = db.map_err(|fault| unusable(config, &fault))?;
    Ok((Arc::new(Connector { config: config.clone(), heard }), db))
}

async fn migrate(config: &PostgresConfig, db: &Connection) -> Result<Plan, PostgresError> {
    let failed = |fault: Fault| PostgresError::NotMigrated {
        place: config.server.to_string(),
        why: fault.to_string(),
    };
    // Where there are no advisory locks, whoever was second finds the work done now.
    let plan = match migrations::migrate(db).await {
        Err(_) => migrations::migrate(db).await,
        plan => plan,
    };
    not_newer(config, plan.map_err(failed)?)
}

async fn up_to_date(config: &PostgresConfig, db: &Connection) -> Result<(), PostgresError> {
    let plan = migrations::plan(db).await.map_err(|fault| unusable(config, &fault))?;
    let Plan { found, known, steps } = not_newer(config, plan)?;
    if steps.is_empty() {
        return Ok(());
    }
    Err(PostgresError::Older { place: config.server.to_string(), found, known })
}

pub(super) fn not_newer(config: &PostgresConfig, plan: Plan) -> Result<Plan, PostgresError> {
    if !plan.is_newer() {
        return Ok(plan);
    }
    let Plan { found, known, .. } = plan;
    Err(PostgresError::Newer { place: config.server.to_string(), found, known })
}

pub(super) fn unusable(config: &PostgresConfig, fault: &Fault) -> PostgresError {
    PostgresError::Unreachable { place: config.server.to_string(), why: fault.to_string() }
}

/// Makes sure that the key fits. The first key ever used, by whichever node, is the one that does from then
/// on, until it is rotated.
pub(super) async fn settle(
    config: &PostgresConfig,
    db: &Connection,
    key: &MasterKey,
) -> Result<(), PostgresError> {
    let told = |fault: Fault| unusable(config, &fault);
    if check(db).await.map_err(told)?.is_none() {
        let first = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        db.run(first, &[&CHECK, &key.check()?]).await.map_err(told)?;
    }
    let check = check(db).await.map_err(told)?.unwrap_or_default();
    if key.settle(&check)? {
        return Ok(());
    }
    let (place, master) = (config.server.to_string(), key.path().to_owned());
    if key.unmake() {
        return Err(PostgresError::NoMasterKey { place, key: master });
    }
    Err(PostgresError::WrongMasterKey { place, key: master })
}

/// What tells whether a key fits.
pub(super) async fn check(db: &Connection) -> Result<Option<Vec<u8>>, Fault> {
    let rows = db.rows("SELECT value FROM meta WHERE name = $1", &[&CHECK]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// Says that this key fits.
pub(super) async fn put_check(db: &Connection, key: &MasterKey) -> Result<(), Fault> {
    put_meta(db, CHECK, &key.check()?).await
}

/// Says something about the database itself.
pub(super) async fn put_meta(db: &Connection, name: &str, value: &[u8]) -> Result<(), Fault> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.run(sql, &[&name, &value]).await?;
    Ok(())
}

/// The tenants on file, each with its number.
pub(super) async fn numbers(db: &Connection) -> Result<Vec<(i64, TenantId)>, Fault> {
    let rows = db.rows("SELECT number, id FROM tenants ORDER BY number", &[]).await?;
    let parsed = |row: &Row| {
        let id: String = row.try_get(1)?;
        Ok((row.try_get(0)?, serde_json::from_value(id.into())?))
    };
    rows.iter().map(parsed).collect()
}

fn start(connector: &Arc<Connector>, notifies: bool, origin: Origin) -> Shared {
    let (keys, _) = watch::channel(0);
    let tenants = Arc::new(Tenants::new(keys.clone()));
    let (queue, counters) = (Arc::new(Queue::default()), Arc::new(Counters::default()));
    let writer = Writer::new(connector, (notifies, origin), Arc::clone(&counters));
    let writer = tokio::spawn(writer.run(Arc::clone(&queue)));
    let follower = (connector.config.follow == Follow::Always).then(|| {
        let follower = Follower::new(connector, &tenants, notifies);
        tokio::spawn(follower.run()).abort_handle()
    });
    Shared {
        tenants,
        queue,
        readers: Readers::new(connector),
        counters,
        keys,
        writer: Mutex::new(Some(writer)),
        follower,
    }
}
