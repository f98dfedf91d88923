//! Retention: old records leave, from the beginning of a chain, and that they left is itself on record.
//!
//! A chain proves that nothing in it was changed. Where its kept part begins, something else has to say, or
//! whoever can write to the store would take away what they like and move the beginning. So each cut is a
//! record that names the last record that left, of every chain. It stays as long as that is true: what is cut is
//! older than any record of a cut that still counts.

use crate::chain::{ChainEnds, ChainedRecord, End, Place, RecordQuery};
use crate::commit::{Change, Commit, CommitError, Receipt};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use stead_proto::time::{Seconds, Timestamp};

/// How many records leave at once. Few, so that nobody who writes waits for it.
const STEP: usize = 1000;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing is old enough.
    Nothing,
    /// Some left, and more may be old enough.
    Some,
}

impl Sts {
    /// Takes the oldest records of one chain away, as far as they are older than they are to be kept; at most
    /// a thousand.
    pub async fn cut_records(&self, keep: Seconds, moment: &Moment) -> Result<Cut, StoreError> {
        let chains = self.store.heads().await?;
        for ends in &chains {
            if let Some(through) = self.old_enough(ends, moment.now - keep).await? {
                return self.cut(&chains, ends, through, moment).await;
            }
        }
        Ok(Cut::Nothing)
    }

    /// The last record from the beginning of what is kept before which, and which, is older than this.
    async fn old_enough(
        &self,
        ends: &ChainEnds,
        before: Timestamp,
    ) -> Result<Option<End>, StoreError> {
        let after = Some(Place { chain: ends.chain, seq: ends.base.seq });
        // The first one tells of most chains that nothing is.
        for limit in [1, STEP] {
            let query = RecordQuery { after, limit, ..RecordQuery::default() };
            let page = self.store.records(&query).await?;
            let is_old = |record: &&ChainedRecord| record.record().is_some_and(|it| it.at < before);
            let last = page.iter().take_while(is_old).last();
            match last.map(|last| End { seq: last.seq, hash: last.hash }) {
                None => return Ok(None),
                last if limit == STEP => return Ok(last),
                Some(_) => {}
            }
        }
        Ok(None)
    }

    async fn cut(
        &self,
        chains: &[ChainEnds],
        ends: &ChainEnds,
        through: End,
        moment: &Moment,
    ) -> Result<Cut, StoreError> {
        let bases = chains.iter().map(|it| {
            let End { seq, hash } = if it.chain == ends.chain { through } else { it.base };
            Receipt { chain: it.chain, seq, hash }
        });
        let event = Event::Cut { through: bases.filter(|base| base.seq > 0).collect() };
        let record = Record::new(event, Outcome::Done, moment);
        let changes = vec![Change::CutRecords { chain: ends.chain, through }];
        match self.store.commit(Commit { changes, record }).await {
            Ok(_) => Ok(Cut::Some),
            Err(CommitError::Failed(error)) => Err(error),
            // Another node was quicker.
            Err(CommitError::Conflict(_)) => Ok(Cut::Nothing),
        }
    }
}
