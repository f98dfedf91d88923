//! Everything in a database, one thing after the other: what a backup is made of.
//!
//! It is read in one transaction, which sees all tables, and the chains of all servers, as they were when it
//! began; they go on writing meanwhile.

use super::connection::Connection;
use super::fault::Fault;
use super::inspect::PostgresInspection;
use super::records::{self, hash_in};
use super::scoped::{Scoped, from_json};
use super::{devices, keys, open, revocations, users};
use crate::archive::item::{Item, Spendable};
use crate::archive::write::Writer;
use crate::archive::{ArchiveError, ChainSpan, FORM, Header, Manifest, TenantChains};
use serde::de::DeserializeOwned;
use std::io::Write;
use stead_core::chain::{ChainEnds, Place, RecordQuery};
use stead_proto::digest::base64url;
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSqlOwned, ToSql};

/// Whoever takes the lines may take their time.
const VIEW: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// How many things are read at once.
const PAGE: i64 = 1000;

impl From<Fault> for ArchiveError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.to_string())
    }
}

impl PostgresInspection {
    /// Writes a backup, and tells now and then how many lines it has.
    pub async fn back_up(
        &self,
        out: &mut dyn Write,
        taken: Timestamp,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Manifest, ArchiveError> {
        let db = self.db();
        db.batch(VIEW).await?;
        let manifest = everything(db, out, taken, progress).await;
        db.batch("ROLLBACK").await?;
        manifest
    }

    /// Where each tenant's chains begin and end.
    pub async fn spans(&self) -> Result<Vec<TenantChains>, ArchiveError> {
        spans(self.db()).await
    }
}

async fn everything(
    db: &Connection,
    out: &mut dyn Write,
    taken: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<Manifest, ArchiveError> {
    let header = Header {
        stead_backup: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken,
        master_key_check: open::check(db).await?.map(|check| base64url(&check)),
        tenants: spans(db).await?,
    };
    let mut writer = Writer::begin(out, header, progress)?;
    for (number, id) in open::numbers(db).await? {
        writer.put(&Item::Tenant(id))?;
        tenant(Scoped::new(db, number), &mut writer).await?;
    }
    writer.end()
}

async fn spans(db: &Connection) -> Result<Vec<TenantChains>, ArchiveError> {
    let mut all = Vec::new();
    for (number, id) in open::numbers(db).await? {
        let ends = records::ends(Scoped::new(db, number)).await?;
        let span = |it: ChainEnds| ChainSpan { chain: it.chain, base: it.base, head: it.head };
        all.push(TenantChains { id, chains: ends.into_iter().map(span).collect() });
    }
    Ok(all)
}

/// In an order in which each thing finds what it refers to. What every server holds in memory is read at once,
/// all else in pages.
async fn tenant(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    each(keys::all(db).await?, Item::Key, out)?;
    each(keys::all_trusted(db).await?, Item::TrustedIssuer, out)?;
    each(users::groups(db).await?, Item::Group, out)?;
    paged::<String>(db, USERS, document(Item::User), out).await?;
    let factors = |row: &Row| {
        let user = serde_json::from_value(row.try_get::<_, String>(0)?.into())?;
        Ok(Item::Factors(user, from_json(row, 1)?))
    };
    paged::<String>(db, FACTORS, factors, out).await?;
    paged::<String>(db, APPLICATIONS, document(Item::Application), out).await?;
    paged::<String>(db, CONSENTS, document(Item::Consent), out).await?;
    each(revocations::all(db).await?, Item::Revocation, out)?;
    paged::<String>(db, SESSIONS, document(Item::Session), out).await?;
    passing(db, out).await?;
    chains(db, out).await
}

/// What works once or for a short time.
async fn passing(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    paged::<Vec<u8>>(db, CODES, |row| Ok(Item::Code(spendable(row)?)), out).await?;
    let token = |row: &Row| Ok(Item::RefreshToken(spendable(row)?));
    paged::<Vec<u8>>(db, REFRESH_TOKENS, token, out).await?;
    each(devices::all(db).await?, |(code, grant)| Item::Device(code, Box::new(grant)), out)?;
    let used =
        |row: &Row| Ok(Item::Once(hash_in(row, 0)?, Timestamp::from_millis(row.try_get(1)?)));
    paged::<Vec<u8>>(db, ONCE, used, out).await
}

/// The chains of all servers, one after the other.
async fn chains(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    for ends in records::ends(db).await? {
        let mut after = Place { chain: ends.chain, seq: ends.base.seq };
        while after.seq < ends.head.seq {
            let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
            let query = RecordQuery { after: Some(after), limit, ..RecordQuery::default() };
            let page = records::find(db, &query).await?;
            let Some(last) = page.last() else { break };
            after = last.place();
            each(page, Item::Record, out)?;
        }
    }
    Ok(())
}

const USERS: &str = "SELECT id, json FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
const FACTORS: &str = "
    SELECT subject, json FROM factors WHERE tenant = $1 AND subject > $2 ORDER BY subject LIMIT $3";
const APPLICATIONS: &str =
    "SELECT id, json FROM applications WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
const CONSENTS: &str =
    "SELECT id, json FROM consents WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
const SESSIONS: &str =
    "SELECT id, json FROM sessions WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
const CODES: &str = "
    SELECT hash, spent, json FROM codes WHERE tenant = $1 AND hash > $2 ORDER BY hash LIMIT $3";
const REFRESH_TOKENS: &str = "
    SELECT hash, spent, json FROM refresh_tokens
    WHERE tenant = $1 AND hash > $2 ORDER BY hash LIMIT $3";
const ONCE: &str =
    "SELECT hash, until FROM once WHERE tenant = $1 AND hash > $2 ORDER BY hash LIMIT $3";

/// Rows by their first column, a page at a time, each from where the one before ended.
async fn paged<K>(
    db: Scoped<'_>,
    sql: &'static str,
    item: impl Fn(&Row) -> Result<Item, Fault>,
    out: &mut Writer<'_>,
) -> Result<(), ArchiveError>
where
    K: Default + ToSql + FromSqlOwned + Sync,
{
    let mut after = K::default();
    loop {
        let read = |row: &Row| Ok((row.try_get::<_, K>(0)?, item(row)?));
        let page = db.rows(sql, &[&after, &PAGE], read).await?;
        if page.is_empty() {
            return Ok(());
        }
        for (key, item) in page {
            out.put(&item)?;
            after = key;
        }
    }
}

fn each<T>(
    things: Vec<T>,
    item: impl Fn(T) -> Item,
    out: &mut Writer<'_>,
) -> Result<(), ArchiveError> {
    things.into_iter().try_for_each(|thing| out.put(&item(thing)))
}

fn document<T: DeserializeOwned>(item: impl Fn(T) -> Item) -> impl Fn(&Row) -> Result<Item, Fault> {
    move |row| Ok(item(from_json(row, 1)?))
}

fn spendable<T: DeserializeOwned>(row: &Row) -> Result<Spendable<T>, Fault> {
    let spent: Option<i64> = row.try_get(1)?;
    let spent = spent.map(Timestamp::from_millis);
    Ok(Spendable { hash: SecretHash(hash_in(row, 0)?), spent, grant: from_json(row, 2)? })
}
