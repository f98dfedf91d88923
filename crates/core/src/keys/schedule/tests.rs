//! A key's life, step by step; and what is done when things do not go by the book.

use super::*;

const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);
const HOUR: Seconds = Seconds(3600);
const DAY: Seconds = Seconds(86_400);
const ES: Algorithm = Algorithm::Es256;
const RULES: KeyRules =
    KeyRules { rotate_every: Some(Seconds(90 * 86_400)), publish_ahead: Seconds(86_400) };

fn key(kid: &str, algorithm: Algorithm, signs_from: Timestamp) -> StoredKey {
    let kid = KeyId::parse(kid).unwrap();
    StoredKey { kid, algorithm, sealed: Some(vec![1]), published: NOON, signs_from }
}

fn es(kid: &str, signs_from: Timestamp) -> StoredKey {
    key(kid, ES, signs_from)
}

fn revocation(kid: &str, at: Timestamp) -> Revocation {
    let about = Ancestor::Key(KeyId::parse(kid).unwrap());
    Revocation { about, at, why: "it leaked".to_owned() }
}

fn at(keys: &[StoredKey], facts: &[Revocation], now: Timestamp) -> KeySchedule {
    KeySchedule::new(keys.to_vec(), facts, now)
}

/// Of each key its name and its stage.
fn stages(schedule: &KeySchedule) -> Vec<(&str, Stage)> {
    schedule.lives().iter().map(|life| (life.key.kid.as_str(), life.stage)).collect()
}

/// What is to be made for one algorithm, and from when it signs.
fn made(schedule: &KeySchedule, rules: &KeyRules, wanted: Algorithm) -> Vec<Timestamp> {
    let steps = schedule.due(rules).into_iter();
    steps
        .filter_map(|step| match step {
            Step::Make { algorithm, signs_from } if algorithm == wanted => Some(signs_from),
            _ => None,
        })
        .collect()
}

#[test]
fn with_nothing_on_file_there_is_a_key_to_make_for_each_algorithm_that_signs_at_once() {
    let made = ALGORITHMS.map(|algorithm| Step::Make { algorithm, signs_from: NOON });
    assert_eq!(at(&[], &[], NOON).due(&RULES), made);
}

#[test]
fn a_key_is_next_then_signs_then_verifies_then_is_of_no_more_use() {
    let keys = [es("a", NOON), es("b", NOON + DAY)];
    let seen = |now| stages(&at(&keys, &[], now)).into_iter().map(|(_, s)| s).collect::<Vec<_>>();
    assert_eq!(seen(NOON), [Stage::Signing, Stage::Next]);
    let takes_over = NOON + DAY;
    assert_eq!(seen(takes_over - Seconds(1)), [Stage::Signing, Stage::Next]);
    assert_eq!(seen(takes_over), [Stage::Verifying, Stage::Signing]);
    // A token signed in the last second lives a day at most, and clocks differ.
    let over = takes_over + LONGEST_TOKEN + HOUR;
    assert_eq!(seen(over - Seconds(1)), [Stage::Verifying, Stage::Signing]);
    assert_eq!(seen(over), [Stage::Retired, Stage::Signing]);

    let schedule = at(&keys, &[], takes_over);
    let [first, second] = schedule.lives() else { panic!("two keys") };
    assert_eq!((first.signs_until, first.published_until), (Some(takes_over), Some(over)));
    assert_eq!((second.signs_until, second.published_until), (None, None));
}

#[test]
fn the_next_key_is_made_so_early_that_everybody_knows_it_when_its_turn_comes() {
    let (keys, turn) = ([es("a", NOON)], NOON + Seconds(90 * 86_400));
    let due = |now| made(&at(&keys, &[], now), &RULES, ES);
    assert_eq!(due(turn - DAY - Seconds(1)), []);
    assert_eq!(due(turn - DAY), [turn]);
    // A server that was switched off meanwhile lets nobody be surprised all the same.
    assert_eq!(due(turn + DAY), [turn + DAY + DAY]);
    // One is enough.
    let both = [es("a", NOON), es("b", turn)];
    assert_eq!(made(&at(&both, &[], turn - DAY), &RULES, ES), []);
    // And none comes by itself where nobody wants that.
    let never = KeyRules { rotate_every: None, ..RULES };
    assert_eq!(made(&at(&keys, &[], turn + DAY), &never, ES), []);
}

#[test]
fn whoever_asks_gets_a_key_in_turn_or_at_once_and_one_that_waits_already_is_taken() {
    let now = NOON + HOUR;
    let one = at(&[es("a", NOON)], &[], now);
    let made = |signs_from| Some(Step::Make { algorithm: ES, signs_from });
    assert_eq!(one.rotation(ES, Haste::InTurn, DAY), made(now + DAY));
    assert_eq!(one.rotation(ES, Haste::AtOnce, DAY), made(now));
    // A clock that was set back changes nothing about who comes after whom.
    let before = at(&[es("a", NOON)], &[], NOON - HOUR);
    let after = Timestamp::from_millis(NOON.millis() + 1);
    assert_eq!(before.rotation(ES, Haste::AtOnce, DAY), made(after));

    let waiting = es("b", NOON + DAY);
    let two = at(&[es("a", NOON), waiting.clone()], &[], NOON + HOUR);
    assert_eq!(two.rotation(ES, Haste::InTurn, DAY), None);
    let earlier = StoredKey { signs_from: NOON + HOUR, ..waiting };
    assert_eq!(two.rotation(ES, Haste::AtOnce, DAY), Some(Step::Advance(earlier)));
}

#[test]
fn a_revoked_key_is_nothing_any_more_and_the_next_one_signs_or_one_is_made_at_once() {
    let now = NOON + HOUR;
    let gone = [revocation("a", now)];
    let alone = at(&[es("a", NOON)], &gone, now);
    assert_eq!(stages(&alone), [("a", Stage::Revoked)]);
    assert!(alone.signer(ES).is_none() && alone.published().next().is_none());
    assert_eq!(made(&alone, &RULES, ES), [now]);

    let with_next = at(&[es("a", NOON), es("b", NOON + DAY)], &gone, now);
    assert_eq!(stages(&with_next), [("a", Stage::Revoked), ("b", Stage::Signing)]);
    assert_eq!(made(&with_next, &RULES, ES), []);
}

#[test]
fn what_takes_over_from_a_revoked_key_begins_after_it_in_the_same_instant_and_by_any_clock() {
    for now in [NOON, NOON - HOUR] {
        let gone = [revocation("b", NOON)];
        let [begins] = made(&at(&[es("b", NOON)], &gone, now), &RULES, ES).try_into().unwrap();
        assert_eq!(begins, Timestamp::from_millis(NOON.millis() + 1));
        // Whatever it is called, it signs already.
        for kid in ["a", "c"] {
            let schedule = at(&[es("b", NOON), es(kid, begins)], &gone, now);
            assert_eq!(stages(&schedule), [("b", Stage::Revoked), (kid, Stage::Signing)]);
        }
    }
}

#[test]
fn a_key_revoked_before_its_turn_takes_over_from_nobody_and_one_revoked_later_did() {
    let keys = [es("a", NOON), es("b", NOON + DAY)];
    let early = [revocation("b", NOON + HOUR)];
    for now in [NOON + HOUR, NOON + DAY, NOON + DAY + HOUR] {
        assert_eq!(stages(&at(&keys, &early, now)), [("a", Stage::Signing), ("b", Stage::Revoked)]);
    }
    // What stopped signing does not begin again: another is made.
    let late = [revocation("b", NOON + DAY + HOUR)];
    let schedule = at(&keys, &late, NOON + DAY + HOUR);
    assert_eq!(stages(&schedule), [("a", Stage::Verifying), ("b", Stage::Revoked)]);
    assert_eq!(made(&schedule, &RULES, ES), [NOON + DAY + HOUR]);
}

#[test]
fn a_clock_that_was_set_back_finds_somebody_to_sign() {
    let keys = [es("b", NOON + DAY), es("a", NOON)];
    let schedule = at(&keys, &[], NOON - DAY);
    assert_eq!(stages(&schedule), [("b", Stage::Next), ("a", Stage::Signing)]);
    assert_eq!(made(&schedule, &RULES, ES), []);
}

#[test]
fn of_two_keys_for_one_instant_every_node_takes_the_same() {
    let (a, b) = (es("a", NOON), es("b", NOON));
    for keys in [[a.clone(), b.clone()], [b, a]] {
        let schedule = at(&keys, &[], NOON);
        assert_eq!(schedule.signer(ES).unwrap().key.kid.as_str(), "b");
        assert_eq!(schedule.published().count(), 2);
    }
}

#[test]
fn keys_of_other_algorithms_have_turns_of_their_own() {
    let keys = [es("a", NOON), key("r", Algorithm::Rs256, NOON + HOUR)];
    let schedule = at(&keys, &[], NOON + HOUR);
    assert_eq!(stages(&schedule), [("a", Stage::Signing), ("r", Stage::Signing)]);
    assert_eq!(made(&schedule, &RULES, Algorithm::EdDsa), [NOON + HOUR]);
}

#[test]
fn private_parts_are_destroyed_once_they_are_of_no_more_use_and_never_before() {
    let keys = [es("a", NOON), es("b", NOON + DAY)];
    let forgotten = |facts: &[Revocation], now| -> Vec<String> {
        let steps = at(&keys, facts, now).due(&RULES).into_iter();
        let names = steps.filter_map(|step| match step {
            Step::Forget(key) => Some((key.kid.to_string(), key.sealed)),
            _ => None,
        });
        names.map(|(kid, sealed)| if sealed.is_none() { kid } else { String::new() }).collect()
    };
    let over = NOON + DAY + KEPT;
    assert!(forgotten(&[], over - Seconds(1)).is_empty());
    assert_eq!(forgotten(&[], over), ["a"]);
    assert_eq!(forgotten(&[revocation("b", NOON)], NOON), ["b"]);

    // One without a private part is published no more, also where the clock is behind.
    let without = StoredKey { sealed: None, ..keys[0].clone() };
    let schedule = at(&[without, keys[1].clone()], &[], NOON);
    assert_eq!(stages(&schedule), [("a", Stage::Retired), ("b", Stage::Signing)]);
    assert!(!schedule.due(&RULES).iter().any(|step| matches!(step, Step::Forget(_))));
}
