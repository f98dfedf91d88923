//! Resource files read, and ten mistakes in one of them told at once.

use super::*;
use std::path::Path;
use stead_core::model::consent::Given;
use stead_core::model::federated::KeysFrom;
use stead_core::model::managed::Managed;
use stead_core::model::permission::{KnownClients, Whom};
use stead_proto::time::Seconds;

fn acme() -> Tenant {
    Tenant {
        id: "7d0c8a39-0000-8000-8000-000000000001".parse().unwrap(),
        name: "acme".parse().unwrap(),
    }
}

fn read(text: &str) -> (Desired, Mistakes) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "correct horse battery staple").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    read_in(folder.path(), &[("resources.toml", text)])
}

fn read_in(folder: &Path, files: &[(&str, &str)]) -> (Desired, Mistakes) {
    let inputs: Vec<Input> =
        files.iter().map(|(name, text)| Input::new(*name, *text, folder)).collect();
    let mut mistakes = Mistakes::default();
    let desired = load(&acme(), &inputs, &mut mistakes);
    (desired, mistakes)
}

#[test]
fn an_edge_reads_as_its_sentence_says() {
    let (desired, mistakes) = read(include_str!("tests/edge.toml"));
    assert_eq!(mistakes, Mistakes::default(), "{mistakes}");
    let reports = desired.applications.iter().find(|it| it.id.as_str() == "reports-api").unwrap();
    let edge = &reports.may_act[0];
    assert_eq!(edge.towards.as_str(), "api://company-data");
    assert_eq!(edge.scopes.to_string(), "Rows.Read");
    assert_eq!(edge.applies_to, Whom::Group("employees".parse().unwrap()));
    assert_eq!(edge.requires.to_string(), "Reports.Read");
    assert_eq!(edge.via, ["dashboard".parse().unwrap()]);
    assert_eq!(edge.max_age, Some(Seconds(8 * 3600)));
    assert_eq!(reports.managed, Managed::File { file: "resources.toml".into(), line: 13 });
}

#[test]
fn a_user_may_be_named_by_user_name_and_keeps_an_id_of_their_own() {
    let (desired, mistakes) = read(include_str!("tests/edge.toml"));
    assert_eq!(mistakes, Mistakes::default(), "{mistakes}");
    let alice = &desired.users[0].user;
    assert_eq!(alice.id.as_str(), guid(&["user", acme().id.as_str(), "alice"]));
    assert_eq!(desired.consents[0].given, Given::ByAdmin(Whom::User(alice.id.clone())));
    assert!(desired.consents[0].id.as_str().starts_with("file-"));
    let (again, _) = read(include_str!("tests/edge.toml"));
    assert_eq!(again.consents, desired.consents);
}

#[test]
fn ten_mistakes_are_told_at_once_each_with_its_line_and_what_was_meant() {
    let text = include_str!("tests/ten_mistakes.toml");
    let (_, mistakes) = read_in(Path::new(""), &[("resources.toml", text)]);
    insta::assert_snapshot!(mistakes);
}

#[test]
fn a_name_written_twice_names_both_places() {
    let folder = tempfile::tempdir().unwrap();
    let group = "[[group]]\nid = 'staff'\n";
    let (_, mistakes) = read_in(folder.path(), &[("a.toml", group), ("b.toml", group)]);
    assert_eq!(
        mistakes.to_string(),
        "b.toml:2:6: there is another group of this id\n  2 | id = 'staff'\n    |      ^^^^^^^ the other is at a.toml:2:6\n1 mistake"
    );
}

#[test]
fn a_password_in_a_file_is_as_long_as_any() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("long"), "correct horse").unwrap();
    std::fs::write(folder.path().join("short"), "horse\n").unwrap();
    let told = |file: &str| {
        let text = format!("[[user]]\nusername = 'a'\npassword_file = '{file}'");
        read_in(folder.path(), &[("a.toml", &text)]).1.to_string()
    };
    assert!(told("short").contains("a.toml:3:17: a password has at least 8 characters"));
    assert!(!told("long").contains("characters"));
}

#[test]
fn a_user_written_twice_names_both_places() {
    let user = "[[user]]\nusername = 'alice'\n";
    let (_, mistakes) = read_in(Path::new(""), &[("a.toml", user), ("b.toml", user)]);
    let told = mistakes.to_string();
    assert!(told.starts_with("b.toml:2:12: there is another user of this name"), "{told}");
    assert!(told.contains("the other is at a.toml:2:12"), "{told}");
}

#[test]
fn a_secret_comes_from_its_file_without_the_line_break() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s"), "hush\n").unwrap();
    let text = "[[application]]\nid = 'a'\nkind = 'service'\ncredentials = [{ secret_file = 's' }]";
    let (desired, mistakes) = read_in(folder.path(), &[("a.toml", text)]);
    assert!(!mistakes.any_error(), "{mistakes}");
    let secret = stead_proto::secret::ClientSecret::new("hush");
    let credential =
        stead_core::model::application::Credential::Secret { hash: secret.hash(), expires: None };
    assert_eq!(desired.applications[0].credentials, [credential]);
}

#[test]
fn a_missing_or_empty_secret_file_is_a_mistake_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    for (file, what) in [("none", "there is no file"), ("empty", "is empty or not text")] {
        let text = format!("[[user]]\nusername = 'a'\npassword_file = '{file}'");
        let (_, mistakes) = read_in(folder.path(), &[("a.toml", &text)]);
        let told = mistakes.to_string();
        assert!(told.starts_with("a.toml:3:17: ") && told.contains(what), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s");
    std::fs::write(&file, "correct horse").unwrap();
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = "[[user]]\nusername = 'a'\npassword_file = 's'";
        let (_, mistakes) = read_in(folder.path(), &[("a.toml", text)]);
        assert!(!mistakes.any_error());
        assert_eq!(mistakes.to_string().contains("everybody on this machine can read"), warned);
    }
}

#[test]
fn a_name_in_an_unreadable_table_is_not_called_unknown() {
    let text = "[[application]]\nid = 'a'\nkind = 'spaa'\n[[consent]]\nclient = 'a'\nresource = 'b'\nscopes = ['X']\nfor = 'everyone'\n[[application]]\nid = 'b'\nkind = 'web-api'\naudience = 'b'\nscopes = { X = 'x' }";
    let told = read(text).1.to_string();
    assert!(told.contains("`spaa` is none of") && told.ends_with("1 mistake"), "{told}");
}

/// A service whose one credential is this.
fn federated(credential: &str) -> (Desired, Mistakes) {
    read(&format!(
        "[[application]]\nid = 'a'\nkind = 'service'\ncredentials = [{{ federated = {{ {credential} }} }}]"
    ))
}

#[test]
fn another_issuers_tokens_are_agreed_by_issuer_and_subject_and_go_to_the_usual_audience() {
    let (desired, mistakes) = federated("issuer = 'https://cluster.example', subject = 's'");
    assert_eq!(mistakes, Mistakes::default(), "{mistakes}");
    let agreed = desired.applications[0].federated().next().unwrap();
    assert_eq!(agreed.audience.as_str(), "api://AzureADTokenExchange");
    assert_eq!(agreed.keys, KeysFrom::Discovery);
}

#[test]
fn a_mistake_in_what_was_agreed_is_told_where_it_is() {
    for (credential, told) in [
        (
            "issuer = 'http://cluster.example', subject = 's'",
            "resources.toml:4:41: an issuer is an https URL",
        ),
        ("issuer = 'https://c.example', subject = 's', audeince = 'x'", "did you mean `audience`?"),
        ("issuer = 'https://c.example', subject = 'a b'", "resources.toml:4:72: the subject"),
        (
            "issuer = 'https://c.example', subject = 's', jwks_file = 'a', jwks = 'b'",
            "jwks_file and jwks are both given",
        ),
        ("issuer = 'https://c.example', subject = 's', jwks_file = 'none'", "there is no file"),
    ] {
        let mistakes = federated(credential).1.to_string();
        assert!(mistakes.contains(told) && mistakes.ends_with("1 mistake"), "{mistakes}");
    }
}

#[test]
fn whom_a_middle_tier_knows_is_everybody_some_or_nobody() {
    let known = |said: &str| {
        let (desired, mistakes) =
            read(&format!("[[application]]\nid = 'a'\nkind = 'web-api'\n{said}"));
        (desired.applications[0].known_clients.clone(), mistakes.to_string())
    };
    assert_eq!(known("").0, KnownClients::All);
    assert_eq!(known("known_clients = []").0, KnownClients::Only(vec![]));
    assert_eq!(known("known_clients = ['a']").0, KnownClients::Only(vec!["a".parse().unwrap()]));
    let (_, told) = known("known_clients = ['ab']");
    assert!(told.contains("resources.toml:4:18: there is no application ab"), "{told}");
    assert!(told.contains("did you mean `a`?"), "{told}");
}

#[test]
fn only_known_clients_are_authorized_beforehand_and_for_scopes_there_are() {
    let told = |entry: &str| {
        let own = "[[application]]\nid = 'data'\nkind = 'web-api'\nscopes = { Read = 'r' }";
        read(&format!("{own}\n[[application.preauthorized]]\n{entry}")).1.to_string()
    };
    assert!(!told("client = 'data'\nscopes = ['Read']").contains("mistake"));
    for (entry, what) in [
        ("client = 'date'\nscopes = ['Read']", "resources.toml:6:10: there is no application date"),
        (
            "client = 'data'\nscopes = ['Reed']",
            "resources.toml:7:11: the application itself offers no scope Reed",
        ),
        ("client = 'data'\nscopes = []", "it names no scope"),
    ] {
        assert!(told(entry).contains(what), "{}", told(entry));
    }
}
