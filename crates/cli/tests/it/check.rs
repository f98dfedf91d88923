//! `stead init` and `stead check`.

use crate::stead::Folder;
use serde_json::{Value, json};

#[test]
fn what_init_writes_is_sound() {
    let folder = Folder::empty();
    let made = folder.run(&["init"]);
    assert!(made.ok, "{made:?}");
    let said = folder.run(&["check"]);
    assert!(said.ok, "{said:?}");
    assert_eq!(said.out, "ok acme: 3 applications, 1 edge, 1 user, 1 group, 1 consent\n");
    assert_eq!(said.err, "");
    assert_eq!(folder.read(".gitignore"), "/data/\n/secrets/\n");
}

#[test]
fn init_never_writes_over_what_is_there() {
    let folder = Folder::empty();
    folder.write("secrets/alice", "mine");
    let said = folder.run(&["init"]);
    assert!(!said.ok && said.err.contains("secrets/alice is there already"), "{said:?}");
    assert_eq!(folder.files().len(), 1);
}

#[test]
fn check_tells_the_mistakes_of_all_files_at_once() {
    let folder = Folder::started();
    folder.write("stead.toml", &folder.read("stead.toml").replace("[listen]", "[lisen]"));
    let example = folder.read("resources/example.toml").replace(
        "\"api://company-data\"\nscopes   = [\"Rows.Read\"]\nfor",
        "\"api://company-dat\"\nscopes   = [\"Rows.Read\"]\nfor",
    );
    folder.write("resources/example.toml", &example);
    let said = folder.run(&["check"]);
    assert!(!said.ok);
    assert_eq!(
        said.err,
        "resources/example.toml:54:12: no application has the audience api://company-dat\n  54 | resource = \"api://company-dat\"\n     |            ^^^^^^^^^^^^^^^^^^^ did you mean `api://company-data`?\n\
         stead.toml:10:2: unknown key `lisen`\n  10 | [lisen]\n     |  ^^^^^ did you mean `listen`?\n\
         2 mistakes\n"
    );
}

#[test]
fn a_process_file_with_many_mistakes_tells_them_all() {
    let folder = Folder::empty();
    folder.write("stead.toml", include_str!("check/many_mistakes.toml"));
    let said = folder.run(&["check"]);
    assert!(!said.ok && said.out.is_empty());
    insta::assert_snapshot!(said.err);
}

#[test]
fn mistakes_are_told_to_programs_as_json() {
    let folder = Folder::started();
    let fine = folder.run(&["check", "--json"]);
    assert!(fine.ok, "{fine:?}");
    assert_eq!(json(&fine.out), json!({ "ok": true, "tenants": ["acme"], "mistakes": [] }));
    folder.write("stead.toml", &folder.read("stead.toml").replace("[listen]", "[lisen]"));
    let said = folder.run(&["check", "--json"]);
    assert!(!said.ok && said.err.is_empty(), "{said:?}");
    let mistake = json!({
        "weight": "error", "file": "stead.toml", "line": 10, "column": 2,
        "what": "unknown key `lisen`", "help": "did you mean `listen`?",
    });
    assert_eq!(json(&said.out), json!({ "ok": false, "tenants": [], "mistakes": [mistake] }));
}

#[test]
fn a_resource_file_that_is_not_there_is_a_mistake_where_it_is_named_and_a_pattern_for_none_a_warning()
 {
    let folder = Folder::started();
    let process = folder.read("stead.toml");
    folder.write("stead.toml", &process.replace("resources/*.toml", "nothing.toml"));
    let said = folder.run(&["check"]);
    assert!(!said.ok && said.err.contains("there is no file nothing.toml"), "{said:?}");
    assert!(said.err.starts_with("stead.toml:27:14: "), "{said:?}");
    folder.write("stead.toml", &process.replace("resources/*.toml", "resources/*.nothing"));
    let said = folder.run(&["check"]);
    assert!(said.ok && said.err.contains("warning: no file fits"), "{said:?}");
}

#[test]
fn a_pattern_may_mean_files_beside_the_process_file() {
    let folder = Folder::started();
    let process = folder.read("stead.toml");
    folder.write("stead.toml", &process.replace("resources/*.toml", "more*.toml"));
    folder.write("more-groups.toml", "[[group]]\nid = \"staff\"\n");
    let said = folder.run(&["check"]);
    assert!(said.ok && said.out.contains("1 group,"), "{said:?}");
}

#[test]
fn a_level_that_is_none_is_a_mistake_and_not_silence() {
    let folder = Folder::started();
    let process = folder.read("stead.toml");
    let with = |level: &str| {
        let log = format!("[log]\nlevel = \"{level}\"\n\n[[tenant]]");
        folder.write("stead.toml", &process.replace("[[tenant]]", &log));
        folder.run(&["check"])
    };
    for level in ["debug", "off", "info,stead_server=debug", "INFO"] {
        assert!(with(level).ok, "{level}");
    }
    let said = with("inof");
    assert!(!said.ok && said.err.contains("did you mean `info`?"), "{said:?}");
    assert!(!with("info,=,").ok);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
