//! From a backup into an empty store: what goes on, what ends, and the record of it.
//!
//! What happened after a backup was taken is not in it. Something that was used up or stopped since would work
//! again, and nobody could tell. So everything ends that could have been: sessions, codes, device codes and
//! refresh tokens are left out, and every signing key is revoked, with which all tokens end that were issued
//! until now. Only if nothing happened since does everything go on. Why so: `docs/adr/0024-backups.md`.

use super::item::Item;
use super::read::Reader;
use super::{ArchiveError, ChainSpan, Header, Manifest, TenantChains};
use crate::master_key::MasterKey;
use std::collections::BTreeMap;
use std::io::BufRead;
use stead_core::chain::{Break, ChainedRecord, End, Place};
use stead_core::commit::Change;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::moment::Moment;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::digest::from_base64url;
use stead_proto::id::TenantId;

/// What happened between a backup and its return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nobody knows.
    Unknown,
    /// Nothing: the store that it was taken of ends where it does.
    Nothing,
}

/// An empty store that is filled.
pub(crate) trait Target {
    /// What follows is of this tenant, whose chain begins after `base`.
    fn tenant(&mut self, tenant: &TenantId, chains: &[ChainSpan]) -> Result<(), ArchiveError>;
    /// Makes a change as of the time of the backup.
    fn change(&mut self, change: &Change) -> Result<(), ArchiveError>;
    /// Appends a record as it was.
    fn record(&mut self, record: &ChainedRecord) -> Result<(), ArchiveError>;
    /// Appends a new record.
    fn note(&mut self, record: &Record) -> Result<(), ArchiveError>;
}

/// Goes through a backup to its end without keeping anything: whether it could be restored.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Target for Nowhere {
    fn tenant(&mut self, _: &TenantId, _: &[ChainSpan]) -> Result<(), ArchiveError> {
        Ok(())
    }
    fn change(&mut self, _: &Change) -> Result<(), ArchiveError> {
        Ok(())
    }
    fn record(&mut self, _: &ChainedRecord) -> Result<(), ArchiveError> {
        Ok(())
    }
    fn note(&mut self, _: &Record) -> Result<(), ArchiveError> {
        Ok(())
    }
}

/// Whether the master key is the one that the secrets in a backup are sealed under.
pub(crate) fn fits(header: &Header, key: &MasterKey) -> Result<(), ArchiveError> {
    let check = header.master_key_check.as_deref().and_then(from_base64url);
    if check.is_none_or(|check| key.fits(&check)) {
        Ok(())
    } else {
        Err(ArchiveError::OtherMasterKey)
    }
}

/// Fills a store. Only once this has returned is what is in it to be believed.
pub(crate) fn restore<R: BufRead>(
    (mut reader, header): (Reader<R>, Header),
    target: &mut dyn Target,
    since: Since,
    moment: &Moment,
) -> Result<Manifest, ArchiveError> {
    let mut tenants = header.tenants.iter();
    let mut present: Option<Tenant<'_>> = None;
    let mut counts = BTreeMap::new();
    let sha256 = loop {
        let item = match reader.next()? {
            Ok(item) => item,
            Err(sha256) => break sha256,
        };
        *counts.entry(item.kind()).or_default() += 1;
        if let Item::Tenant(id) = &item {
            if let Some(before) = present.take() {
                before.end(target, &header, since, moment)?;
            }
            present = Some(Tenant::begin(id, tenants.next(), target)?);
            continue;
        }
        let tenant =
            present.as_mut().ok_or_else(|| ArchiveError::Broken("they are nobody's".into()))?;
        tenant.take(item, target, since, moment)?;
    };
    if let Some(last) = present {
        last.end(target, &header, since, moment)?;
    }
    if tenants.next().is_some() {
        return Err(ArchiveError::CutShort);
    }
    Ok(Manifest { header, counts, sha256 })
}

/// The tenant whose lines are being read.
struct Tenant<'a> {
    said: &'a TenantChains,
    /// How far each chain was walked.
    reached: BTreeMap<stead_core::chain::Chain, End>,
}

impl<'a> Tenant<'a> {
    fn begin(
        id: &TenantId,
        said: Option<&'a TenantChains>,
        target: &mut dyn Target,
    ) -> Result<Self, ArchiveError> {
        let said = said.filter(|said| said.id == *id);
        let said = said.ok_or_else(|| {
            ArchiveError::Broken(format!("the first line does not say those of tenant {id}"))
        })?;
        target.tenant(id, &said.chains)?;
        let reached = said.chains.iter().map(|span| (span.chain, span.base)).collect();
        Ok(Self { said, reached })
    }

    fn take(
        &mut self,
        item: Item,
        target: &mut dyn Target,
        since: Since,
        moment: &Moment,
    ) -> Result<(), ArchiveError> {
        match &item {
            Item::Record(record) => {
                self.walk(record)?;
                return target.record(record);
            }
            Item::Session(_) | Item::Code(_) | Item::RefreshToken(_) | Item::Device(..)
                if since == Since::Unknown =>
            {
                return Ok(());
            }
            Item::Key(key) if since == Since::Unknown => {
                let about = Ancestor::Key(key.kid.clone());
                let why = "restored from a backup".to_owned();
                target.change(&Change::Revoke(Revocation { about, at: moment.now, why }))?;
            }
            _ => {}
        }
        item.changes().iter().try_for_each(|change| target.change(change))
    }

    /// Each record follows the one before it.
    fn walk(&mut self, record: &ChainedRecord) -> Result<(), ArchiveError> {
        let nowhere = || self.broken(Break::Missing(record.place()));
        let reached = self.reached.get(&record.chain).ok_or_else(nowhere)?;
        let found = stead_core::chain::verify(record.chain, *reached, std::slice::from_ref(record));
        let further = found.map_err(|found| self.broken(found))?;
        self.reached.insert(record.chain, further);
        Ok(())
    }

    /// Every chain was walked to where it ended; the return itself is on record.
    fn end(
        self,
        target: &mut dyn Target,
        header: &Header,
        since: Since,
        moment: &Moment,
    ) -> Result<(), ArchiveError> {
        for ChainSpan { chain, head, .. } in &self.said.chains {
            let reached = self.reached.get(chain).copied().unwrap_or(chain.start());
            if reached != *head {
                let seq = head.seq.min(reached.seq + 1);
                return Err(self.broken(Break::Missing(Place { chain: *chain, seq })));
            }
        }
        let ended = since == Since::Unknown;
        let event = Event::Restored { by: "operator".to_owned(), taken: header.taken, ended };
        target.note(&Record::new(event, Outcome::Done, moment))
    }

    fn broken(&self, found: Break) -> ArchiveError {
        ArchiveError::broken(&self.said.id, found)
    }
}
