//! `stead doctor`, with everything as it should be and with one thing wrong after the other.

use crate::stead::{Folder, Said};
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// A folder whose server has run and was stopped.
fn used() -> Folder {
    let folder = Folder::started();
    assert!(folder.serve().stop());
    folder
}

fn doctor(folder: &Folder) -> (Said, Vec<Value>) {
    let said = folder.run(&["doctor", "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    let findings = told.get("findings").and_then(Value::as_array).unwrap().clone();
    (said, findings)
}

/// What fails, as `area: sentence`, and what to do about it.
fn failures(folder: &Folder) -> Vec<(String, String)> {
    let (said, findings) = doctor(folder);
    let of =
        |it: &Value, key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let failed = findings.iter().filter(|it| of(it, "verdict") == "fail");
    let failed: Vec<_> = failed
        .map(|it| (format!("{}: {}", of(it, "about"), of(it, "what")), of(it, "todo")))
        .collect();
    assert_eq!(said.code, i32::from(!failed.is_empty()), "{said:?}");
    failed
}

/// The one thing that fails.
#[track_caller]
fn failure(folder: &Folder) -> String {
    let failed = failures(folder);
    let [(what, todo)] = failed.as_slice() else { panic!("{failed:#?}") };
    assert!(!todo.is_empty(), "{what}");
    what.clone()
}

fn database(folder: &Folder) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.path().join("data/stead.db")).unwrap()
}

#[test]
fn before_the_first_start_nothing_fails_and_nothing_is_made() {
    let folder = Folder::started();
    let before = folder.files();
    assert_eq!(failures(&folder), []);
    assert_eq!(folder.files(), before);
}

#[test]
fn beside_a_running_server_every_area_is_looked_at_and_nothing_fails() {
    let folder = Folder::started();
    let server = folder.serve();
    let port = server.announced.split("listening on 127.0.0.1:").nth(1).unwrap();
    let port = port.split(')').next().unwrap().to_owned();
    // Now that the port is known, it is asked for at its real address.
    let file = folder
        .read("stead.toml")
        .replace("https://localhost:0", &format!("https://localhost:{port}"));
    folder.write("stead.toml", &file);

    let (said, findings) = doctor(&folder);
    assert_eq!(failures(&folder), [], "{said:?}");
    let mut areas: Vec<&str> = findings.iter().map(|it| it["about"].as_str().unwrap()).collect();
    areas.dedup();
    assert_eq!(areas, ["configuration", "clock", "disk", "tls", "store", "issuers"]);
    let told = |text: &str| findings.iter().any(|it| it["what"].as_str().unwrap().contains(text));
    assert!(told("and is in use by a running server"), "{findings:#?}");
    assert!(told("/v2.0 answers and says its name"), "{findings:#?}");
    assert!(told("fits what is on file and 1 other clock"), "{findings:#?}");
    assert!(server.stop());

    let plain = folder.run(&["doctor"]);
    assert!(plain.ok && plain.out.contains("no server runs here"), "{plain:?}");
    assert!(plain.out.contains("→ start it: `stead serve`"), "{plain:?}");
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place() {
    let folder = used();
    folder.write("resources/more.toml", "[[grup]]\n");
    let failed = failure(&folder);
    assert!(failed.starts_with("configuration: resources/more.toml:1:3: unknown key"), "{failed}");
}

#[test]
fn secrets_that_others_can_read_fail() {
    let folder = used();
    let open = |name: &str, mode| {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    };
    open("data/admin.token", 0o644);
    assert_eq!(failure(&folder), "disk: data/admin.token is open to other users (mode 644)");
    open("data/admin.token", 0o600);
    open("data", 0o755);
    assert_eq!(failure(&folder), "disk: data is open to other users (mode 755)");
    open("data", 0o700);
    assert_eq!(failures(&folder), []);
}

#[test]
fn a_master_key_that_is_gone_or_another_fails_and_none_is_made() {
    let folder = used();
    let key = folder.path().join("data/master.key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    assert!(failure(&folder).starts_with("store: cannot read or make the master key"));
    assert!(!key.exists());

    let other = used();
    fs::copy(other.path().join("data/master.key"), &key).unwrap();
    assert_eq!(failure(&folder), "store: the master key data/master.key does not fit the database");

    fs::write(&key, kept).unwrap();
    assert_eq!(failures(&folder), []);
}

#[test]
fn an_edited_and_a_missing_record_fail() {
    let folder = used();
    let edit = "UPDATE segments SET texts = CAST(replace(texts, 'done', 'gone') AS BLOB)";
    let changed = database(&folder).execute(edit, []);
    assert!(changed.unwrap() > 0);
    let failed = failure(&folder);
    assert!(failed.contains("is edited"), "{failed}");

    let folder = used();
    assert_eq!(database(&folder).execute("UPDATE chain_heads SET seq = seq + 1", []).unwrap(), 1);
    let failed = failure(&folder);
    assert!(failed.contains("is missing"), "{failed}");
}

#[test]
fn a_clock_that_is_behind_the_records_fails() {
    let folder = used();
    database(&folder).execute("UPDATE chain_heads SET at = at + 3600000", []).unwrap();
    let failed = failure(&folder);
    assert!(
        failed.starts_with("clock: the clock is ")
            && failed.ends_with(" min behind the latest record"),
        "{failed}"
    );
}

#[test]
fn a_file_that_is_no_database_of_ours_or_a_damaged_one_fails() {
    let folder = used();
    let file = folder.path().join("data/stead.db");
    let whole = fs::read(&file).unwrap();
    fs::write(
        &file,
        "something else, and long enough to be looked at as a header of a database ...........",
    )
    .unwrap();
    assert!(failure(&folder).contains("is not a database of Stead"));

    let mut damaged = whole.clone();
    let page = 4096;
    damaged[2 * page..].fill(0x5a);
    fs::write(&file, damaged).unwrap();
    let failed = failures(&folder);
    assert!(
        failed.iter().all(|(what, _)| what.starts_with("store: ")) && !failed.is_empty(),
        "{failed:?}"
    );

    fs::write(&file, whole).unwrap();
    assert_eq!(failures(&folder), []);
}

/// A certificate in files, for a name, valid until the end of a year.
fn certificate(folder: &Folder, name: &str, until: i32) -> KeyPair {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_after = date_time_ymd(until, 12, 31);
    let key = KeyPair::generate().unwrap();
    folder.write("cert.pem", &params.self_signed(&key).unwrap().pem());
    folder.write("key.pem", &key.serialize_pem());
    fs::set_permissions(folder.path().join("key.pem"), Permissions::from_mode(0o600)).unwrap();
    key
}

#[test]
fn a_certificate_that_has_expired_or_is_for_another_name_or_key_fails() {
    let folder = used();
    let file = folder.read("stead.toml");
    let file =
        file.replace("development = true", "cert_file = \"cert.pem\"\nkey_file = \"key.pem\"");
    folder.write("stead.toml", &file);
    certificate(&folder, "localhost", 2999);
    assert_eq!(failures(&folder), []);

    certificate(&folder, "localhost", 2001);
    assert_eq!(failure(&folder), "tls: cert.pem expired at 2001-12-31T00:00:00Z");

    certificate(&folder, "id.example", 2999);
    assert_eq!(failure(&folder), "tls: cert.pem is not for localhost, the host of public_url");

    certificate(&folder, "localhost", 2999);
    folder.write("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    assert!(failure(&folder).contains("it is not the key of cert.pem"));

    let leaf = certificate(&folder, "localhost", 2999);
    let first = folder.read("cert.pem");
    certificate(&folder, "other.example", 2999);
    folder.write("cert.pem", &format!("{first}{}", folder.read("cert.pem")));
    folder.write("key.pem", &leaf.serialize_pem());
    assert_eq!(failure(&folder), "tls: the certificates in cert.pem do not follow each other");
}

#[test]
fn an_issuer_that_a_program_proves_itself_by_and_that_does_not_answer_fails() {
    let folder = Folder::started();
    folder.write(
        "resources/ci.toml",
        r#"[[application]]
id = "ci"
kind = "service"
credentials = [{ federated = { issuer = "https://127.0.0.1:1/ci", subject = "main" } }]
"#,
    );
    assert!(folder.serve().stop());
    let failed = failure(&folder);
    assert!(
        failed.starts_with("issuers: the keys of https://127.0.0.1:1/ci cannot be had"),
        "{failed}"
    );
}

#[test]
fn whoever_answers_in_our_place_is_noticed() {
    let (other, folder) = (Folder::started(), used());
    let server = other.serve();
    let port = server.announced.split("listening on 127.0.0.1:").nth(1).unwrap();
    let port = port.split(')').next().unwrap();
    let file = folder
        .read("stead.toml")
        .replace("https://localhost:0", &format!("https://127.0.0.1:{port}"));
    folder.write("stead.toml", &file);
    fs::copy(other.path().join("data/ca/ca.pem"), folder.path().join("data/ca/ca.pem")).unwrap();
    let failed = failure(&folder);
    assert!(failed.starts_with("issuers: who answers at https://127.0.0.1:"), "{failed}");
    assert!(failed.contains("says that it is \"https://localhost:"), "{failed}");
}
