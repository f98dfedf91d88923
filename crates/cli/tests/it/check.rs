//! `stead init` and `stead check`.

use crate::stead::Folder;

#[test]
fn what_init_writes_is_sound() {
    let folder = Folder::empty();
    let made = folder.run(&["init"]);
    assert!(made.ok, "{made:?}");
    let said = folder.run(&["check"]);
    assert!(said.ok, "{said:?}");
    assert_eq!(said.out, "ok acme: 3 applications, 1 edge, 1 user, 1 group, 1 consent\n");
    assert_eq!(said.err, "");
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
