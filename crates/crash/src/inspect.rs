//! Looks, while no server runs, whether what is on file is what was promised.

use crate::ledger::{Answer, Attempt, Ledger, Standing, Uses};
use crate::loss::Loss;
use crate::once::Once;
use std::collections::{BTreeMap, BTreeSet};
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, End, Place, RecordQuery, verify};
use stead_core::model::code::Use;
use stead_core::model::revocation::Ancestor;
use stead_core::ports::{Store, StoreError};
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::{ConsentId, TokenId};

/// How many records are read at once.
const PAGE: usize = 10_000;

/// Which promises are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Requests since the last look, and what they were about.
    Latest,
    /// Everything that was ever promised.
    All,
}

/// Somebody who has seen the chains up to a place each.
#[derive(Debug, Clone, Default)]
pub struct Inspector {
    seen: BTreeMap<Chain, End>,
}

/// What the chain says about requests.
#[derive(Debug, Default)]
struct OnRecord {
    done: BTreeMap<String, Option<TokenId>>,
    denied: BTreeSet<String>,
}

impl Inspector {
    /// Everything that was promised and is not there.
    pub async fn look(
        &mut self,
        store: &dyn Store,
        ledger: &Ledger,
        depth: Depth,
    ) -> Result<Vec<Loss>, StoreError> {
        let mut losses = ledger.lock().take_losses();
        let on_record = self.walk(store, &mut losses).await?;
        let attempts = ledger.lock().take_attempts();
        compare(&attempts, &on_record, &mut losses);
        note_records(ledger, &attempts, &on_record);
        let about: BTreeSet<Once> =
            attempts.into_values().filter_map(|attempt| attempt.uses).collect();
        let promised = ledger.lock().clone();
        for (once, uses) in &promised.once {
            if depth == Depth::All || about.contains(once) {
                losses.extend(of_once(store, once, uses).await?);
            }
        }
        losses.extend(of_revocations(store, &promised.revoked).await?);
        losses.extend(of_consents(store, &promised.consents).await?);
        for secret in &promised.sessions {
            if store.session_by_secret(secret).await?.is_none() {
                losses.push(Loss::Session(secret.0.to_string()));
            }
        }
        Ok(losses)
    }

    /// Walks what is new of every chain, to its end.
    async fn walk(
        &mut self,
        store: &dyn Store,
        losses: &mut Vec<Loss>,
    ) -> Result<OnRecord, StoreError> {
        let mut found = OnRecord::default();
        let heads = store.heads().await?;
        for chain in self.seen.keys().filter(|seen| !heads.iter().any(|it| it.chain == **seen)) {
            losses.push(Loss::Chain(format!("chain {chain} has no head any more")));
        }
        for ends in heads {
            self.walk_one(store, &ends, (&mut found, losses)).await?;
        }
        Ok(found)
    }

    async fn walk_one(
        &mut self,
        store: &dyn Store,
        ends: &ChainEnds,
        (found, losses): (&mut OnRecord, &mut Vec<Loss>),
    ) -> Result<(), StoreError> {
        let chain = ends.chain;
        let mut seen = self.seen.get(&chain).copied().unwrap_or_else(|| chain.start());
        loop {
            let after = Some(Place { chain, seq: seen.seq });
            let query = RecordQuery { after, limit: PAGE, ..RecordQuery::default() };
            let page = store.records(&query).await?;
            if let Err(broken) = verify(chain, seen, &page) {
                losses.push(Loss::Chain(format!("{broken:?}")));
            }
            let Some(last) = page.last() else { break };
            seen = End { seq: last.seq, hash: last.hash };
            for chained in &page {
                found.read(chained, losses);
            }
        }
        if ends.head != seen {
            let (end, head) = (seen.seq, ends.head.seq);
            let how = format!("chain {chain} ends at record {end}, and its head says {head}");
            losses.push(Loss::Chain(how));
        }
        self.seen.insert(chain, seen);
        Ok(())
    }
}

impl OnRecord {
    fn read(&mut self, chained: &ChainedRecord, losses: &mut Vec<Loss>) {
        let Some(record) = chained.record() else {
            return losses.push(Loss::Chain(format!("record {} cannot be read", chained.seq)));
        };
        let Record { correlation_id: Some(name), event, outcome, .. } = record else { return };
        match outcome {
            Outcome::Done => {
                let token = match event {
                    Event::Token(token) => token.token,
                    _ => None,
                };
                self.done.insert(name, token);
            }
            Outcome::Denied { .. } => _ = self.denied.insert(name),
        }
    }
}

/// Holds what was answered against what is on record.
fn compare(attempts: &BTreeMap<String, Attempt>, on_record: &OnRecord, losses: &mut Vec<Loss>) {
    for (name, attempt) in attempts {
        let (done, denied) = (on_record.done.get(name), on_record.denied.contains(name));
        let contradicted = |how| Loss::Contradicted { name: name.clone(), how };
        let unrecorded = |answered| Loss::Unrecorded { name: name.clone(), answered };
        losses.extend(match (&attempt.answer, done) {
            (Answer::Accepted(_), None) => Some(unrecorded("accepted")),
            (Answer::Accepted(token), Some(kept)) if token != kept => {
                Some(contradicted("another token is on record"))
            }
            (Answer::Refused, Some(_)) => Some(contradicted("refused, and done on record")),
            (Answer::Refused, None) if !denied => Some(unrecorded("refused")),
            _ => None,
        });
    }
}

/// What was done without anybody hearing of it was used all the same.
fn note_records(ledger: &Ledger, attempts: &BTreeMap<String, Attempt>, on_record: &OnRecord) {
    let mut promises = ledger.lock();
    for (name, attempt) in attempts.iter().filter(|(name, _)| on_record.done.contains_key(*name)) {
        if let Some(uses) = attempt.uses.as_ref().and_then(|once| promises.once.get_mut(once)) {
            uses.accepted.insert(name.clone());
        }
    }
}

async fn of_once(store: &dyn Store, once: &Once, uses: &Uses) -> Result<Option<Loss>, StoreError> {
    if uses.accepted.len() > 1 {
        let names = uses.accepted.iter().cloned().collect();
        return Ok(Some(Loss::Twice { once: once.clone(), names }));
    }
    let on_file = match once {
        Once::Code(hash) => store.code(hash).await?.map(|(_, used)| used),
        Once::Refresh(hash) => store.refresh(hash).await?.map(|(_, used)| used),
        // The store is not asked about names: the server is, by using them again.
        Once::Assertion(_) => return Ok(None),
    };
    Ok(match on_file {
        Some(Use::Fresh) if !uses.accepted.is_empty() => Some(Loss::Fresh(once.clone())),
        None => Some(Loss::Gone(once.clone())),
        Some(Use::Spent(_)) if !uses.tried => Some(Loss::Gone(once.clone())),
        Some(_) => None,
    })
}

async fn of_revocations(
    store: &dyn Store,
    revoked: &BTreeSet<Ancestor>,
) -> Result<Vec<Loss>, StoreError> {
    let all: Vec<Ancestor> = revoked.iter().cloned().collect();
    let facts = store.revocations(&all).await?;
    let known: BTreeSet<&Ancestor> = facts.iter().map(|fact| &fact.about).collect();
    let gone = all.iter().filter(|about| !known.contains(about));
    Ok(gone.cloned().map(Loss::Revocation).collect())
}

async fn of_consents(
    store: &dyn Store,
    consents: &BTreeMap<ConsentId, Standing>,
) -> Result<Vec<Loss>, StoreError> {
    let mut losses = Vec::new();
    for (id, standing) in consents {
        let on_file = store.consent(id).await?.is_some();
        match standing {
            Standing::Given if !on_file => losses.push(Loss::Consent(id.clone())),
            Standing::Withdrawn if on_file => losses.push(Loss::ConsentAgain(id.clone())),
            _ => {}
        }
    }
    Ok(losses)
}

#[cfg(test)]
mod tests;
