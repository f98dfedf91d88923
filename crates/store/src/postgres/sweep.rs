//! What leaves in passing, whichever node comes by.

use super::fault::Fault;
use super::scoped::{Scoped, count};
use stead_proto::time::Timestamp;

/// What expires, each with the statement that takes some of it along. What another node is taking is left to
/// it.
const KINDS: [&str; 5] = [
    "DELETE FROM codes WHERE tenant = $1 AND hash IN
     (SELECT hash FROM codes WHERE tenant = $1 AND until < $2 ORDER BY until LIMIT $3
      FOR UPDATE SKIP LOCKED)",
    "DELETE FROM devices WHERE tenant = $1 AND hash IN
     (SELECT hash FROM devices WHERE tenant = $1 AND until < $2 ORDER BY until LIMIT $3
      FOR UPDATE SKIP LOCKED)",
    "DELETE FROM refresh_tokens WHERE tenant = $1 AND hash IN
     (SELECT hash FROM refresh_tokens WHERE tenant = $1 AND until < $2 ORDER BY until LIMIT $3
      FOR UPDATE SKIP LOCKED)",
    "DELETE FROM once WHERE tenant = $1 AND hash IN
     (SELECT hash FROM once WHERE tenant = $1 AND until < $2 ORDER BY until LIMIT $3
      FOR UPDATE SKIP LOCKED)",
    "DELETE FROM sessions WHERE tenant = $1 AND id IN
     (SELECT id FROM sessions WHERE tenant = $1 AND until < $2 ORDER BY until LIMIT $3
      FOR UPDATE SKIP LOCKED)",
];

/// Whose turn it is. One kind a batch keeps what a batch pays for it small.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    turn: usize,
}

impl Sweep {
    /// Takes along at most `limit` rows of the next kind that expired before `now`.
    pub(super) async fn some(
        &mut self,
        db: Scoped<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<(), Fault> {
        let kind = KINDS.iter().cycle().nth(self.turn);
        self.turn = (self.turn + 1) % KINDS.len();
        if let Some(sql) = kind {
            db.run(sql, &[&now.millis(), &count(limit)]).await?;
        }
        Ok(())
    }
}
