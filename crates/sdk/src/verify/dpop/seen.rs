//! Proofs seen before, so that none is taken twice: bounded, and never by forgetting one that could come again.

use super::ProofProblem;
use std::collections::{BTreeMap, HashSet};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::time::Timestamp;

/// The proofs of each second, by key and name.
#[derive(Debug)]
pub(super) struct Seen {
    seconds: BTreeMap<i64, HashSet<Sha256>>,
    count: usize,
    most: usize,
    /// Up to this second nothing is taken any more: what was seen then is forgotten.
    forgotten: i64,
}

/// What a proof is remembered by: its key and its own name.
pub(super) fn name(key: &Sha256, jti: &str) -> Sha256 {
    sha256(&[key.as_bytes(), jti.as_bytes()].concat())
}

impl Seen {
    pub(super) fn new(most: usize) -> Self {
        Self { seconds: BTreeMap::new(), count: 0, most, forgotten: i64::MIN }
    }

    /// Notes a proof that was made then, unless it was noted before. None is shown that was made before `oldest`.
    pub(super) fn first(
        &mut self,
        name: Sha256,
        made: Timestamp,
        oldest: Timestamp,
    ) -> Result<(), ProofProblem> {
        while self.seconds.first_key_value().is_some_and(|(second, _)| *second < oldest.secs()) {
            self.forget_a_second();
        }
        if made.secs() <= self.forgotten {
            return Err(ProofProblem::TooOld);
        }
        if !self.seconds.entry(made.secs()).or_default().insert(name) {
            return Err(ProofProblem::Used);
        }
        self.count += 1;
        while self.count > self.most {
            self.forget_a_second();
        }
        Ok(())
    }

    fn forget_a_second(&mut self) {
        if let Some((second, proofs)) = self.seconds.pop_first() {
            self.count -= proofs.len();
            self.forgotten = self.forgotten.max(second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes a proof at a moment, when proofs of the last ten seconds are taken.
    fn note(seen: &mut Seen, jti: &str, made: i64, now: i64) -> Result<(), ProofProblem> {
        let at = Timestamp::from_secs;
        seen.first(name(&sha256(b"key"), jti), at(made), at(now - 10))
    }

    #[test]
    fn a_proof_is_taken_once_for_as_long_as_it_could_be_shown() {
        let mut seen = Seen::new(100);
        assert_eq!(note(&mut seen, "a", 100, 100), Ok(()));
        assert_eq!(note(&mut seen, "a", 100, 110), Err(ProofProblem::Used));
        assert_eq!(note(&mut seen, "b", 100, 110), Ok(()));
        let other = seen.first(
            name(&sha256(b"other key"), "a"),
            Timestamp::from_secs(100),
            Timestamp::from_secs(100),
        );
        assert_eq!(other, Ok(()));
        assert_eq!(note(&mut seen, "c", 120, 120), Ok(()));
        assert_eq!(seen.count, 1);
    }

    #[test]
    fn where_there_is_no_room_old_proofs_are_refused_rather_than_taken_twice() {
        let mut seen = Seen::new(2);
        for (jti, made) in [("a", 100), ("b", 101), ("c", 102)] {
            assert_eq!(note(&mut seen, jti, made, 102), Ok(()));
        }
        assert_eq!(seen.count, 2);
        assert_eq!(note(&mut seen, "a", 100, 102), Err(ProofProblem::TooOld));
        assert_eq!(note(&mut seen, "never seen", 100, 102), Err(ProofProblem::TooOld));
        assert_eq!(note(&mut seen, "b", 101, 102), Err(ProofProblem::Used));
    }
}
