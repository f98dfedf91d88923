//! What a master key keeps, and what it refuses.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn key(seed: u8) -> MasterKey {
    MasterKey::ephemeral([seed; 32])
}

#[test]
fn what_was_sealed_opens_for_the_same_purpose_only() {
    let sealed = key(1).seal("signing key", b"secret", [7; 12]).unwrap();
    assert_eq!(*key(1).open("signing key", &sealed).unwrap(), b"secret");
    assert!(key(1).open("another purpose", &sealed).is_err());
    assert!(key(2).open("signing key", &sealed).is_err());
}

#[test]
fn what_was_changed_or_cut_does_not_open() {
    let sealed = key(1).seal("p", b"secret", [7; 12]).unwrap();
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(key(1).open("p", &changed).is_err(), "byte {place}");
        assert!(key(1).open("p", &sealed[..place]).is_err(), "cut at {place}");
    }
}

#[test]
fn a_key_is_made_once_and_read_ever_after() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secrets/master.key");
    let made = MasterKey::load_or_create(&path, [1; 32]).unwrap();
    let read = MasterKey::load_or_create(&path, [2; 32]).unwrap();
    assert_eq!(made.held.key, read.held.key);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(&path).unwrap().ends_with('\n'));
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    MasterKey::load_or_create(&path, [1; 32]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = MasterKey::load_or_create(&path, [1; 32]).unwrap_err().to_string();
    let path = path.display();
    assert_eq!(
        refused,
        format!("the master key {path} can be read by others (mode 640); run: chmod 600 {path}")
    );
}

#[test]
fn a_file_that_holds_no_key_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    for text in ["", "AAAA\n", "not base64url at all!\n"] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let refused = MasterKey::load_or_create(&path, [1; 32]).unwrap_err();
        assert!(matches!(refused, MasterKeyError::NotAKey { .. }), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn debug_prints_nothing_of_it() {
    assert_eq!(format!("{:?}", key(1)), "MasterKey(…)");
}

#[test]
fn a_pseudonym_is_always_the_same_and_nobody_elses() {
    let name = |seed, purpose, of| key(seed).pseudonym(purpose, of).unwrap();
    assert_eq!(name(1, "passkey user", "alice"), name(1, "passkey user", "alice"));
    let others = [(2, "passkey user", "alice"), (1, "other", "alice"), (1, "passkey user", "bob")];
    for (seed, purpose, of) in others {
        assert_ne!(name(seed, purpose, of), name(1, "passkey user", "alice"));
    }
}

/// A key in a folder of its own.
fn in_folder() -> (tempfile::TempDir, PathBuf, MasterKey) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    let key = MasterKey::load_or_create(&path, [1; 32]).unwrap();
    (dir, path, key)
}

#[test]
fn a_successor_lies_beside_until_the_key_gives_way_and_pseudonyms_stay() {
    let (_dir, path, old) = in_folder();
    let next = old.prepare_successor([2; 32]).unwrap();
    assert_eq!(*MasterKey::load(&path).unwrap().held.key, [1; 32]);

    old.give_way().unwrap();

    let new = MasterKey::load(&path).unwrap();
    assert_eq!(*new.held.key, [2; 32]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let named = |key: &MasterKey| key.pseudonym("passkey user", "alice").unwrap();
    assert_eq!((named(&next), named(&new)), (named(&old), named(&old)));
    let sealed = old.seal("p", b"secret", [7; 12]).unwrap();
    assert!(new.open("p", &sealed).is_err());
    // Once more: what the first key named is handed on by every key after it.
    new.prepare_successor([3; 32]).unwrap();
    new.give_way().unwrap();
    assert_eq!(named(&MasterKey::load(&path).unwrap()), named(&old));
}

#[test]
fn a_rotation_that_was_interrupted_goes_on_with_the_key_it_left() {
    let (dir, _, key) = in_folder();
    fs::write(dir.path().join("master.key.part"), "half a ke").unwrap();
    key.prepare_successor([2; 32]).unwrap();
    let again = key.prepare_successor([3; 32]).unwrap();
    assert_eq!(*again.held.key, [2; 32]);
    assert!(!dir.path().join("master.key.part").exists());
}

#[test]
fn the_key_that_fits_is_taken_and_gets_its_name_and_no_other() {
    let (dir, path, old) = in_folder();
    let next = old.prepare_successor([2; 32]).unwrap();
    let (by_old, by_next) = (old.check().unwrap(), next.check().unwrap());
    let by_another = key(9).check().unwrap();

    // Before everything was sealed anew: the old one, and the other stays where it is.
    assert!(old.would_settle(&by_old) && old.settle(&by_old).unwrap());
    assert!(!old.gave_way() && dir.path().join("master.key.next").exists());
    assert!(!old.would_settle(&by_another) && !old.settle(&by_another).unwrap());

    // After it: the new one.
    assert!(old.would_settle(&by_next));
    assert!(!old.gave_way(), "looking changes nothing");
    let opened = MasterKey::load(&path).unwrap();
    assert!(opened.settle(&by_next).unwrap() && opened.gave_way());
    assert_eq!(*opened.open("p", &next.seal("p", b"s", [7; 12]).unwrap()).unwrap(), b"s");
    assert_eq!(*MasterKey::load(&path).unwrap().held.key, [2; 32]);
    assert!(!dir.path().join("master.key.next").exists());
}
