//! Signing keys and the master key, as an administrator changes them.

use crate::stead::Folder;
use serde_json::Value;
use std::fs;

/// Of each key of an algorithm its name and its stage, in the order listed.
fn keys(folder: &Folder, algorithm: &str) -> Vec<(String, String)> {
    let said = folder.run(&["--json", "keys", "list"]);
    let keys: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    let text = |key: &Value, member: &str| key[member].as_str().unwrap().to_owned();
    keys.iter()
        .filter(|key| key["algorithm"] == algorithm)
        .map(|key| (text(key, "kid"), text(key, "stage")))
        .collect()
}

#[test]
fn a_key_is_published_in_good_time_or_signs_at_once_and_a_revoked_one_is_replaced() {
    let folder = Folder::started();
    let _server = folder.serve();
    let [(first, _)] = keys(&folder, "ES256").try_into().unwrap();

    let said = folder.run(&["keys", "rotate", "--algorithm", "ES256"]);

    let [_, (next, stage)] = keys(&folder, "ES256").try_into().unwrap();
    assert_eq!(stage, "next");
    let published = format!("ES256 key {next} is published; it signs from ");
    assert!(said.ok && said.out.starts_with(&published), "{said:?}");
    assert!(said.out.ends_with("what the keys before them signed stays good until it expires\n"));

    let said = folder.run(&["keys", "rotate", "--algorithm", "ES256", "--now"]);
    assert!(said.out.starts_with(&format!("ES256 key {next} signs from now on\n")), "{said:?}");
    assert!(said.out.contains("within 300 seconds, it refuses what they sign"), "{said:?}");
    let stages = |expected: [(&String, &str); 2]| {
        let expected = expected.map(|(kid, stage)| (kid.clone(), stage.to_owned()));
        assert_eq!(keys(&folder, "ES256"), expected);
    };
    stages([(&first, "verifying"), (&next, "signing")]);

    let said = folder.run(&["keys", "revoke", &next, "--why", "it leaked"]);
    let revoked = format!("key {next} is revoked: nothing that it signed counts here any more\n");
    assert!(said.ok && said.out.starts_with(&revoked), "{said:?}");
    let [_, (_, gone), (successor, signs)] = keys(&folder, "ES256").try_into().unwrap();
    assert_eq!([gone.as_str(), signs.as_str()], ["revoked", "signing"]);
    assert!(said.out.contains(&format!("ES256 key {successor} signs\n")), "{said:?}");

    // Names are base64url: some begin with a hyphen, and a letter that is an option elsewhere.
    for kid in ["nothing", "-nothing", "-c-nothing"] {
        let unknown = folder.run(&["keys", "revoke", kid, "--why", "it leaked"]);
        assert_eq!((unknown.code, unknown.err), (1, format!("there is no key {kid}\n")));
    }
}

#[test]
fn another_master_key_seals_what_is_on_file_while_no_server_runs() {
    let folder = Folder::started();
    let server = folder.serve();
    let before = keys(&folder, "RS256");
    let said = folder.run(&["master-key", "rotate"]);
    assert!(!said.ok && said.err.contains("is in use by another process"), "{said:?}");
    assert!(server.stop());
    let key = folder.read("data/master.key");

    let said = folder.run(&["master-key", "rotate"]);

    let told = "sealed anew under another master key: signing keys 3, secrets of one-time codes 0\n\
                data/master.key holds the new key, and the old one is gone\n";
    assert!(said.ok && said.out.starts_with(told), "{said:?}");
    assert_ne!(folder.read("data/master.key"), key);
    let _server = folder.serve();
    assert_eq!(keys(&folder, "RS256"), before);
    let audit = folder.run(&["audit", "list"]);
    assert!(audit.out.contains("sealed anew under another master key"), "{audit:?}");
    assert!(folder.run(&["audit", "verify"]).ok);
}

#[test]
fn a_master_key_that_is_not_there_is_not_made_to_be_rotated() {
    let folder = Folder::started();
    let said = folder.run(&["master-key", "rotate"]);
    assert!(!said.ok && said.err.contains("data/master.key"), "{said:?}");
    assert!(!fs::exists(folder.path().join("data")).unwrap());
}
