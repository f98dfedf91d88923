//! Anchors: what holds the chains of a cluster's nodes together.
//!
//! A chain proves that nothing in the middle of it was changed. That its end is missing, or all of it, only
//! somebody else can tell. So each node now and then puts on record how far the others' chains reach: whoever
//! takes records off the end of one chain, or rewrites it, would have to rewrite all of them.

use crate::chain::{Chain, ChainEnds, ChainedRecord, RecordQuery};
use crate::commit::{Commit, CommitError, Receipt};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;

/// What a node anchored last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anchored {
    own: Option<Chain>,
    heads: Vec<Receipt>,
}

impl Sts {
    /// Puts on record how far the chains of the other nodes reach, if they went further since the last time.
    /// Whoever writes alone has nothing to anchor.
    pub async fn anchor(&self, last: &Anchored, moment: &Moment) -> Result<Anchored, StoreError> {
        let chains = self.store.heads().await?;
        if chains.len() < 2 || !self.went_further(last, &chains).await? {
            return Ok(last.clone());
        }
        let heads: Vec<Receipt> = chains.iter().map(head).collect();
        let event = Event::Anchor { heads: heads.clone() };
        let record = Record::new(event, Outcome::Done, moment);
        match self.store.commit(Commit { changes: Vec::new(), record }).await {
            Ok(receipt) => Ok(Anchored { own: Some(receipt.chain), heads }),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Conflict(conflict)) => Err(StoreError::Broken(conflict.to_string())),
        }
    }

    async fn went_further(
        &self,
        last: &Anchored,
        chains: &[ChainEnds],
    ) -> Result<bool, StoreError> {
        for ends in chains.iter().filter(|ends| last.own != Some(ends.chain)) {
            let before = last.heads.iter().find(|head| head.chain == ends.chain);
            match ends.head.seq - before.map_or(0, |head| head.seq) {
                0 => {}
                // Else two idle nodes would anchor each other's anchors for ever.
                1 if self.ends_with_an_anchor(ends).await? => {}
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn ends_with_an_anchor(&self, ends: &ChainEnds) -> Result<bool, StoreError> {
        let query = RecordQuery { limit: 1, ..RecordQuery::from(ends.chain, ends.head.seq) };
        let found = self.store.records(&query).await?;
        let record = found.first().and_then(ChainedRecord::record);
        Ok(record.is_some_and(|record| matches!(record.event, Event::Anchor { .. })))
    }
}

fn head(ends: &ChainEnds) -> Receipt {
    Receipt { chain: ends.chain, seq: ends.head.seq, hash: ends.head.hash }
}
