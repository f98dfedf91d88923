//! The help texts, the completion scripts, and the reference page that is made from the code.

use crate::stead::Folder;
use std::fs;

#[test]
fn help_says_what_there_is() {
    insta::assert_snapshot!(Folder::empty().run(&["--help"]).out);
}

#[test]
fn every_command_has_help_with_its_arguments_explained() {
    let folder = Folder::empty();
    for command in [
        "serve",
        "gateway",
        "init",
        "check",
        "doctor",
        "migrate",
        "client-config",
        "explain",
        "export",
        "revoke",
        "completion",
    ] {
        let said = folder.run(&[command, "--help"]);
        assert!(said.ok, "{said:?}");
        insta::assert_snapshot!(command, said.out);
    }
    for (name, command) in [
        ("emulate-entra", ["emulate", "entra"]),
        ("bench-exchange", ["bench", "exchange"]),
        ("bench-login", ["bench", "login"]),
        ("bench-gateway", ["bench", "gateway"]),
        ("bench-report", ["bench", "report"]),
        ("doctor-gateway", ["doctor", "gateway"]),
        ("gateway-example", ["gateway", "example"]),
        ("keys-rotate", ["keys", "rotate"]),
        ("master-key-rotate", ["master-key", "rotate"]),
    ] {
        let said = folder.run(&[command[0], command[1], "--help"]);
        assert!(said.ok, "{said:?}");
        insta::assert_snapshot!(name, said.out);
    }
    for group in [
        "bench", "token", "fault", "audit", "app", "user", "group", "consent", "session", "keys",
        "config",
    ] {
        let said = folder.run(&[group, "--help"]);
        assert!(said.ok, "{said:?}");
        insta::assert_snapshot!(group, said.out);
    }
}

#[test]
fn the_reference_page_is_what_the_code_says() {
    let written = Folder::empty().run(&["config", "reference"]).out;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/config.md");
    let on_file = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        on_file, written,
        "write it again: stead config reference > docs/reference/config.md"
    );
}

#[test]
fn the_reference_page_of_a_gateway_is_what_the_code_says() {
    let written = Folder::empty().run(&["gateway", "reference"]).out;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/gateway.md");
    let on_file = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        on_file, written,
        "write it again: stead gateway reference > docs/reference/gateway.md"
    );
}

#[test]
fn the_schema_of_the_process_file_is_kept_in_view() {
    insta::assert_snapshot!(Folder::empty().run(&["config", "schema"]).out);
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_a_full_disk_is_one() {
    let folder = Folder::empty();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(folder.runs_into(&["config", "reference"], writer));
    let full = fs::File::create("/dev/full").unwrap();
    assert!(!folder.runs_into(&["config", "reference"], full));
}

#[test]
fn a_completion_script_knows_the_commands() {
    let said = Folder::empty().run(&["completion", "bash"]);
    assert!(said.ok && said.out.contains("explain"), "{said:?}");
}
