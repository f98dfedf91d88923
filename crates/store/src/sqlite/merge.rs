//! Small segments become large ones when nothing else is to be written.
//!
//! A server that is hardly used writes segments of one record each, and a search looks at every segment. So
//! the writer, once nothing has come for a moment, puts small neighbours into one. Marks, hashes and texts go
//! along as they are; a segment that is not as it was written is left alone.

use super::fault::Fault;
use super::scoped::Scoped;
use super::segment::{FULL, Segment};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// For how long nothing has to have come.
pub(super) const IDLE: Duration = Duration::from_millis(50);

/// How many neighbours are put together at most, and after how many transactions it is worth a look.
const MANY: usize = 64;

/// A segment that has so many records is large enough.
const LARGE: usize = FULL / 2;

/// How far segments are merged.
#[derive(Debug, Default)]
pub(super) struct Merging {
    /// Of each tenant the place up to which all are large, as far as can be.
    done: HashMap<i64, i64>,
    /// How many transactions there were since nothing was to be done; none before the first look.
    since: Option<usize>,
}

/// A segment by its place, and how many records it has.
type Neighbour = (i64, usize);

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing, until there is more.
    Wait,
    /// Leave what is up to this place alone.
    Pass(i64),
    /// Put these into one.
    Merge { first: i64, last: i64 },
}

impl Step {
    /// By what comes after the place up to which all is done.
    fn after(next: &[Neighbour]) -> Self {
        let large = next.iter().take_while(|(_, records)| *records >= LARGE);
        if let Some((place, _)) = large.last() {
            return Self::Pass(*place);
        }
        let mut together = 0;
        let fitting = next.iter().take_while(|(_, records)| {
            together = records.saturating_add(together);
            together <= FULL
        });
        let places: Vec<i64> = fitting.map(|(place, _)| *place).collect();
        match places.as_slice() {
            [only] if next.len() > 1 => Self::Pass(*only),
            [first, .., last] if places.len() < next.len() || next.len() >= MANY => {
                Self::Merge { first: *first, last: *last }
            }
            _ => Self::Wait,
        }
    }
}

impl Merging {
    /// A transaction was written.
    pub(super) fn note(&mut self) {
        self.since = self.since.map(|since| since + 1);
    }

    /// Nothing is to be done.
    pub(super) fn rest(&mut self) {
        self.since = Some(0);
    }

    /// How long to wait for something else to do; for good, if nothing is to be done here.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.since.is_none_or(|since| since >= MANY).then_some(IDLE)
    }

    /// Goes one step on with a tenant, inside a transaction. Tells whether there was one to go.
    pub(super) fn step(&mut self, db: Scoped<'_>) -> Result<bool, Fault> {
        let done = match self.done.get(&db.tenant()) {
            Some(done) => *done,
            None => noted(db)?,
        };
        let done = match Step::after(&neighbours(db, done)?) {
            Step::Wait => return Ok(false),
            Step::Pass(place) => place,
            Step::Merge { first, last } => match merge(db, first, last)? {
                Some(records) if records < LARGE => done,
                _ => last,
            },
        };
        note(db, done)?;
        self.done.insert(db.tenant(), done);
        Ok(true)
    }
}

/// What comes after a place.
fn neighbours(db: Scoped<'_>, done: i64) -> Result<Vec<Neighbour>, Fault> {
    db.rows(
        "SELECT place, length(marks) / 7 FROM segments
         WHERE place > max(?2, ?1 << 40) AND place < (?1 + 1) << 40 ORDER BY place LIMIT ?3",
        &[&done, &i64::try_from(MANY).unwrap_or(i64::MAX)],
        |row| Ok((row.get(0)?, usize::try_from(row.get::<_, i64>(1)?).unwrap_or(usize::MAX))),
    )
}

/// Puts neighbours into one and tells how many records that has; `None` if one of them is not as it was
/// written.
fn merge(db: Scoped<'_>, first: i64, last: i64) -> Result<Option<usize>, Fault> {
    let sql = "SELECT place, hash, at, marks, texts FROM segments
               WHERE place BETWEEN ?2 AND ?3 AND place >> 40 = ?1 ORDER BY place";
    let (mut merged, mut whole) = (Segment::default(), true);
    db.walk(sql, &[&first, &last], |row| {
        whole = merged.absorb(row)?;
        Ok(if whole { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    if !whole {
        return Ok(None);
    }
    let sql = "DELETE FROM segments WHERE place BETWEEN ?2 AND ?3 AND place >> 40 = ?1";
    db.run(sql, &[&first, &last])?;
    merged.write(db)?;
    Ok(Some(merged.len()))
}

/// Keeps in mind how far all is done.
fn note(db: Scoped<'_>, done: i64) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('merged of ' || ?1, ?2)";
    db.run(sql, &[&done.to_be_bytes()])?;
    Ok(())
}

fn noted(db: Scoped<'_>) -> Result<i64, Fault> {
    let sql = "SELECT value FROM meta WHERE name = 'merged of ' || ?1";
    Ok(db.row(sql, &[], |row| row.get(0).map(i64::from_be_bytes))?.unwrap_or(0))
}

#[cfg(test)]
mod tests;
