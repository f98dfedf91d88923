//! Each target on changed seeds: a set number of them in every test run, or for `STEAD_FUZZ_SECONDS` each.
//!
//! What is tried depends on nothing but the seeds, so a failure is the same everywhere. For days instead of
//! seconds, and guided by coverage, there is `cargo fuzz`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop"
)]

use std::fs;
use std::panic;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use stead_fuzz::{TARGETS, Target};

/// How many inputs a target gets unless seconds are asked for.
const INPUTS: u32 = 20_000;

/// Longest input made by putting others together.
const LONGEST: usize = 64 * 1024;

/// What parsers trip over, beside the words of the seeds.
const ODD: [&[u8]; 24] = [
    b"",
    b"\0",
    b"\"",
    b"\\",
    b"'",
    b"/",
    b"%",
    b"%00",
    b"%FF",
    b"&",
    b"=",
    b"&&",
    b".",
    b"..",
    b" ",
    b"\r\n",
    b"-1",
    b"1e309",
    b"9223372036854775808",
    b"\xC3",
    b"\xEF\xBB\xBF",
    b"\xF0\x9F\x98\x80",
    b"{}",
    b"[[",
];

#[test]
fn what_must_hold_holds_for_thousands_of_changed_seeds() {
    let runs: Vec<_> = TARGETS
        .into_iter()
        .map(|(name, target)| (name, thread::spawn(move || run(name, target))))
        .collect();
    let broken: Vec<&str> =
        runs.into_iter().filter_map(|(name, run)| run.join().is_err().then_some(name)).collect();
    assert!(broken.is_empty(), "{broken:?}: the inputs are printed above; add them to fuzz/corpus");
}

fn run(name: &str, target: Target) {
    let mut seeds = seeds(name);
    let words: Vec<Vec<u8>> = words(&seeds);
    let mut dice =
        Dice(name.bytes().fold(0x9E37_79B9_7F4A_7C15, |all, b| all ^ u64::from(b) << 7 | 1));
    let end = seconds().map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut tried = 0;
    while end.map_or(tried < INPUTS, |end| Instant::now() < end) {
        let input = changed(&seeds, &words, &mut dice);
        let held = panic::catch_unwind(|| target(&input));
        assert!(held.is_ok(), "{name} does not hold for b\"{}\"", input.escape_ascii());
        // Some changes stay, so that changes add up.
        if dice.below(64) == 0 && seeds.len() < 256 {
            seeds.push(input);
        }
        tried += 1;
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the product")]
fn seconds() -> Option<u64> {
    std::env::var("STEAD_FUZZ_SECONDS").ok()?.parse().ok()
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// What stands between the seeds' punctuation.
fn words(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let apart =
        |byte: &u8| byte.is_ascii_punctuation() && *byte != b'_' || byte.is_ascii_whitespace();
    let mut words: Vec<Vec<u8>> =
        seeds.iter().flat_map(|seed| seed.split(apart)).map(<[u8]>::to_vec).collect();
    words.extend(ODD.map(<[u8]>::to_vec));
    words.sort();
    words.dedup();
    words
}

/// A seed with one to four changes.
fn changed(seeds: &[Vec<u8>], words: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.pick(seeds).clone();
    for _ in 0..=dice.below(4) {
        change(&mut input, seeds, words, dice);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[Vec<u8>], dice: &mut Dice) {
    let (a, b) = (dice.below(input.len() + 1), dice.below(input.len() + 1));
    let (start, end) = (a.min(b), a.max(b));
    match dice.below(7) {
        0 if a < input.len() => input[a] ^= 1 << dice.below(8),
        1 => input.truncate(a),
        2 => _ = input.drain(start..end),
        3 => _ = input.splice(a..a, dice.pick(words).iter().copied()),
        4 => {
            let near = end.min(start + 16);
            input.splice(start..near, dice.pick(words).iter().copied());
        }
        5 => {
            let twice = input[start..end].to_vec();
            input.splice(end..end, twice);
        }
        _ => {
            let other = dice.pick(seeds);
            let from = dice.below(other.len() + 1);
            input.splice(a.., other[from..].iter().copied());
        }
    }
}

/// Marsaglia's xorshift: repeatable, and good enough to shuffle bytes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
