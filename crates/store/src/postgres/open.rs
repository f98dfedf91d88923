//! From a URL to a running store.

use super::Shared;
use super::config::{Follow, PostgresConfig};
use super::connection::{Connection, SLOW};
use super::fault::Fault;
use super::follower::Follower;
use super::link::Connector;
use super::migrations::{self, Plan};
use super::open_error::PostgresError;
use super::queue::Queue;
use super::readers::Readers;
use super::tenants::Tenants;
use super::writer::Writer;
use crate::master_key::MasterKey;
use crate::stats::Counters;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify, watch};

/// The name under which a sealed constant tells whether the master key fits.
const CHECK: &str = "master_key_check";

/// Opens the database, migrating it if that is wanted, and starts its tasks.
pub(super) async fn open(
    config: &PostgresConfig,
    key: &MasterKey,
) -> Result<Shared, PostgresError> {
    let (connector, db) = connect(config).await?;
    if config.migrate {
        migrate(config, &db).await?;
    } else {
        check(config, &db).await?;
    }
    let unusable = |fault: Fault| unusable(config, &fault);
    if !fits(&db, key).await.map_err(unusable)? {
        let (place, master) = (config.server.to_string(), key.path().to_owned());
        if key.unmake() {
            return Err(PostgresError::NoMasterKey { place, key: master });
        }
        return Err(PostgresError::WrongMasterKey { place, key: master });
    }
    let notifies = db.rows("SELECT pg_notify('stead', '')", &[]).await.is_ok();
    Ok(start(&connector, notifies))
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

async fn connect(config: &PostgresConfig) -> Result<(Arc<Connector>, Connection), PostgresError> {
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

async fn check(config: &PostgresConfig, db: &Connection) -> Result<(), PostgresError> {
    let plan = migrations::plan(db).await.map_err(|fault| unusable(config, &fault))?;
    let Plan { found, known, steps } = not_newer(config, plan)?;
    if steps.is_empty() {
        return Ok(());
    }
    Err(PostgresError::Older { place: config.server.to_string(), found, known })
}

fn not_newer(config: &PostgresConfig, plan: Plan) -> Result<Plan, PostgresError> {
    if !plan.is_newer() {
        return Ok(plan);
    }
    let Plan { found, known, .. } = plan;
    Err(PostgresError::Newer { place: config.server.to_string(), found, known })
}

fn unusable(config: &PostgresConfig, fault: &Fault) -> PostgresError {
    PostgresError::Unreachable { place: config.server.to_string(), why: fault.to_string() }
}

/// Whether the key fits. The first key ever used, by whichever node, is the one that does from then on.
async fn fits(db: &Connection, key: &MasterKey) -> Result<bool, Fault> {
    let check = "SELECT value FROM meta WHERE name = $1";
    if db.rows(check, &[&CHECK]).await?.is_empty() {
        let Ok(check) = key.check() else { return Ok(false) };
        let first = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        db.run(first, &[&CHECK, &check]).await?;
    }
    match db.rows(check, &[&CHECK]).await?.first() {
        Some(row) => Ok(key.fits(row.try_get(0)?)),
        None => Ok(false),
    }
}

fn start(connector: &Arc<Connector>, notifies: bool) -> Shared {
    let (keys, _) = watch::channel(0);
    let tenants = Arc::new(Tenants::new(keys.clone()));
    let (queue, counters) = (Arc::new(Queue::default()), Arc::new(Counters::default()));
    let writer = Writer::new(connector, notifies, Arc::clone(&counters));
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
