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
    assert_eq!(made.bytes, read.bytes);
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
