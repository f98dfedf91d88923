//! Records: reading them, and proving that none was edited or taken away.

use super::{Admin, AdminError};
use crate::chain::{Break, Chain, ChainEnds, ChainedRecord, End, Place, RecordQuery, verify};

/// How many records are read at once while a chain is verified.
const PAGE: usize = 500;

/// What came of verifying the chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many records were found to be as they were written.
    pub verified: u64,
    /// The ends of the chains, as kept beside them.
    pub chains: Vec<ChainEnds>,
    /// Where one is broken, if one is.
    pub broken: Option<Break>,
}

impl Admin<'_> {
    /// Records that fit.
    pub async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, AdminError> {
        Ok(self.sts.store.records(query).await?)
    }

    /// Walks each chain from the beginning of what is kept to where its end is noted to be, until one is
    /// found to be broken. What is appended meanwhile is left for the next time.
    pub async fn verify_records(&self) -> Result<Verification, AdminError> {
        let chains = self.noted_ends().await?;
        let (mut verified, mut broken) = (0, None);
        for ends in &chains {
            let (reached, found) = self.walk(ends).await?;
            verified += reached - ends.base.seq;
            broken = found;
            if broken.is_some() {
                break;
            }
        }
        Ok(Verification { verified, chains, broken })
    }

    /// How far a chain is as it was written, and where it is not.
    async fn walk(&self, ends: &ChainEnds) -> Result<(u64, Option<Break>), AdminError> {
        let (chain, mut reached) = (ends.chain, ends.base);
        while reached.seq < ends.head.seq {
            let place = Place { chain, seq: reached.seq };
            let page = self.page_after(place, ends.head.seq).await?;
            if page.is_empty() {
                let next = Place { chain, seq: reached.seq + 1 };
                return Ok((reached.seq, Some(Break::Missing(next))));
            }
            match verify(chain, reached, &page) {
                Ok(end) => reached = end,
                Err(found) => return Ok((found.place().seq - 1, Some(found))),
            }
        }
        let edited = Break::Edited(Place { chain, seq: ends.head.seq });
        let whole = reached == ends.head;
        Ok(if whole { (reached.seq, None) } else { (ends.head.seq.max(1) - 1, Some(edited)) })
    }

    /// The ends of the chains as noted; asked again if there are records without any, which is how the very
    /// first record looks from beside.
    async fn noted_ends(&self) -> Result<Vec<ChainEnds>, AdminError> {
        let ends = self.sts.store.heads().await?;
        if !ends.is_empty() {
            return Ok(ends);
        }
        let before_all = Place::before_all(Chain::FIRST);
        let first = self.page_after(before_all, u64::MAX).await?.into_iter().next();
        let ends = self.sts.store.heads().await?;
        let gone = first.filter(|_| ends.is_empty()).map(|first| ends_unknown(&first));
        Ok(ends.into_iter().chain(gone).collect())
    }

    async fn page_after(&self, place: Place, end: u64) -> Result<Vec<ChainedRecord>, AdminError> {
        let query = RecordQuery { after: Some(place), limit: PAGE, ..RecordQuery::default() };
        let mut page = self.sts.store.records(&query).await?;
        page.retain(|record| record.seq <= end);
        Ok(page)
    }
}

/// What is noted beside a chain whose ends were taken away: an end that no record can have.
fn ends_unknown(first: &ChainedRecord) -> ChainEnds {
    let start = first.chain.start();
    ChainEnds { chain: first.chain, base: start, head: End { seq: first.seq, hash: start.hash } }
}
