//! Starting, reloading on SIGHUP, ending on SIGTERM.

use crate::stead::Folder;
use std::os::unix::fs::PermissionsExt;

#[test]
fn it_says_where_it_is_and_how_to_trust_it_and_ends_gracefully() {
    let folder = Folder::started();
    let server = folder.serve();
    assert!(
        server.announced.starts_with("stead serves https://localhost:"),
        "{}",
        server.announced
    );
    for name in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"] {
        let line = server.announced.lines().find(|line| line.contains(name)).unwrap();
        let (_, file) = line.split_once('=').unwrap();
        assert!(std::path::Path::new(file).is_file(), "{line}");
    }
    assert!(server.stop());
}

#[test]
fn a_good_reload_takes_over_what_the_files_say() {
    let folder = Folder::started();
    let server = folder.serve();
    folder.write("resources/more.toml", "[[group]]\nid = \"contractors\"\n");
    server.signal("-HUP");
    let heard = server.hears_until("reloaded: ");
    assert_eq!(heard.last().unwrap(), "reloaded: 1 changed", "{heard:#?}");
    assert!(folder.run(&["group", "list"]).out.contains("contractors"));
}

#[test]
fn a_server_whose_log_nobody_reads_serves_all_the_same() {
    let folder = Folder::started();
    let secret = folder.path().join("secrets/alice");
    std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let server = folder.serve_unheard();
    assert!(folder.run(&["user", "list"]).ok);
    assert!(server.stop());
}

#[test]
fn a_reload_names_what_takes_a_restart() {
    let folder = Folder::started();
    let server = folder.serve();
    let changed = folder.read("stead.toml").replace("# [tokens]", "[tokens]\naccess = \"5m\"");
    folder.write("stead.toml", &changed);
    server.signal("-HUP");
    let heard = server.hears_until("reloaded: ");
    let told = "stead.toml: these stay as they were until a restart: tokens";
    assert!(heard.iter().any(|line| line == told), "{heard:#?}");
}

#[test]
fn a_bad_reload_keeps_what_was_there_and_says_why() {
    let folder = Folder::started();
    let server = folder.serve();
    folder.write("resources/more.toml", "[[grup]]\nid = \"contractors\"\n");
    server.signal("-HUP");
    let heard = server.hears_until("not reloaded");
    assert!(
        heard.iter().any(|line| line.starts_with("resources/more.toml:1:3: unknown key `grup`")),
        "{heard:#?}"
    );
    let groups = folder.run(&["group", "list"]);
    assert!(
        groups.ok && groups.out.contains("employees") && !groups.out.contains("contractors"),
        "{groups:?}"
    );

    folder.write("resources/more.toml", "[[group]]\nid = \"contractors\"\n");
    server.signal("-HUP");
    assert_eq!(server.hears_until("reloaded: ").last().unwrap(), "reloaded: 1 changed");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = Folder::started();
    let waits = folder.read("stead.toml") + "\n[shutdown]\ndelay = \"24h\"\n";
    folder.write("stead.toml", &waits);
    let server = folder.serve();
    server.signal("-TERM");
    server.hears_until("stopping: ");
    server.signal("-HUP");
    server.signal("-INT");
    server.hears_until("stopped at once: ");
    assert!(!server.ended_well());
}
