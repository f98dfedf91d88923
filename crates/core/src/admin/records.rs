//! Records: reading them, and proving that none was edited or taken away.

use super::{Admin, AdminError};
use crate::chain::{
    Break, Chain, ChainEnds, ChainedRecord, End, Place, Receipt, RecordQuery, verify,
};
use crate::record::Event;
use std::collections::BTreeMap;

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
    /// found to be broken, and looks for what the chains say of each other. What is appended meanwhile is
    /// left for the next time.
    pub async fn verify_records(&self) -> Result<Verification, AdminError> {
        let chains = self.noted_ends().await?;
        let (mut verified, mut said) = (0, Said::default());
        for ends in &chains {
            let (reached, broken) = self.walk(ends, &mut said).await?;
            verified += reached - ends.base.seq;
            if broken.is_some() {
                return Ok(Verification { verified, chains, broken });
            }
        }
        let broken = match not_as_cut(&chains, &said.cuts) {
            Some(found) => Some(found),
            None => self.not_as_anchored(&chains, said.anchors).await?,
        };
        Ok(Verification { verified, chains, broken })
    }

    /// How far a chain is as it was written, and where it is not.
    async fn walk(
        &self,
        ends: &ChainEnds,
        said: &mut Said,
    ) -> Result<(u64, Option<Break>), AdminError> {
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
            for record in &page {
                said.collect(record);
            }
        }
        let edited = Break::Edited(Place { chain, seq: ends.head.seq });
        let whole = reached == ends.head;
        Ok(if whole { (reached.seq, None) } else { (ends.head.seq.max(1) - 1, Some(edited)) })
    }

    /// Where a chain does not have what another one says of it. A chain that is as written up to the last
    /// place that another chain names is as that chain saw it before, too.
    async fn not_as_anchored(
        &self,
        chains: &[ChainEnds],
        anchors: Anchors,
    ) -> Result<Option<Break>, AdminError> {
        for Receipt { chain, seq, hash } in anchors.into_values() {
            let place = Place { chain, seq };
            let Some(ends) = chains.iter().find(|ends| ends.chain == chain) else {
                return Ok(Some(Break::Missing(place)));
            };
            if seq <= ends.base.seq {
                continue;
            }
            let before = Place { chain, seq: seq - 1 };
            match self.page_after(before, seq).await?.first() {
                None => return Ok(Some(Break::Missing(place))),
                Some(kept) if kept.hash != hash => return Ok(Some(Break::Edited(place))),
                Some(_) => {}
            }
        }
        Ok(None)
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

/// The last that each chain says of each other one.
type Anchors = BTreeMap<(Chain, Chain), Receipt>;

/// What the chains say of each other and of themselves.
#[derive(Default)]
struct Said {
    anchors: Anchors,
    /// How far each chain was cut.
    cuts: BTreeMap<Chain, Receipt>,
}

impl Said {
    fn collect(&mut self, record: &ChainedRecord) {
        // Most records say nothing of chains; those need not be read.
        if !["\"anchor\"", "\"cut\""].iter().any(|kind| record.json.contains(kind)) {
            return;
        }
        match record.record().map(|record| record.event) {
            Some(Event::Anchor { heads }) => {
                let heads = heads.into_iter().map(|head| ((record.chain, head.chain), head));
                self.anchors.extend(heads);
            }
            Some(Event::Cut { through }) => through.into_iter().for_each(|last| self.cut(last)),
            _ => {}
        }
    }

    fn cut(&mut self, last: Receipt) {
        if self.cuts.get(&last.chain).is_none_or(|known| known.seq < last.seq) {
            self.cuts.insert(last.chain, last);
        }
    }
}

/// Where the kept part of a chain begins elsewhere than its last cut says: what is missing then was taken away.
fn not_as_cut(chains: &[ChainEnds], cuts: &BTreeMap<Chain, Receipt>) -> Option<Break> {
    let as_cut = |ends: &&ChainEnds| {
        let said = cuts.get(&ends.chain).map(|last| End { seq: last.seq, hash: last.hash });
        ends.base == said.unwrap_or_else(|| ends.chain.start())
    };
    let other = chains.iter().find(|ends| !as_cut(ends))?;
    Some(Break::Missing(Place { chain: other.chain, seq: other.base.seq.max(1) }))
}

/// What is noted beside a chain whose ends were taken away: an end that no record can have.
fn ends_unknown(first: &ChainedRecord) -> ChainEnds {
    let start = first.chain.start();
    ChainEnds { chain: first.chain, base: start, head: End { seq: first.seq, hash: start.hash } }
}
