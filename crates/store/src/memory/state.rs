//! What one tenant's memory holds.

use super::table::{Table, Undo};
use crate::facets::Facets;
use crate::facts::Facts;
use crate::keeping::SWEPT_AT_ONCE;
use std::collections::BTreeMap;
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, RecordQuery};
use stead_core::commit::{Change, Commit, Conflict, Receipt};
use stead_core::model::application::Application;
use stead_core::model::code::{CodeGrant, Use};
use stead_core::model::consent::Consent;
use stead_core::model::device::DeviceGrant;
use stead_core::model::factors::Factors;
use stead_core::model::key::StoredKey;
use stead_core::model::refresh::RefreshGrant;
use stead_core::model::session::Session;
use stead_core::model::tenant::TrustedIssuer;
use stead_core::model::user::{Group, User};
use stead_core::record::Record;
use stead_proto::device::UserCode;
use stead_proto::digest::Sha256;
use stead_proto::id::{
    ClientId, ConsentId, CredentialId, GroupId, Issuer, KeyId, SessionId, Subject,
};
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

/// Everything of one tenant.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) applications: Table<ClientId, Application>,
    /// Every name that addresses an application, and which.
    pub(super) names: Table<String, ClientId>,
    pub(super) users: Table<Subject, User>,
    pub(super) usernames: Table<String, Subject>,
    pub(super) factors: Table<Subject, Factors>,
    /// Whose each passkey is.
    pub(super) passkeys: Table<CredentialId, Subject>,
    pub(super) groups: Table<GroupId, Group>,
    pub(super) consents: Table<ConsentId, Consent>,
    pub(super) sessions: Table<SessionId, Session>,
    pub(super) session_secrets: Table<SecretHash, SessionId>,
    pub(super) codes: Table<SecretHash, Once<CodeGrant>>,
    pub(super) devices: Table<SecretHash, DeviceGrant>,
    pub(super) user_codes: Table<UserCode, SecretHash>,
    pub(super) refresh_tokens: Table<SecretHash, Once<RefreshGrant>>,
    pub(super) once: Table<Sha256, Timestamp>,
    pub(super) keys: Table<KeyId, StoredKey>,
    pub(super) trusted_issuers: Table<Issuer, TrustedIssuer>,
    pub(super) leaving: Table<(Timestamp, Leaving), ()>,
    pub(super) facts: Facts,
    /// The latest instant on record.
    pub(super) latest: Timestamp,
    heads: BTreeMap<Chain, End>,
    bases: BTreeMap<Chain, End>,
    records: Vec<(ChainedRecord, Record)>,
}

/// Something that works once.
#[derive(Debug, Clone)]
pub(super) struct Once<T> {
    pub(super) grant: T,
    pub(super) used: Use,
}

/// Something that leaves at an instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaving {
    Code(SecretHash),
    Device(SecretHash),
    Refresh(SecretHash),
    Once(Sha256),
    Session(SessionId),
}

impl State {
    /// Applies all changes and appends the record, or does nothing.
    pub(super) fn commit(
        &mut self,
        commit: Commit,
        json: String,
        chain: Chain,
    ) -> Result<Receipt, Conflict> {
        let (mut facts, mut cuts) = (Vec::new(), Vec::new());
        for change in commit.changes {
            if let Change::CutRecords { chain, through } = change {
                cuts.push((chain, through));
            }
            if let Err(conflict) = self.apply(change, commit.record.at, &mut facts) {
                self.tables().into_iter().for_each(Undo::undo);
                return Err(conflict);
            }
        }
        for fact in facts {
            self.facts.learn(fact);
        }
        for (chain, through) in cuts {
            self.cut(chain, through);
        }
        self.sweep(commit.record.at);
        self.tables().into_iter().for_each(Undo::keep);
        Ok(self.append(commit.record, json, chain))
    }

    fn tables(&mut self) -> [&mut dyn Undo; 18] {
        [
            &mut self.applications,
            &mut self.names,
            &mut self.users,
            &mut self.usernames,
            &mut self.factors,
            &mut self.passkeys,
            &mut self.groups,
            &mut self.consents,
            &mut self.sessions,
            &mut self.session_secrets,
            &mut self.codes,
            &mut self.devices,
            &mut self.user_codes,
            &mut self.refresh_tokens,
            &mut self.once,
            &mut self.keys,
            &mut self.trusted_issuers,
            &mut self.leaving,
        ]
    }

    fn append(&mut self, record: Record, json: String, chain: Chain) -> Receipt {
        let head = self.heads.entry(chain).or_insert_with(|| chain.start());
        *head = head.after(&json);
        let End { seq, hash } = *head;
        self.latest = self.latest.max(record.at);
        self.records.push((ChainedRecord { chain, seq, hash, json }, record));
        Receipt { chain, seq, hash }
    }

    /// Whether the records of a chain can be cut here.
    pub(super) fn has(&self, chain: Chain, end: End) -> bool {
        let is = |kept: &ChainedRecord| {
            kept.chain == chain && kept.seq == end.seq && kept.hash == end.hash
        };
        self.records.iter().any(|(kept, _)| is(kept))
    }

    fn cut(&mut self, chain: Chain, through: End) {
        self.records.retain(|(kept, _)| kept.chain != chain || kept.seq > through.seq);
        self.bases.insert(chain, through);
    }

    /// The ends of all chains.
    pub(super) fn ends(&self) -> Vec<ChainEnds> {
        let ends = |(chain, head): (&Chain, &End)| ChainEnds {
            chain: *chain,
            base: self.bases.get(chain).copied().unwrap_or_else(|| chain.start()),
            head: *head,
        };
        self.heads.iter().map(ends).collect()
    }

    /// Records that fit.
    pub(super) fn records(&self, query: &RecordQuery) -> Vec<ChainedRecord> {
        let fits = |(kept, record): &&(ChainedRecord, Record)| {
            query.after.is_none_or(|after| kept.chain == after.chain && kept.seq > after.seq)
                && Facets::of(record).fit(query)
        };
        let found: Box<dyn Iterator<Item = _>> = match query.after {
            Some(_) => Box::new(self.records.iter().filter(fits)),
            None => Box::new(self.records.iter().rev().filter(fits)),
        };
        found.take(query.limit).map(|(kept, _)| kept.clone()).collect()
    }

    fn sweep(&mut self, now: Timestamp) {
        let gone: Vec<_> = self.leaving.rows().keys().take(SWEPT_AT_ONCE).cloned().collect();
        for (until, leaving) in gone.into_iter().filter(|(until, _)| *until < now) {
            match &leaving {
                Leaving::Code(code) => _ = self.codes.remove(code),
                Leaving::Device(code) => self.forget_device(code),
                Leaving::Refresh(token) => _ = self.refresh_tokens.remove(token),
                Leaving::Once(key) => _ = self.once.remove(key),
                Leaving::Session(id) => self.forget_session(id),
            }
            self.leaving.remove(&(until, leaving));
        }
    }

    /// What a user can prove; nothing, if nothing is on file.
    pub(super) fn factors_of(&self, id: &Subject) -> Factors {
        self.factors.get(id).cloned().unwrap_or_default()
    }

    /// Signing keys, oldest first.
    pub(super) fn keys_by_age(&self) -> Vec<StoredKey> {
        let mut keys: Vec<StoredKey> = self.keys.values().cloned().collect();
        keys.sort_by_key(|key| key.published);
        keys
    }

    /// Removes a session and what leads to it.
    pub(super) fn forget_session(&mut self, id: &SessionId) {
        if let Some(session) = self.sessions.remove(id) {
            self.session_secrets.remove(&session.secret);
        }
    }
}
