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
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::BufRead;
use stead_core::chain::{Break, Chain, ChainedRecord, End, Place};
use stead_core::commit::Change;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::moment::Moment;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::digest::{Sha256, from_base64url};
use stead_proto::id::TenantId;

/// What happened between a backup and its return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nobody knows.
    Unknown,
    /// Nothing: the store that it was taken of ends where it does.
    Nothing,
}

/// A backup that is about to be restored: its first line was read.
pub struct Restore<R> {
    reader: Reader<R>,
    header: Header,
}

impl<R> fmt::Debug for Restore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restore").field("taken", &self.header.taken).finish_non_exhaustive()
    }
}

impl<R: BufRead> Restore<R> {
    /// Reads the first line.
    pub fn open(input: R) -> Result<Self, ArchiveError> {
        let (reader, header) = Reader::open(input)?;
        Ok(Self { reader, header })
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads all of it and keeps nothing: whether it could be restored.
    pub fn check(self, moment: &Moment) -> Result<Manifest, ArchiveError> {
        let mut steps = self.steps(Since::Nothing, moment);
        while steps.next()?.is_some() {}
        steps.manifest()
    }

    /// Whether the master key is the one that the secrets in it are sealed under.
    pub(crate) fn fits(&self, key: &MasterKey) -> Result<(), ArchiveError> {
        let check = self.header.master_key_check.as_deref().and_then(from_base64url);
        if check.is_none_or(|check| key.fits(&check)) {
            Ok(())
        } else {
            Err(ArchiveError::OtherMasterKey)
        }
    }

    /// What is done to an empty store, one step after the other.
    pub(crate) fn steps(self, since: Since, moment: &Moment) -> Steps<R> {
        Steps {
            reader: self.reader,
            header: self.header,
            since,
            moment: moment.clone(),
            begun: 0,
            present: None,
            counts: BTreeMap::new(),
            waiting: VecDeque::new(),
            sha256: None,
        }
    }
}

/// One step of filling an empty store.
#[derive(Debug)]
pub(crate) enum Step {
    /// What follows is of this tenant, whose chains begin after their bases.
    Tenant(TenantId, Vec<ChainSpan>),
    /// A change, as of the time of the backup.
    Change(Change),
    /// A record as it was.
    Record(ChainedRecord),
    /// A new record, which the tenant ends with.
    Note(Box<Record>),
}

/// The way through a backup. Only once it has come to its end is what was made of it to be believed.
pub(crate) struct Steps<R> {
    reader: Reader<R>,
    header: Header,
    since: Since,
    moment: Moment,
    /// How many tenants there were so far.
    begun: usize,
    present: Option<Tenant>,
    counts: BTreeMap<&'static str, u64>,
    /// What was read already.
    waiting: VecDeque<Step>,
    /// The digest of all of it, at its end.
    sha256: Option<Sha256>,
}

impl<R: BufRead> Steps<R> {
    /// The next one; none at the end of a backup that is whole.
    pub(crate) fn next(&mut self) -> Result<Option<Step>, ArchiveError> {
        loop {
            if let Some(step) = self.waiting.pop_front() {
                return Ok(Some(step));
            }
            if self.sha256.is_some() {
                return Ok(None);
            }
            match self.reader.next()? {
                Ok(item) => self.take(item)?,
                Err(sha256) => self.end(sha256)?,
            }
        }
    }

    /// What the backup held, once there is no further step.
    pub(crate) fn manifest(self) -> Result<Manifest, ArchiveError> {
        let Self { header, counts, sha256, .. } = self;
        let sha256 = sha256.ok_or(ArchiveError::CutShort)?;
        Ok(Manifest { header, counts, sha256 })
    }

    fn take(&mut self, item: Item) -> Result<(), ArchiveError> {
        *self.counts.entry(item.kind()).or_default() += 1;
        let nobodys = || ArchiveError::Broken("they are nobody's".into());
        match item {
            Item::Tenant(id) => {
                self.end_tenant()?;
                self.begin_tenant(id)?;
            }
            Item::Record(record) => {
                self.present.as_mut().ok_or_else(nobodys)?.walk(&record)?;
                self.waiting.push_back(Step::Record(record));
            }
            item => {
                self.present.as_ref().ok_or_else(nobodys)?;
                self.go_on(item);
            }
        }
        Ok(())
    }

    /// Takes along what goes on, and ends what has to.
    fn go_on(&mut self, item: Item) {
        match &item {
            Item::Session(_) | Item::Code(_) | Item::RefreshToken(_) | Item::Device(..)
                if self.since == Since::Unknown =>
            {
                return;
            }
            Item::Key(key) if self.since == Since::Unknown => {
                let about = Ancestor::Key(key.kid.clone());
                let why = "restored from a backup".to_owned();
                let fact = Revocation { about, at: self.moment.now, why };
                self.waiting.push_back(Step::Change(Change::Revoke(fact)));
            }
            _ => {}
        }
        self.waiting.extend(item.changes().into_iter().map(Step::Change));
    }

    fn begin_tenant(&mut self, id: TenantId) -> Result<(), ArchiveError> {
        let said = self.header.tenants.get(self.begun).filter(|said| said.id == id);
        let said = said.cloned().ok_or_else(|| {
            ArchiveError::Broken(format!("the first line does not say those of tenant {id}"))
        })?;
        self.begun += 1;
        self.waiting.push_back(Step::Tenant(id, said.chains.clone()));
        let reached = said.chains.iter().map(|span| (span.chain, span.base)).collect();
        self.present = Some(Tenant { said, reached });
        Ok(())
    }

    /// Every chain was walked to where it ended; the return itself is on record.
    fn end_tenant(&mut self) -> Result<(), ArchiveError> {
        let Some(tenant) = self.present.take() else { return Ok(()) };
        tenant.is_complete()?;
        let (taken, ended) = (self.header.taken, self.since == Since::Unknown);
        let event = Event::Restored { by: "operator".to_owned(), taken, ended };
        let record = Record::new(event, Outcome::Done, &self.moment);
        self.waiting.push_back(Step::Note(Box::new(record)));
        Ok(())
    }

    fn end(&mut self, sha256: Sha256) -> Result<(), ArchiveError> {
        self.end_tenant()?;
        if self.begun < self.header.tenants.len() {
            return Err(ArchiveError::CutShort);
        }
        self.sha256 = Some(sha256);
        Ok(())
    }
}

/// The tenant whose lines are being read.
struct Tenant {
    said: TenantChains,
    /// How far each chain was walked.
    reached: BTreeMap<Chain, End>,
}

impl Tenant {
    /// Each record follows the one before it.
    fn walk(&mut self, record: &ChainedRecord) -> Result<(), ArchiveError> {
        let nowhere = || self.broken(Break::Missing(record.place()));
        let reached = self.reached.get(&record.chain).ok_or_else(nowhere)?;
        let found = stead_core::chain::verify(record.chain, *reached, std::slice::from_ref(record));
        let further = found.map_err(|found| self.broken(found))?;
        self.reached.insert(record.chain, further);
        Ok(())
    }

    fn is_complete(&self) -> Result<(), ArchiveError> {
        for ChainSpan { chain, head, .. } in &self.said.chains {
            let reached = self.reached.get(chain).copied().unwrap_or(chain.start());
            if reached != *head {
                let seq = head.seq.min(reached.seq + 1);
                return Err(self.broken(Break::Missing(Place { chain: *chain, seq })));
            }
        }
        Ok(())
    }

    fn broken(&self, found: Break) -> ArchiveError {
        ArchiveError::broken(&self.said.id, found)
    }
}
