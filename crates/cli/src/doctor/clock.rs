//! The clock. Tokens are worth what it says: one that is behind brings expired ones back to life.

use super::database::Inspected;
use super::elsewhere::Elsewhere;
use super::finding::{Area, Finding};
use crate::config::Process;
use crate::out;
use std::fs;
use std::path::Path;
use std::time::Instant;
use stead_proto::time::{Seconds, Timestamp};
use stead_server::moment::{Moments, SystemMoments};

/// How far apart two clocks may be before somebody should look: a `Date` header counts whole seconds.
const NEAR: i64 = 3_000;

/// How far apart they may be before tokens of one are refused by the other.
const FAR: i64 = 60_000;

const SYNCHRONISE: &str =
    "synchronise it: `timedatectl set-ntp true`, chrony or your platform's service";

/// The wall clock and the one that only goes forward, read together.
pub(super) struct Watch {
    wall: Timestamp,
    steady: Instant,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { wall: now(), steady: Instant::now() }
    }

    /// By how many milliseconds the wall clock was moved since.
    fn stepped(&self) -> i64 {
        let passed = i64::try_from(self.steady.elapsed().as_millis()).unwrap_or(i64::MAX);
        now().millis() - self.wall.millis() - passed
    }
}

/// The clock beside everything that has a time of its own.
pub(super) fn look(
    process: &Process,
    inspected: &Inspected,
    elsewhere: &[Elsewhere],
    watch: &Watch,
) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(inspected.latest.and_then(|latest| beside_records(latest, now())));
    found.extend(file_system(&process.server.data_dir).and_then(|(file, now)| {
        beside("the file system of the data folder", file.millis() - now.millis())
    }));
    for Elsewhere { who, said, at } in elsewhere {
        found.extend(beside(who, said.millis() - at.millis()));
    }
    let stepped = watch.stepped();
    if stepped.abs() > 1_000 {
        let what = format!("the clock was moved by {} while it was looked at", apart(stepped));
        found.push(Area::Clock.warn(what, SYNCHRONISE));
    }
    if found.is_empty() {
        let beside = match elsewhere.len() {
            0 => "what is on file".to_owned(),
            n => {
                format!("what is on file and {n} other {}", if n == 1 { "clock" } else { "clocks" })
            }
        };
        found.push(Area::Clock.ok(format!("the clock says {}, which fits {beside}", now())));
    }
    found
}

/// The clock beside those of others alone.
pub(super) fn beside_others(elsewhere: &[Elsewhere]) -> Vec<Finding> {
    let found: Vec<Finding> = elsewhere
        .iter()
        .filter_map(|Elsewhere { who, said, at }| beside(who, said.millis() - at.millis()))
        .collect();
    match (found.is_empty(), elsewhere.len()) {
        (false, _) => found,
        (true, 0) => vec![Area::Clock.warn("nobody says what time it is", SYNCHRONISE)],
        (true, n) => {
            let clocks = if n == 1 { "clock" } else { "clocks" };
            let what = format!("the clock says {}, which fits {n} other {clocks}", now());
            vec![Area::Clock.ok(what)]
        }
    }
}

/// Nothing on record can be later than now.
fn beside_records(latest: Timestamp, now: Timestamp) -> Option<Finding> {
    let behind = latest.millis() - now.millis();
    if behind <= NEAR {
        return None;
    }
    let what = format!("the clock is {} behind the latest record", apart(behind));
    Some(Area::Clock.fail(what, SYNCHRONISE))
}

/// How a clock differs, if it does.
fn beside(whose: &str, ahead: i64) -> Option<Finding> {
    if ahead.abs() <= NEAR {
        return None;
    }
    let way = if ahead > 0 { "behind" } else { "ahead of" };
    let what = format!("the clock is {} {way} that of {whose}", apart(ahead));
    Some(if ahead.abs() > FAR {
        Area::Clock.fail(what, SYNCHRONISE)
    } else {
        Area::Clock.warn(what, SYNCHRONISE)
    })
}

/// What the file system says is now, and what we say; nothing where no file can be made.
fn file_system(folder: &Path) -> Option<(Timestamp, Timestamp)> {
    let file = tempfile::NamedTempFile::new_in(folder).ok()?;
    let modified = fs::metadata(file.path()).ok()?.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?), now()))
}

fn apart(millis: i64) -> String {
    let seconds = u32::try_from(millis.unsigned_abs() / 1_000).unwrap_or(u32::MAX);
    out::rounded(Seconds(seconds))
}

fn now() -> Timestamp {
    SystemMoments.moment().now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_clock_that_is_behind_the_records_fails_and_one_that_is_not_is_not_mentioned() {
        let noon = Timestamp::from_secs(1_795_435_200);
        assert_eq!(beside_records(noon, noon + Seconds(60)), None);
        assert_eq!(beside_records(noon, noon), None);
        let found = beside_records(noon + Seconds(3_600), noon).unwrap();
        assert_eq!(found.verdict, Verdict::Fail);
        assert_eq!(found.what, "the clock is 60 min behind the latest record");
    }

    #[test]
    fn another_clock_is_mentioned_as_soon_as_it_differs_and_fails_when_tokens_do() {
        let told = |ahead: i64| beside("id.example", ahead).map(|it| (it.verdict, it.what));
        let clock = |is: &str| format!("the clock is {is} that of id.example");
        assert_eq!(told(3_000), None);
        assert_eq!(told(-3_000), None);
        assert_eq!(told(20_000), Some((Verdict::Warn, clock("20 s behind"))));
        assert_eq!(told(-3_600_000), Some((Verdict::Fail, clock("60 min ahead of"))));
    }
}
