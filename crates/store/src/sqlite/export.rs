//! Everything in a database, one thing after the other: what a backup is made of.
//!
//! It is read in one transaction of a connection of its own, while a server goes on writing: the log ahead of
//! the file keeps what was there when it began.

use super::fault::Fault;
use super::inspect::Inspection;
use super::scoped::Scoped;
use super::{open, records};
use crate::archive::item::{Item, Spendable};
use crate::archive::write::Writer;
use crate::archive::{ArchiveError, ChainSpan, FORM, Header, Manifest, TenantChains};
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;
use std::io::Write;
use stead_core::chain::{Chain, Place, RecordQuery};
use stead_proto::digest::{Sha256, base64url};
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

/// How many records are read at once.
const PAGE: usize = 1000;

impl From<Fault> for ArchiveError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.to_string())
    }
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(error: rusqlite::Error) -> Self {
        Fault::from(error).into()
    }
}

impl Inspection {
    /// Writes a backup, and tells now and then how many lines it has.
    pub fn back_up(
        &self,
        out: &mut dyn Write,
        taken: Timestamp,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Manifest, ArchiveError> {
        let view = self.db().unchecked_transaction()?;
        let header = header(&view, taken)?;
        let tenants = open::numbers(&view)?;
        let mut writer = Writer::begin(out, header, progress)?;
        for (number, id) in tenants {
            writer.put(&Item::Tenant(id))?;
            tenant(Scoped::new(&view, number), &mut writer)?;
        }
        writer.end()
    }

    /// Where each tenant's chain begins and ends.
    pub fn spans(&self) -> Result<Vec<TenantChains>, ArchiveError> {
        spans(self.db())
    }
}

fn header(db: &Connection, taken: Timestamp) -> Result<Header, ArchiveError> {
    Ok(Header {
        stead_backup: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken,
        master_key_check: open::check(db)?.map(|check| base64url(&check)),
        tenants: spans(db)?,
    })
}

fn spans(db: &Connection) -> Result<Vec<TenantChains>, ArchiveError> {
    let of = |(number, id)| {
        let ends = records::ends(Scoped::new(db, number))?;
        let chains = ends.map(|it| ChainSpan { chain: it.chain, base: it.base, head: it.head });
        Ok(TenantChains { id, chains: chains.into_iter().collect() })
    };
    open::numbers(db)?.into_iter().map(of).collect()
}

/// In an order in which each thing finds what it refers to.
fn tenant(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    let all = |table: &str, order: &str| {
        format!("SELECT json FROM {table} WHERE tenant = ?1 ORDER BY {order}")
    };
    documents(db, &all("signing_keys", "published, kid"), out, Item::Key)?;
    documents(db, &all("trusted_issuers", "issuer"), out, Item::TrustedIssuer)?;
    documents(db, &all("user_groups", "id"), out, Item::Group)?;
    documents(db, &all("users", "id"), out, Item::User)?;
    each(db, "SELECT user, json FROM factors WHERE tenant = ?1 ORDER BY user", out, |row| {
        let user = serde_json::from_value(row.get::<_, String>(0)?.into())?;
        Ok(Item::Factors(user, parsed(row, 1)?))
    })?;
    documents(db, &all("applications", "id"), out, Item::Application)?;
    documents(db, &all("consents", "id"), out, Item::Consent)?;
    documents(db, &all("revocations", "kind, id"), out, Item::Revocation)?;
    documents(db, &all("sessions", "id"), out, Item::Session)?;
    passing(db, out)?;
    chain(db, out)
}

/// What works once or for a short time. A device whose user code another has now comes before that one.
fn passing(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    let codes = "SELECT hash, spent, json FROM codes WHERE tenant = ?1 ORDER BY hash";
    each(db, codes, out, |row| Ok(Item::Code(spendable(row)?)))?;
    let tokens = "SELECT hash, spent, json FROM refresh_tokens WHERE tenant = ?1 ORDER BY hash";
    each(db, tokens, out, |row| Ok(Item::RefreshToken(spendable(row)?)))?;
    let devices = "SELECT hash, json FROM devices WHERE tenant = ?1 ORDER BY user_code IS NOT NULL, until, hash";
    each(db, devices, out, |row| Ok(Item::Device(hash(row)?, parsed(row, 1)?)))?;
    let used = "SELECT hash, until FROM once WHERE tenant = ?1 ORDER BY hash";
    each(db, used, out, |row| Ok(Item::Once(hash(row)?.0, Timestamp::from_millis(row.get(1)?))))
}

fn chain(db: Scoped<'_>, out: &mut Writer<'_>) -> Result<(), ArchiveError> {
    let Some(ends) = records::ends(db)? else { return Ok(()) };
    let mut after = Place { chain: Chain::FIRST, seq: ends.base.seq };
    loop {
        let query = RecordQuery { after: Some(after), limit: PAGE, ..RecordQuery::default() };
        let page = records::find(db, &query)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.place();
        page.into_iter().try_for_each(|record| out.put(&Item::Record(record)))?;
    }
}

fn documents<T: DeserializeOwned>(
    db: Scoped<'_>,
    sql: &str,
    out: &mut Writer<'_>,
    item: impl Fn(T) -> Item,
) -> Result<(), ArchiveError> {
    each(db, sql, out, |row| Ok(item(parsed(row, 0)?)))
}

fn each(
    db: Scoped<'_>,
    sql: &str,
    out: &mut Writer<'_>,
    item: impl Fn(&Row<'_>) -> Result<Item, Fault>,
) -> Result<(), ArchiveError> {
    db.for_each(sql, |row| out.put(&item(row)?))
}

fn spendable<T: DeserializeOwned>(row: &Row<'_>) -> Result<Spendable<T>, Fault> {
    let spent: Option<i64> = row.get(1)?;
    let spent = spent.map(Timestamp::from_millis);
    Ok(Spendable { hash: hash(row)?, spent, grant: parsed(row, 2)? })
}

fn hash(row: &Row<'_>) -> Result<SecretHash, Fault> {
    Ok(SecretHash(Sha256::from_bytes(row.get(0)?)))
}

fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(serde_json::from_str(text)?)
}
