//! The commands that ask a running server, over its Unix socket.

use crate::stead::{Folder, Said};
use serde_json::Value;

fn json(said: &Said) -> Value {
    assert!(said.ok, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn an_exchange_is_explained_rule_by_rule_with_the_edit_that_would_allow_it() {
    let folder = Folder::started();
    let _server = folder.serve();
    let question =
        ["explain", "--as", "alice", "--client", "reports-api", "--to", "api://company-data"];
    let allowed = folder.run(&[&question[..], &["--scope", "Rows.Read"]].concat());
    assert!(allowed.ok && allowed.out.contains("✓ allowed: Rows.Read"), "{allowed:?}");

    let by_name = question.map(|word| if word == "reports-api" { "Reports" } else { word });
    assert_eq!(folder.run(&[&by_name[..], &["--scope", "Rows.Read"]].concat()).out, allowed.out);
    let unknown = question.map(|word| if word == "reports-api" { "nobody" } else { word });
    assert!(folder.run(&unknown).err.contains("client nobody is not on file"));

    let refused = folder.run(&[&question[..], &["--via", "reports-api"]].concat());
    assert!(!refused.ok && refused.out.contains("✗ refused"), "{refused:?}");
    assert!(refused.out.contains("this edit would allow it:"), "{refused:?}");
}

#[test]
fn a_user_is_added_given_a_password_shut_out_and_removed() {
    let folder = Folder::started();
    let _server = folder.serve();
    let added = folder.run(&["user", "add", "dora", "--group", "employees"]);
    assert!(added.ok && added.out.starts_with("dora is added"), "{added:?}");
    assert!(folder.run_with(&["user", "set-password", "dora"], "correct horse\n").ok);
    let short = folder.run_with(&["user", "set-password", "dora"], "short\n");
    assert!(!short.ok && short.err.contains("at least 8 characters"), "{short:?}");
    assert!(folder.run(&["user", "disable", "Dora"]).ok);
    assert_eq!(json(&folder.run(&["user", "show", "dora"]))["enabled"], false);
    assert!(folder.run(&["user", "delete", "dora"]).ok);
    let gone = folder.run(&["user", "show", "dora"]);
    assert!(!gone.ok && gone.err == "there is no user dora\n", "{gone:?}");
}

#[test]
fn what_a_file_manages_is_changed_in_the_file() {
    let folder = Folder::started();
    let _server = folder.serve();
    for args in [
        ["app", "disable", "reports-api"],
        ["user", "delete", "alice"],
        ["group", "delete", "employees"],
    ] {
        let said = folder.run(&args);
        assert!(!said.ok && said.err.contains("change it at resources/example.toml:"), "{said:?}");
    }
}

#[test]
fn lists_are_tables_for_people_and_json_for_programs() {
    let folder = Folder::started();
    let _server = folder.serve();
    let table = folder.run(&["app", "list"]);
    assert!(table.out.starts_with("ID "), "{table:?}");
    assert!(table.out.contains("reports-api   web-api  api://reports-api"), "{table:?}");
    let listed = json(&folder.run(&["app", "list", "--json"]));
    assert_eq!(listed.as_array().unwrap().len(), 3);
    for list in [["consent", "list"], ["session", "list"], ["keys", "list"], ["user", "list"]] {
        assert!(folder.run(&list).ok, "{list:?}");
    }
}

#[test]
fn a_consent_is_given_and_withdrawn() {
    let folder = Folder::started();
    let _server = folder.serve();
    let give = ["consent", "give", "--client", "dashboard", "--resource", "api://reports-api"];
    let given =
        json(&folder.run(
            &[&give[..], &["--scope", "Reports.Read", "--for", "user:alice", "--json"]].concat(),
        ));
    let id = given["id"].as_str().unwrap();
    let withdrawn = folder.run(&["consent", "withdraw", id]);
    assert!(withdrawn.ok, "{withdrawn:?}");
    let again = folder.run(&["consent", "withdraw", id]);
    assert!(!again.ok, "{again:?}");
}

#[test]
fn what_was_done_is_on_record_and_the_chain_is_whole() {
    let folder = Folder::started();
    let _server = folder.serve();
    assert!(folder.run(&["revoke", "user", "alice", "--why", "laptop stolen"]).ok);
    assert!(!folder.run(&["audit", "list", "--limit", "201"]).ok, "more than it would tell");
    let records = folder.run(&["audit", "list", "--limit", "200"]);
    assert!(records.out.contains("revoked") && records.out.contains("admin:"), "{records:?}");
    let verified = folder.run(&["audit", "verify"]);
    assert!(verified.ok && verified.out.contains("none edited, none missing"), "{verified:?}");
}

#[test]
fn an_export_loads_where_it_is_put() {
    let folder = Folder::started();
    let server = folder.serve();
    let exported = folder.run(&["export"]);
    assert!(exported.ok, "{exported:?}");
    assert!(server.stop());
    // The one thing that has no way out is put back by hand.
    let id = "id            = \"reports-api\"\n";
    let id = if exported.out.contains(id) {
        id.to_owned()
    } else {
        line_of(&exported.out, "\"reports-api\"")
    };
    let whole = exported.out.replacen(
        &id,
        &format!("{id}credentials = [{{ secret_file = \"../secrets/reports-api\" }}]\n"),
        1,
    );
    folder.write("resources/example.toml", &whole);
    let checked = folder.run(&["check"]);
    assert!(checked.ok, "{checked:?}\n{whole}");
}

/// The first line that ends so.
fn line_of(text: &str, end: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("id") && line.ends_with(end)).unwrap();
    format!("{line}\n")
}

#[test]
fn without_a_server_or_a_token_it_says_what_to_do() {
    let folder = Folder::started();
    let said = folder.run(&["app", "list"]);
    assert!(!said.ok && said.err.contains("`stead serve` makes it on first start"), "{said:?}");
    folder.write("data/admin.token", "0123456789abcdef0123456789abcdef");
    let said = folder.run(&["app", "list"]);
    assert!(!said.ok && said.err.contains("is `stead serve` running?"), "{said:?}");
    let clear = ["app", "list", "--admin-url", "http://id.example.com:8444"];
    let said = folder.run(&clear);
    assert!(!said.ok && said.err.contains("in the clear"), "{said:?}");
}
