//! A whole process file, and files with mistakes in them.

use super::*;
use std::fs;
use stead_core::settings::KeyRules;
use stead_proto::time::Seconds;
use stead_server::config::{AdminListen, StoreConfig, Tls};
use stead_telemetry::Share;

const WHOLE: &str = r#"
public_url = "https://id.example.com/"
data_dir   = "var"

[listen]
https   = "[::1]:8443"
admin   = "unix:admin.sock"
metrics = "127.0.0.1:9090"

[tls]
behind_proxy = ["10.0.0.0/8"]

[store]
path = "/srv/stead.db"

[tokens]
access    = "10m"
max_chain = 3

[signing]
rotate_every  = "30d"
publish_ahead = "12h"

[log]
format = "json"

[[tenant]]
name           = "acme"
administrators = "it"
"#;

fn process_of(text: &str) -> Result<Process, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stead.toml");
    fs::write(&path, text).unwrap();
    process(&path).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn every_knob_reaches_the_server() {
    let process = process_of(WHOLE).unwrap();
    let server = &process.server;
    assert_eq!(server.public_url, "https://id.example.com");
    assert!(server.master_key.ends_with("var/master.key") && server.data_dir.is_absolute());
    assert!(
        matches!(&server.listen.admin, AdminListen::Unix(path) if path.ends_with("admin.sock"))
    );
    assert_eq!(server.listen.metrics, Some("127.0.0.1:9090".parse().unwrap()));
    assert!(matches!(&server.tls, Tls::BehindProxy { trusted } if trusted.len() == 1));
    assert!(
        matches!(&server.store, StoreConfig::Sqlite { file } if file == Path::new("/srv/stead.db"))
    );
    assert_eq!((server.settings.access_token.0, server.settings.max_chain), (600, 3));
    let signing =
        KeyRules { rotate_every: Some(Seconds(30 * 86_400)), publish_ahead: Seconds(12 * 3600) };
    assert_eq!(server.settings.signing, signing);
    assert_eq!(process.log.format, LogFormat::Json);
    assert_eq!(process.tenants[0].administrators, Some("it".parse().unwrap()));
}

#[test]
fn a_token_lives_for_a_day_at_most() {
    let with = |length: &str| process_of(&WHOLE.replace("\"10m\"", &format!("{length:?}")));
    assert_eq!(with("24h").unwrap().server.settings.access_token.0, 86_400);
    let mistake = with("25h").unwrap_err();
    assert!(mistake.contains("a token lives for a day at most"), "{mistake}");
}

#[test]
fn a_tenant_without_an_id_gets_the_same_one_everywhere() {
    let id = |text: &str| process_of(text).unwrap().tenants[0].tenant.id.clone();
    assert_eq!(id(WHOLE), id(WHOLE));
    assert_ne!(id(WHOLE), id(&WHOLE.replace("acme", "other")));
}

#[test]
fn what_is_left_out_is_what_the_settings_of_the_core_are() {
    let text =
        "public_url = 'https://localhost'\ntls.development = true\ntenant = [{ name = 'acme' }]";
    let process = process_of(text).unwrap();
    assert_eq!(process.server.settings, stead_core::settings::Settings::default());
    assert!(matches!(process.server.tls, Tls::Development { .. }));
}

#[test]
fn https_is_done_in_exactly_one_way() {
    let base = "public_url = 'https://localhost'\ntenant = [{ name = 'acme' }]\n";
    let both = "[tls]\ndevelopment = true\nbehind_proxy = ['10.0.0.1']";
    let one = "[tls]\ndevelopment = true";
    assert!(process_of(&format!("{base}{one}")).is_ok());
    for ways in ["", both, "[tls]\ncert_file = 'x'", "[tls]\ndevelopment = false"] {
        let told = process_of(&format!("{base}{ways}")).unwrap_err();
        assert!(told.contains("development = true"), "{told}");
    }
}

#[test]
fn whom_to_believe_about_keys_is_files_that_are_there_and_hosts() {
    let base =
        "public_url = 'https://localhost'\ntls.development = true\ntenant = [{ name = 'acme' }]\n";
    let with = |trust: &str| process_of(&format!("{base}[trust]\n{trust}"));
    let trust = with("key_hosts = ['keys.example']").unwrap().server.trust;
    assert_eq!(trust.key_hosts, ["keys.example"]);
    for (trust, told) in [
        ("key_hosts = ['https://keys.example']", "is no host"),
        ("key_hosts = ['keys.example/path']", "is no host"),
        ("ca_files = ['none.pem']", "there is no file"),
    ] {
        let mistakes = with(trust).unwrap_err();
        assert!(mistakes.contains(told), "{mistakes}");
    }
}

/// What is kept where, of a process file with this line.
fn stored(store: &str) -> Result<StoreConfig, String> {
    let text = format!(
        "public_url = 'https://localhost'\ntls.development = true\n{store}\ntenant = [{{ name = 'acme' }}]"
    );
    process_of(&text).map(|process| process.server.store)
}

#[test]
fn a_postgresql_takes_the_place_of_sqlite_where_its_url_is_said() {
    let said = "store = { url = 'postgres://stead@localhost/stead', readers = 2, migrate = false }";
    let Ok(StoreConfig::Postgres(config)) = stored(said) else { panic!("no PostgreSQL") };
    assert_eq!(config.server.to_string(), "postgres://stead@localhost/stead");
    assert_eq!((config.readers, config.migrate, &config.password_file), (2, false, &None));
}

#[test]
fn every_mistake_about_the_store_is_told_and_no_password_is() {
    for (store, what) in [
        ("store.url = 'postgres://stead:hunter2@localhost/stead'", "holds a password"),
        ("store.url = 'postgres://stead@db.example/stead'", "how the connection is protected"),
        (
            "store.url = 'postgres://a@b/c?sslmode=verify-full&sslrootcert=none.pem'",
            "there is no file",
        ),
        ("store = { url = 'postgres://a@localhost/c', path = 'x.db' }", "which one is it to be?"),
        ("store = { url = 'postgres://a@localhost/c', readers = 0 }", "cannot answer questions"),
        (
            "store = { url = 'postgres://a@localhost/c', password_file = 'none' }",
            "there is no file",
        ),
        ("store.password_file = 'none'", "a password is for PostgreSQL"),
    ] {
        let mistake = stored(store).map(|_| ()).unwrap_err();
        assert!(mistake.contains(what) && mistake.contains("stead.toml:3:"), "{mistake}");
        assert!(!mistake.contains("hunter2"), "{mistake}");
    }
}

#[test]
fn no_secret_is_told_that_stands_where_none_belongs() {
    for (wrong, told) in [
        ("api_key = 'hunter2'", "stead.toml:3:1: unknown key `api_key`"),
        ("store = { pasword_file = 'hunter2', path = 'x.db' }", "did you mean `password_file`?"),
        ("store = 'hunter2'", "this is text"),
        ("store.path = hunter2", "stead.toml:3:14: "),
        ("telemetry.otlp = 'https://a:hunter2@b'", "this is no URL of a collector"),
    ] {
        let mistakes = stored(wrong).map(|_| ()).unwrap_err();
        assert!(mistakes.contains(told) && !mistakes.contains("hunter2"), "{wrong}: {mistakes}");
    }
}

#[test]
fn keys_change_by_themselves_unless_they_never_are_to_and_never_before_everybody_knows_the_next() {
    let rules = |signing: &str| {
        let text = format!("{WHOLE}\n")
            .replace("rotate_every  = \"30d\"\npublish_ahead = \"12h\"\n", signing);
        process_of(&text).map(|process| process.server.settings.signing)
    };
    assert_eq!(rules(""), Ok(KeyRules::default()));
    let never = rules("rotate_every = \"never\"\npublish_ahead = \"6m\"\n").unwrap();
    assert_eq!(never, KeyRules { rotate_every: None, publish_ahead: Seconds(360) });
    for (wrong, why) in [
        ("rotate_every = \"24h\"", "a key that signs for 24h is too short-lived"),
        ("publish_ahead = \"359s\"", "359s is too short for everybody to learn of a key"),
        ("rotate_every = \"sometimes\"", "`sometimes` is no length of time"),
    ] {
        let told = rules(wrong).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn a_collector_is_a_url_a_share_of_traces_and_headers_out_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stead.toml");
    let with = |telemetry: &str| {
        fs::write(&path, format!("{WHOLE}\n[telemetry]\n{telemetry}")).unwrap();
        let told = process(&path).map_err(|mistakes| mistakes.to_string());
        told.map(|process| process.server.telemetry)
    };
    fs::write(folder.path().join("headers"), "authorization: Bearer k3y\n\nx-team: a\n").unwrap();
    fs::write(folder.path().join("bad"), "Bearer k3y\n").unwrap();
    assert_eq!((with("sample = 0.5").unwrap(), with("sample = 1").unwrap()), (None, None));
    let said = "otlp = 'http://127.0.0.1:4318'\nsample = 0.5\nheaders_file = 'headers'";
    let collector = with(said).unwrap().unwrap();
    assert_eq!(collector.headers["authorization"], "Bearer k3y");
    assert_eq!((collector.headers.len(), &*collector.service), (2, "stead"));
    assert_eq!(Some(collector.share), Share::of(0.5));
    assert!(!format!("{collector:?}").contains("k3y"));
    for (wrong, told) in [
        ("otlp = '127.0.0.1:4318'", "is no URL of a collector"),
        ("otlp = 'https://key@collector.example'", "is no URL of a collector"),
        ("otlp = 'http://127.0.0.1:4318'\nsample = 1.5", "is no part of all traces"),
        ("otlp = 'http://127.0.0.1:4318'\nheaders_file = 'bad'", "a line of bad is no header"),
        ("otlp = 'http://127.0.0.1:4318'\nheaders_file = 'none'", "none"),
        ("otlp = 'http://127.0.0.1:4318'\nsample = 'all'", "this is text, expected is a number"),
        ("service_name = 'id'", "nobody is told"),
    ] {
        let mistakes = with(wrong).unwrap_err();
        assert!(mistakes.contains(told) && !mistakes.contains("k3y"), "{mistakes}");
    }
}
