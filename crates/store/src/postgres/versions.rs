//! What changed of what nodes remember: a version a tenant, without gaps, in the order of commits.
//!
//! Whoever changes such a thing holds the tenant's row from before the first look until the end of the
//! transaction. So those changes, which are rare, happen one after another, on whichever nodes; and whoever
//! reads the version knows whether there is something to learn.

use super::connection::Connection;
use super::fault::Fault;
use super::known::Known;
use super::revocations;
use super::scoped::Scoped;
use crate::remembered::Changed;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use stead_core::commit::{Change, Expected};
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::id::{Audience, ClientId, ConsentId, Subject};
use tokio::time::Instant;
use tokio_postgres::Row;

/// How many versions back it is told what changed. Who is further behind forgets everything.
pub(super) const KEPT: i64 = 1000;

const APPLICATION: Cow<'static, str> = Cow::Borrowed("application");
const USER: Cow<'static, str> = Cow::Borrowed("user");
const GROUP: Cow<'static, str> = Cow::Borrowed("group");
const CONSENT: Cow<'static, str> = Cow::Borrowed("consent");
/// What a client may do on a resource: both names, neither of which has a space.
const CONSENTS: Cow<'static, str> = Cow::Borrowed("consents");
const KEY: Cow<'static, str> = Cow::Borrowed("key");
const ISSUER: Cow<'static, str> = Cow::Borrowed("issuer");

/// Something that nodes remember: of what kind, and its id.
pub(super) type Thing = (Cow<'static, str>, String);

/// What a batch does to the tenants' versions.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// The tenants whose rows are held, and their versions before the batch.
    held: BTreeMap<i64, i64>,
    made: BTreeMap<i64, Made>,
}

/// What a tenant's versions are about.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) things: BTreeSet<Thing>,
    pub(super) facts: Vec<Revocation>,
}

/// Whether all that changed is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing is missing.
    All,
    /// It is so long ago that something may be missing, but no fact.
    Less,
}

impl Made {
    /// What of it is remembered.
    pub(super) fn changed(&self) -> impl Iterator<Item = Changed> {
        self.things.iter().filter_map(changed)
    }

    /// Whether signing keys, or whose tokens are taken, changed.
    pub(super) fn is_about_keys(&self) -> bool {
        self.things.iter().any(|(kind, _)| *kind == KEY || *kind == ISSUER)
            || self.facts.iter().any(|fact| matches!(fact.about, Ancestor::Key(_)))
    }
}

/// The versions of tenants.
pub(super) const READ: &str =
    "SELECT number, version FROM tenants WHERE number = ANY($1::bigint[])";

impl Versions {
    /// Holds a tenant's row. Gives the version that what is done now will be of.
    pub(super) async fn hold(&mut self, db: &Connection, tenant: i64) -> Result<i64, Fault> {
        if let Some(version) = self.held.get(&tenant) {
            return Ok(version + 1);
        }
        let sql = "SELECT version FROM tenants WHERE number = $1 FOR UPDATE";
        let rows = db.rows(sql, &[&tenant]).await?;
        let version: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        self.held.insert(tenant, version);
        Ok(version + 1)
    }

    /// What was revoked so far.
    pub(super) fn said(&self, tenant: i64) -> &[Revocation] {
        self.made.get(&tenant).map_or(&[], |made| made.facts.as_slice())
    }

    /// Adds what a commit changed.
    pub(super) fn add(&mut self, tenant: i64, changes: &[Change], also: Vec<Subject>) {
        let things = changes.iter().flat_map(things);
        let things = things.chain(also.into_iter().map(|id| (USER, id.to_string())));
        let facts = changes.iter().filter_map(fact).cloned();
        let (things, facts): (Vec<_>, Vec<_>) = (things.collect(), facts.collect());
        if things.is_empty() && facts.is_empty() {
            return;
        }
        let made = self.made.entry(tenant).or_default();
        made.things.extend(things);
        made.facts.extend(facts);
    }

    /// Writes the new versions down, for other nodes.
    pub(super) async fn write(&self, db: &Connection, notifies: bool) -> Result<(), Fault> {
        if self.made.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i64> = self.made.keys().copied().collect();
        db.run(
            "UPDATE tenants SET version = version + 1 WHERE number = ANY($1::bigint[])",
            &[&numbers],
        )
        .await?;
        for (tenant, before, made) in self.made() {
            let (kinds, ids): (Vec<_>, Vec<_>) =
                made.things.iter().map(|(kind, id)| (&**kind, id.as_str())).unzip();
            db.run(
                "INSERT INTO changes (tenant, version, kind, id)
                 SELECT $1::bigint, $2::bigint, kind, id
                 FROM unnest($3::text[], $4::text[]) AS thing (kind, id)",
                &[&tenant, &(before + 1), &kinds, &ids],
            )
            .await?;
            let old = "DELETE FROM changes WHERE tenant = $1 AND version <= $2";
            db.run(old, &[&tenant, &(before - KEPT)]).await?;
        }
        if notifies {
            db.rows("SELECT pg_notify('stead', '')", &[]).await?;
        }
        Ok(())
    }

    /// Of each tenant that changed, its version before, and what changed.
    pub(super) fn made(&self) -> impl Iterator<Item = (i64, i64, &Made)> {
        self.made.iter().map(|(tenant, made)| {
            (*tenant, self.held.get(tenant).copied().unwrap_or_default(), made)
        })
    }
}

/// The version of a tenant as it is on file.
pub(super) async fn current(db: Scoped<'_>) -> Result<i64, Fault> {
    let sql = "SELECT version FROM tenants WHERE number = $1";
    Ok(db.row(sql, &[], |row| Ok(row.try_get(0)?)).await?.unwrap_or(0))
}

/// Learns what changed of a tenant up to a version, which was found on file by asking at an instant.
pub(super) async fn learn(
    db: Scoped<'_>,
    tenant: &Known,
    version: i64,
    asked: Instant,
) -> Result<(), Fault> {
    let known = tenant.version();
    if known < version {
        let facts = revocations::after(db, known).await?;
        let sql = "SELECT kind, id FROM changes WHERE tenant = $1 AND version > $2";
        let read = |row: &Row| Ok((Cow::Owned(row.try_get(0)?), row.try_get(1)?));
        let things = db.rows(sql, &[&known], read).await?.into_iter().collect();
        // Asked only now: others go on, and what they take away may have been missing already.
        let told = if known < current(db).await? - KEPT { Told::Less } else { Told::All };
        tenant.learned(Made { things, facts }, told, version);
    }
    tenant.confirm(asked);
    Ok(())
}

/// Whether a change looks at or makes what nodes remember, so that it needs the tenant's row.
pub(super) fn needs_the_row(change: &Change) -> bool {
    let looks = matches!(
        change,
        Change::Expect(expected)
            if !matches!(**expected, Expected::Factors(..) | Expected::Alive(_))
    );
    looks || !things(change).is_empty() || fact(change).is_some()
}

fn fact(change: &Change) -> Option<&Revocation> {
    match change {
        Change::Revoke(fact) => Some(fact),
        _ => None,
    }
}

fn things(change: &Change) -> Vec<Thing> {
    match change {
        Change::PutApplication(application) => vec![(APPLICATION, application.id.to_string())],
        Change::DeleteApplication(id) => vec![(APPLICATION, id.to_string())],
        Change::PutUser(user) => vec![(USER, user.id.to_string())],
        Change::DeleteUser(id) => vec![(USER, id.to_string())],
        Change::PutGroup(group) => vec![(GROUP, group.id.to_string())],
        Change::DeleteGroup(id) => vec![(GROUP, id.to_string())],
        Change::PutConsent(consent) => vec![
            // Under its id there may have been one between others.
            (CONSENT, consent.id.to_string()),
            (CONSENTS, format!("{} {}", consent.client, consent.resource)),
        ],
        Change::DeleteConsent(id) => vec![(CONSENT, id.to_string())],
        Change::PutKey(key) => vec![(KEY, key.kid.to_string())],
        Change::PutTrustedIssuer(issuer) => vec![(ISSUER, issuer.issuer.to_string())],
        Change::DeleteTrustedIssuer(issuer) => vec![(ISSUER, issuer.to_string())],
        Change::Expect(_)
        | Change::PutFactors(..)
        | Change::PutSession(_)
        | Change::PutCode(..)
        | Change::SpendCode(..)
        | Change::PutDevice(..)
        | Change::Device(..)
        | Change::PutRefresh(..)
        | Change::SpendRefresh { .. }
        | Change::SpendOnce(_)
        | Change::CutRecords { .. }
        | Change::Revoke(_) => Vec::new(),
    }
}

/// What of a thing is remembered. A name that is none was not written here.
fn changed((kind, id): &Thing) -> Option<Changed> {
    match &**kind {
        "application" => ClientId::parse(id.as_str()).ok().map(Changed::Application),
        "user" => Subject::parse(id.as_str()).ok().map(Changed::User),
        "consent" => ConsentId::parse(id.as_str()).ok().map(Changed::Consent),
        "consents" => {
            let (client, resource) = id.split_once(' ')?;
            let client = ClientId::parse(client).ok()?;
            Some(Changed::Consents(client, Audience::parse(resource).ok()?, None))
        }
        _ => None,
    }
}
