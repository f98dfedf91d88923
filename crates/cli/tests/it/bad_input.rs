//! What cannot start says so in a sentence that names the file, ends with a status, and writes nothing.

use crate::stead::Folder;
use std::net::TcpListener;

#[test]
fn an_unknown_key_a_missing_secret_file_and_a_missing_process_file_stop_the_start() {
    let cases: [(&str, &str, &str); 2] = [
        ("stead.toml", "data_dir = \"data\"", "datadir = \"data\""),
        ("resources/example.toml", "../secrets/alice", "../secrets/nobody"),
    ];
    for (file, before, after) in cases {
        let folder = Folder::started();
        folder.write(file, &folder.read(file).replace(before, after));
        let files = folder.files();
        let said = folder.run(&["serve"]);
        assert!(!said.ok && said.err.starts_with(&format!("{file}:")), "{said:?}");
        assert!(said.err.ends_with("1 mistake\n"), "{said:?}");
        assert_eq!(folder.files(), files, "nothing is written");
    }
    let said = Folder::empty().run(&["serve"]);
    assert!(!said.ok && said.err.contains("stead.toml cannot be read"), "{said:?}");
    assert!(said.err.contains("stead init"), "{said:?}");
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_written() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::started();
    folder.write("stead.toml", &folder.read("stead.toml").replace("127.0.0.1:0", &address));
    let files = folder.files();
    let said = folder.run(&["serve"]);
    assert!(!said.ok);
    assert_eq!(
        said.err,
        format!(
            "cannot listen on {address}: another program uses the port; stop it or choose another port\n"
        )
    );
    assert_eq!(folder.files(), files, "nothing is written");
}

#[test]
fn a_master_key_that_does_not_fit_is_named() {
    let folder = Folder::started();
    assert!(folder.serve().stop());
    let other = Folder::started();
    assert!(other.serve().stop());
    std::fs::copy(other.path().join("data/master.key"), folder.path().join("data/master.key"))
        .unwrap();
    let said = folder.run(&["serve"]);
    assert!(!said.ok && said.err.contains("master.key"), "{said:?}");
    assert_eq!(said.err.trim_end().lines().count(), 1, "{said:?}");
}

#[test]
fn a_master_key_that_is_gone_is_missed_and_no_other_is_made() {
    let folder = Folder::started();
    assert!(folder.serve().stop());
    let (key, aside) = (folder.path().join("data/master.key"), folder.path().join("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let said = folder.run(&["serve"]);
    assert_eq!(
        said.err,
        "there is no master key data/master.key, and the database data/stead.db was made with one; put it back\n"
    );
    assert!(!said.ok && !key.exists(), "{said:?}");
    std::fs::rename(&aside, &key).unwrap();
    assert!(folder.serve().stop());
}

#[test]
fn a_database_from_a_newer_version_is_named_and_left_as_it_is() {
    let folder = Folder::started();
    assert!(folder.serve().stop());
    let file = folder.path().join("data/stead.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // `user_version` in SQLite's file header, where the store keeps the number of its last migration.
    bytes[60..64].copy_from_slice(&999_u32.to_be_bytes());
    std::fs::write(&file, &bytes).unwrap();
    let said = folder.run(&["serve"]);
    assert!(!said.ok && said.err.contains("stead.db"), "{said:?}");
    assert_eq!(said.err.trim_end().lines().count(), 1, "{said:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}
