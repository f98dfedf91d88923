//! Another master key: everything that is sealed is sealed anew, all of it or nothing.
//!
//! One transaction, while no server is at work on the database. It ends with the constant that tells which key
//! fits, so that at any instant exactly one of the two does.

use super::config::PostgresConfig;
use super::connection::Connection;
use super::fault::Fault;
use super::open::{self, not_newer, unusable};
use super::open_error::PostgresError;
use super::records::{self, Head, Rows};
use super::scoped::{Scoped, from_json, json};
use super::versions::Versions;
use super::{Postgres, keys, migrations, presence};
use crate::master_key::MasterKey;
use crate::rotation::{Anew, Chance, Resealed, Rotation};
use stead_core::chain::Chain;
use stead_core::commit::Change;
use stead_core::model::factors::Factors;
use stead_core::model::key::StoredKey;
use stead_core::record::Record;
use tokio_postgres::Row;

/// How many users' factors are read at a time.
const AT_ONCE: i64 = 1000;

impl Postgres {
    /// Gives a database on which no server is at work another master key: sealed under it is everything that
    /// was sealed under the one it has, whose file then holds the new one. Whenever this is interrupted, the
    /// database opens with the file as it is.
    pub async fn rotate_master_key(
        config: &PostgresConfig,
        key: &MasterKey,
        mut chance: Chance<'_>,
    ) -> Result<Rotation, PostgresError> {
        let place = || config.server.to_string();
        let told = |fault: Fault| unusable(config, &fault);
        let (_, db) = open::connect(config).await?;
        let plan = not_newer(config, migrations::plan(&db).await.map_err(told)?)?;
        if plan.found == 0 {
            return Err(PostgresError::Empty { place: place() });
        }
        if !presence::have_alone(&db).await.map_err(told)? {
            return Err(PostgresError::InUse { place: place() });
        }
        open::brought_up(config, &db).await?;
        open::settle(config, &db, key).await?;
        if key.gave_way() {
            return Ok(Rotation::Finished);
        }
        let new = key.prepare_successor((chance.random)())?;
        let done = Box::pin(reseal(&db, (key, &new), &mut chance)).await.map_err(told)?;
        key.give_way()?;
        forget_the_old(&db).await;
        Ok(Rotation::Done(done))
    }
}

async fn reseal(
    db: &Connection,
    keys: (&MasterKey, &MasterKey),
    chance: &mut Chance<'_>,
) -> Result<Resealed, Fault> {
    db.batch("BEGIN").await?;
    let done = everything(db, keys, chance).await;
    match done {
        Ok(done) => db.batch("COMMIT").await.map(|()| done),
        Err(fault) => {
            // Ending the connection takes it back, too.
            _ = db.batch("ROLLBACK").await;
            Err(fault)
        }
    }
}

async fn everything(
    db: &Connection,
    (old, new): (&MasterKey, &MasterKey),
    chance: &mut Chance<'_>,
) -> Result<Resealed, Fault> {
    let (mut total, mut versions) = (Resealed::default(), Versions::default());
    for (tenant, _) in open::numbers(db).await? {
        versions.hold(db, tenant).await?;
        let scoped = Scoped::new(db, tenant);
        let mut anew = Anew { old, new, random: &mut *chance.random };
        let changed = signing_keys(scoped, &mut anew).await?;
        versions.add(tenant, &changed, Vec::new());
        let totp_secrets = totp_secrets(scoped, &mut anew).await?;
        let done = Resealed { signing_keys: changed.len(), totp_secrets };
        put_on_record(db, tenant, &(chance.record)(&done)).await?;
        total.signing_keys += done.signing_keys;
        total.totp_secrets += done.totp_secrets;
    }
    versions.write(db, false).await?;
    open::put_check(db, new).await?;
    Ok(total)
}

async fn signing_keys(db: Scoped<'_>, anew: &mut Anew<'_>) -> Result<Vec<Change>, Fault> {
    let mut changed = Vec::new();
    for key in keys::all(db).await? {
        let Some(sealed) = &key.sealed else { continue };
        let sealed = Some(anew.seal(MasterKey::SIGNING_KEY, sealed)?);
        let key = StoredKey { sealed, ..key };
        keys::replace(db, &key).await?;
        changed.push(Change::PutKey(key));
    }
    Ok(changed)
}

async fn totp_secrets(db: Scoped<'_>, anew: &mut Anew<'_>) -> Result<usize, Fault> {
    let read = |row: &Row| Ok((row.try_get::<_, String>(0)?, from_json::<Factors>(row, 1)?));
    let (mut count, mut last) = (0, String::new());
    loop {
        let sql = "SELECT subject, json FROM factors
                   WHERE tenant = $1 AND subject > $2 ORDER BY subject LIMIT $3";
        let page = db.rows(sql, &[&last, &AT_ONCE], read).await?;
        if page.is_empty() {
            return Ok(count);
        }
        for (user, factors) in page {
            if let Some(factors) = anew.factors(factors)? {
                let sql = "UPDATE factors SET json = $3 WHERE tenant = $1 AND subject = $2";
                db.run(sql, &[&user, &json(&factors)?]).await?;
                count += 1;
            }
            last = user;
        }
    }
}

/// Appends to the tenant's first chain, which nobody writes at present.
async fn put_on_record(db: &Connection, tenant: i64, record: &Record) -> Result<(), Fault> {
    let text = json(record)?;
    let head = records::head(Scoped::new(db, tenant), Chain::FIRST).await?;
    let head = head.unwrap_or_else(|| Head::start(Chain::FIRST)).after(&text, record.at);
    let mut rows = Rows::default();
    rows.add(tenant, &head, &text, record);
    rows.append(db, Chain::FIRST).await?;
    records::put_heads(db, Chain::FIRST, [(tenant, head)].into_iter()).await
}

/// What was sealed under the old key lies about in what the tables no longer use, until they are written anew.
/// Where that does not work, it leaves as other rows do.
async fn forget_the_old(db: &Connection) {
    for sql in ["VACUUM FULL signing_keys", "VACUUM FULL factors"] {
        if let Err(fault) = db.batch(sql).await {
            tracing::warn!(%fault, "what the old master key had sealed is not yet gone from the tables");
        }
    }
}
