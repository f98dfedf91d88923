//! What leaves the file in passing.

use super::fault::Fault;
use super::scoped::Scoped;
use stead_proto::time::Timestamp;

/// What expires, each with the statement that takes some of it along.
const KINDS: [&str; 5] = [
    "DELETE FROM codes WHERE rowid IN
     (SELECT rowid FROM codes WHERE tenant = ?1 AND until < ?2 ORDER BY until LIMIT ?3)",
    "DELETE FROM devices WHERE rowid IN
     (SELECT rowid FROM devices WHERE tenant = ?1 AND until < ?2 ORDER BY until LIMIT ?3)",
    "DELETE FROM refresh_tokens WHERE rowid IN
     (SELECT rowid FROM refresh_tokens WHERE tenant = ?1 AND until < ?2 ORDER BY until LIMIT ?3)",
    "DELETE FROM once WHERE rowid IN
     (SELECT rowid FROM once WHERE tenant = ?1 AND until < ?2 ORDER BY until LIMIT ?3)",
    "DELETE FROM sessions WHERE rowid IN
     (SELECT rowid FROM sessions WHERE tenant = ?1 AND until < ?2 ORDER BY until LIMIT ?3)",
];

/// Whose turn it is. One kind a batch keeps what a batch pays for it small.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    turn: usize,
}

impl Sweep {
    /// Takes along at most `limit` rows of the next kind that expired before `now`.
    pub(super) fn some(
        &mut self,
        db: Scoped<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<(), Fault> {
        let kind = KINDS.iter().cycle().nth(self.turn);
        self.turn = (self.turn + 1) % KINDS.len();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        kind.map_or(Ok(0), |sql| db.run(sql, &[&now.millis(), &limit])).map(|_| ())
    }
}
