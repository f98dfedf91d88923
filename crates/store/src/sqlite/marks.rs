//! What a search looks at before it reads a record: seven bytes that say what the record may be about.
//!
//! Two bytes each for the request, the user and the client, one for whether something was refused. Others
//! may have the same: what fits is compared with the record itself.

use crate::facets::Facets;
use stead_core::chain::RecordQuery;
use stead_core::record::Record;

/// How many bytes one takes.
const LENGTH: usize = 7;

/// What one record may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark([u8; LENGTH]);

impl Mark {
    pub(super) fn of(record: &Record) -> Self {
        let about = Facets::of(record);
        let [t1, t2] = fold(about.trace.as_str());
        let [s1, s2] = about.subject.map_or([0; 2], |subject| fold(subject.as_str()));
        let [c1, c2] = about.client.map_or([0; 2], |client| fold(client.as_str()));
        Self([t1, t2, s1, s2, c1, c2, u8::from(about.denied)])
    }

    /// Of something that is no record: only a search that wants everything finds it.
    pub(super) fn of_nothing() -> Self {
        Self([0; LENGTH])
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether these are the marks of so many records.
    pub(super) fn are(records: usize, bytes: &[u8]) -> bool {
        bytes.len() == records * LENGTH
    }

    /// The marks of a segment, one a record, in its order.
    pub(super) fn all_in(bytes: &[u8]) -> impl Iterator<Item = Self> {
        bytes.as_chunks().0.iter().copied().map(Self)
    }
}

/// What a query wants, as marks say it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    trace: Option<[u8; 2]>,
    subject: Option<[u8; 2]>,
    client: Option<[u8; 2]>,
    denied: bool,
}

impl Wanted {
    pub(super) fn by(query: &RecordQuery) -> Self {
        Self {
            trace: query.trace_id.as_ref().map(|trace| fold(trace.as_str())),
            subject: query.subject.as_ref().map(|subject| fold(subject.as_str())),
            client: query.client.as_ref().map(|client| fold(client.as_str())),
            denied: query.denied_only,
        }
    }

    /// Whether nothing is asked of a record.
    pub(super) fn is_everything(&self) -> bool {
        self.trace.is_none() && self.subject.is_none() && self.client.is_none() && !self.denied
    }

    /// Whether a record with this mark may be wanted.
    pub(super) fn may_be(&self, mark: Mark) -> bool {
        let Mark([t1, t2, s1, s2, c1, c2, denied]) = mark;
        self.trace.is_none_or(|trace| trace == [t1, t2])
            && self.subject.is_none_or(|subject| subject == [s1, s2])
            && self.client.is_none_or(|client| client == [c1, c2])
            && (denied != 0 || !self.denied)
    }
}

/// A name in two bytes: FNV-1a, folded. It is on file and therefore never changes.
fn fold(name: &str) -> [u8; 2] {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_be_bytes();
    [a ^ c, b ^ d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_folds_as_it_did_in_every_file_so_far() {
        assert_eq!(fold(""), [0x81 ^ 0x9d, 0x1c ^ 0xc5]);
        assert_eq!(fold("foobar"), [0xbf ^ 0xf9, 0x9c ^ 0x68]);
    }

    #[test]
    fn who_wants_everything_wants_every_mark() {
        let wanted = Wanted::by(&RecordQuery::default());
        assert!(wanted.is_everything() && wanted.may_be(Mark::of_nothing()));
        let refusals = Wanted::by(&RecordQuery { denied_only: true, ..RecordQuery::default() });
        assert!(!refusals.is_everything() && !refusals.may_be(Mark::of_nothing()));
    }
}
