//! How often somebody may try a password, per user name and per client address, or guess at the code of a
//! device; in bounded memory.
//!
//! A user name waits soon where the wrong passwords come from, and late everywhere else: whoever wants to
//! keep a user from signing in has to try from many networks at once.

use crate::client_address::network_of;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::id::Subject;
use stead_proto::time::Timestamp;

/// A bucket of attempts that fills again with time.
#[derive(Debug, Clone, Copy)]
struct Limit {
    attempts: i64,
    millis_each: i64,
}

/// Ten wrong passwords for one user name, or codes of devices, from one address, then one every six seconds.
const PER_USER_HERE: Limit = Limit { attempts: 10, millis_each: 6_000 };
/// A hundred for one user name from wherever they come, then one every second.
const PER_USER: Limit = Limit { attempts: 100, millis_each: 1_000 };
/// A hundred from one address, then one a second.
const PER_ADDRESS: Limit = Limit { attempts: 100, millis_each: 1_000 };
/// A thousand codes of devices that are none at one tenant, then ten every second: of 34 bits, nobody
/// finds one in the quarter of an hour that it is good for.
const PER_TENANT: Limit = Limit { attempts: 1_000, millis_each: 100 };
/// Ten wrong one-time codes of one user from wherever they come, then one every ten minutes. At any time three
/// codes in a million are right: whoever guesses on and on needs six years, and not the months that one a
/// minute would take.
const PER_CODE: Limit = Limit { attempts: 10, millis_each: 600_000 };
/// Most names and addresses remembered.
const REMEMBERED: usize = 20_000;

impl Limit {
    /// How long an empty bucket takes to fill.
    fn whole(self) -> i64 {
        self.millis_each * self.attempts
    }
}

/// Who is trying, as far as it is counted.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    buckets: Vec<(Sha256, Limit)>,
    /// The bucket that a right answer fills at once.
    forgiven: Option<Sha256>,
}

impl Attempt {
    /// Someone at an address trying a user name of a tenant. What one user can be called is one name: in
    /// any case, with spaces around it.
    pub(crate) fn new(tenant: &str, typed: &str, address: Option<IpAddr>) -> Self {
        let address = network(address);
        let user = format!("{tenant}\0{}", typed.trim().to_lowercase());
        let here = sha256(format!("here\0{address}\0{user}").as_bytes());
        Self {
            buckets: vec![
                (here, PER_USER_HERE),
                (sha256(format!("user\0{user}").as_bytes()), PER_USER),
                (sha256(format!("address\0{address}").as_bytes()), PER_ADDRESS),
            ],
            forgiven: Some(here),
        }
    }

    /// Someone at an address typing the code of a device of a tenant.
    pub(crate) fn at_device(tenant: &str, address: Option<IpAddr>) -> Self {
        let address = network(address);
        let here = sha256(format!("device\0{address}\0{tenant}").as_bytes());
        Self {
            buckets: vec![
                (here, PER_USER_HERE),
                (sha256(format!("devices\0{tenant}").as_bytes()), PER_TENANT),
                (sha256(format!("address\0{address}").as_bytes()), PER_ADDRESS),
            ],
            forgiven: Some(here),
        }
    }

    /// A user of a tenant whose password was right, trying a second factor. A right one makes no room for
    /// more wrong ones: whoever tries them beside the user gains nothing by the user's own.
    pub(crate) fn of_code(tenant: &str, user: &Subject) -> Self {
        let code = sha256(format!("code\0{tenant}\0{user}").as_bytes());
        Self { buckets: vec![(code, PER_CODE)], forgiven: None }
    }
}

fn network(address: Option<IpAddr>) -> String {
    address.map_or_else(String::new, |it| network_of(it).to_string())
}

/// Attempts counted so far.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// When each bucket will be full again.
    full_again: Mutex<HashMap<Sha256, i64>>,
}

impl Attempts {
    /// Counts an attempt; `false` if it is one too many. Counted before the password is checked, so
    /// that many at once do not slip through.
    pub(crate) fn take(&self, attempt: &Attempt, now: Timestamp) -> bool {
        let mut buckets = self.lock();
        let full = |buckets: &HashMap<Sha256, i64>, key, limit: Limit| {
            let full = buckets.get(&key).copied().unwrap_or_default();
            // What is emptier than empty was counted while the clock was ahead.
            let sound = full <= now.millis() + limit.whole();
            if sound { full.max(now.millis()) } else { now.millis() }
        };
        let allowed = attempt.buckets.iter().all(|&(key, limit)| {
            full(&buckets, key, limit) - now.millis() <= limit.whole() - limit.millis_each
        });
        if allowed {
            make_room(&mut buckets, now);
            for &(key, limit) in &attempt.buckets {
                let full = full(&buckets, key, limit) + limit.millis_each;
                buckets.insert(key, full);
            }
        }
        allowed
    }

    /// The password was right: what was wrong before is forgiven.
    pub(crate) fn forgive(&self, attempt: &Attempt) {
        if let Some(forgiven) = &attempt.forgiven {
            self.lock().remove(forgiven);
        }
        self.give_back(attempt);
    }

    /// The password was not looked at: the attempt counts for nothing.
    pub(crate) fn give_back(&self, attempt: &Attempt) {
        let mut buckets = self.lock();
        for (key, limit) in &attempt.buckets {
            if let Some(full) = buckets.get_mut(key) {
                *full -= limit.millis_each;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256, i64>> {
        self.full_again.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what has filled up; if that is not enough, the emptiest half of the rest stays.
fn make_room(buckets: &mut HashMap<Sha256, i64>, now: Timestamp) {
    if buckets.len() < REMEMBERED {
        return;
    }
    buckets.retain(|_, full| *full > now.millis());
    if buckets.len() >= REMEMBERED {
        let mut times: Vec<i64> = buckets.values().copied().collect();
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        buckets.retain(|_, full| *full > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::time::Seconds;

    const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);

    fn alice(address: u8) -> Attempt {
        Attempt::new("t1", "alice", Some(IpAddr::from([10, 0, 0, address])))
    }

    #[test]
    fn the_eleventh_wrong_password_waits_and_then_one_more_goes_through() {
        let attempts = Attempts::default();
        assert!((0..10).all(|_| attempts.take(&alice(1), NOON)));
        assert!(!attempts.take(&alice(1), NOON));
        let here = Some(IpAddr::from([10, 0, 0, 1]));
        assert!(attempts.take(&Attempt::new("t1", "bob", here), NOON));
        assert!(attempts.take(&alice(1), NOON + Seconds(6)));
        assert!(!attempts.take(&alice(1), NOON + Seconds(6)));
    }

    #[test]
    fn a_name_in_another_case_or_among_spaces_is_the_same_name() {
        let attempts = Attempts::default();
        let called = |name| Attempt::new("t1", name, Some(IpAddr::from([10, 0, 0, 1])));
        assert!((0..10).all(|_| attempts.take(&called("alice"), NOON)));
        for name in ["ALICE", " alice", "alice\t", "\u{3000}Alice "] {
            assert!(!attempts.take(&called(name), NOON), "{name:?}");
        }
        assert!(attempts.take(&called("alice2"), NOON));
    }

    #[test]
    fn one_network_does_not_lock_a_user_out_of_the_others_and_many_do_not_guess_without_end() {
        let attempts = Attempts::default();
        for second in 0..600 {
            attempts.take(&alice(1), NOON + Seconds(second));
        }
        assert!(attempts.take(&alice(2), NOON + Seconds(600)));

        let attempts = Attempts::default();
        let guesses = (0..100).flat_map(|from| [from, from, from]);
        let checked = guesses.filter(|from| attempts.take(&alice(*from), NOON)).count();
        assert_eq!(checked, 100);
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_while_locks_nobody_out() {
        let attempts = Attempts::default();
        assert!((0..10).all(|_| attempts.take(&alice(1), NOON + Seconds(86_400))));
        assert!(!attempts.take(&alice(1), NOON + Seconds(86_400)));
        assert!((0..10).all(|_| attempts.take(&alice(1), NOON)));
        assert!(!attempts.take(&alice(1), NOON));
    }

    #[test]
    fn one_address_that_tries_many_names_waits_too() {
        let attempts = Attempts::default();
        let from =
            |name: String, last| Attempt::new("t1", &name, Some(IpAddr::from([10, 0, 0, last])));
        assert!((0..100).all(|n| attempts.take(&from(format!("user{n}"), 1), NOON)));
        assert!(!attempts.take(&from("another".into(), 1), NOON));
        assert!(attempts.take(&from("another".into(), 2), NOON));
    }

    #[test]
    fn a_right_password_wipes_the_slate() {
        let attempts = Attempts::default();
        for _ in 0..50 {
            assert!(attempts.take(&alice(1), NOON));
            attempts.forgive(&alice(1));
        }
    }

    #[test]
    fn the_eleventh_wrong_code_waits_ten_minutes_and_a_right_one_makes_no_room() {
        let attempts = Attempts::default();
        let code = || Attempt::of_code("t1", &Subject::parse("u1").unwrap());
        for _ in 0..20 {
            assert!(attempts.take(&code(), NOON));
            attempts.forgive(&code());
        }
        assert!((0..10).all(|_| attempts.take(&code(), NOON)));
        assert!(!attempts.take(&code(), NOON + Seconds(599)));
        assert!(attempts.take(&code(), NOON + Seconds(600)));
        assert!(!attempts.take(&code(), NOON + Seconds(601)));
        let other = Attempt::of_code("t1", &Subject::parse("u2").unwrap());
        assert!(attempts.take(&other, NOON));
    }

    #[test]
    fn a_password_that_nobody_had_the_time_to_look_at_does_not_count() {
        let attempts = Attempts::default();
        assert!((0..10).all(|_| attempts.take(&alice(1), NOON)));
        attempts.give_back(&alice(1));
        assert!(attempts.take(&alice(1), NOON));
        assert!(!attempts.take(&alice(1), NOON));
    }

    #[test]
    fn who_guesses_codes_of_devices_waits_and_so_do_many_who_guess() {
        let attempts = Attempts::default();
        let from = |n: u32| Attempt::at_device("t1", Some(IpAddr::from(n.to_be_bytes())));
        assert!((0..10).all(|_| attempts.take(&from(1), NOON)));
        assert!(!attempts.take(&from(1), NOON));
        assert!(attempts.take(&from(1), NOON + Seconds(6)));
        let guessed = (2..2_000).filter(|n| attempts.take(&from(*n), NOON + Seconds(6)));
        assert!(guessed.count() <= 1_000);
        let elsewhere = Attempt::at_device("t2", Some(IpAddr::from([10, 0, 0, 1])));
        assert!(attempts.take(&elsewhere, NOON + Seconds(6)));
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for n in 0..30_000_u32 {
            attempts.take(
                &Attempt::new("t1", &n.to_string(), Some(IpAddr::from(n.to_be_bytes()))),
                NOON,
            );
        }
        assert!(attempts.full_again.lock().unwrap().len() <= REMEMBERED + 3);
    }
}
