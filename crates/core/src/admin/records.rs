//! Records: reading them, and proving that none was edited or taken away.

use super::{Admin, AdminError};
use crate::commit::Receipt;
use crate::record::{Break, ChainedRecord, RecordQuery, genesis, verify};

/// How many records are read at once while the chain is verified.
const PAGE: usize = 500;

/// What came of verifying the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many records were found to be as they were written.
    pub verified: u64,
    /// The end of the chain, as kept beside it.
    pub head: Option<Receipt>,
    /// Where it is broken, if it is.
    pub broken: Option<Break>,
}

impl Admin<'_> {
    /// Records that fit.
    pub async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, AdminError> {
        Ok(self.sts.store.records(query).await?)
    }

    /// Walks the chain from its beginning to where its end is noted to be. What is appended meanwhile
    /// is left for the next time.
    pub async fn verify_records(&self) -> Result<Verification, AdminError> {
        let head = self.noted_head().await?;
        let end = head.as_ref().map_or(0, |head| head.seq);
        let (mut hash, mut verified) = (genesis(), 0);
        let broken = loop {
            let page = self.page_after(verified, end).await?;
            let Some(last) = page.last() else {
                break (verified < end).then(|| Break::Missing { seq: verified + 1 });
            };
            match verify(&hash, verified, &page) {
                Ok(reached) => (hash, verified) = (reached, last.seq),
                Err(found) => break Some(found),
            }
        };
        let broken = broken.or_else(|| {
            let noted = head.as_ref().map_or_else(genesis, |head| head.hash);
            (noted != hash).then_some(Break::Edited { seq: end })
        });
        let verified = broken.as_ref().map_or(verified, before);
        Ok(Verification { verified, head, broken })
    }

    /// The end of the chain as noted; asked again if there are records without it, which is how the very
    /// first record looks from beside.
    async fn noted_head(&self) -> Result<Option<Receipt>, AdminError> {
        if let Some(head) = self.sts.store.head().await? {
            return Ok(Some(head));
        }
        let first = self.page_after(0, u64::MAX).await?.into_iter().next();
        let head = self.sts.store.head().await?;
        let gone = first.filter(|_| head.is_none());
        Ok(head.or(gone.map(|first| Receipt { seq: first.seq, hash: genesis() })))
    }

    async fn page_after(&self, seq: u64, end: u64) -> Result<Vec<ChainedRecord>, AdminError> {
        let query = RecordQuery { after: Some(seq), limit: PAGE, ..RecordQuery::default() };
        let mut page = self.sts.store.records(&query).await?;
        page.retain(|record| record.seq <= end);
        Ok(page)
    }
}

fn before(found: &Break) -> u64 {
    match found {
        Break::Missing { seq } | Break::Edited { seq } => seq.saturating_sub(1),
    }
}
