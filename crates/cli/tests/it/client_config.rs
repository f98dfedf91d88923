//! `stead client-config`: what is printed for each library, whole; and what is refused.

use crate::stead::{Folder, Said};

/// An emulator's folder, and what stands in it for what differs from run to run.
struct Emulated {
    folder: Folder,
    differs: Vec<(String, &'static str)>,
}

impl Emulated {
    fn written() -> Self {
        let folder = Folder::empty();
        drop(folder.emulate(&[]));
        let here = folder.path().canonicalize().unwrap().display().to_string();
        let file = folder.read("stead.toml");
        let port = file.split("localhost:").nth(1).unwrap().split('"').next().unwrap();
        let differs = vec![(here, "/DIR"), (format!("localhost:{port}"), "localhost:PORT")];
        Self { folder, differs }
    }

    fn asked(&self, library: &str, application: &str, more: &[&str]) -> Said {
        let asked =
            ["client-config", "--library", library, "--application", application, "--dir", "."];
        self.folder.run(&[&asked, more].concat())
    }

    /// The modules of these applications, one after the other.
    fn printed(&self, library: &str, asked: &[(&str, &[&str])]) -> String {
        let mut all = String::new();
        for (application, more) in asked {
            let said = self.asked(library, application, more);
            assert!(said.ok, "{library} {application}: {said:?}");
            all = format!("{all}==== {application} {}\n{}\n", more.join(" "), said.out);
        }
        self.differs.iter().fold(all, |text, (own, name)| text.replace(own, name))
    }
}

const SECRET: (&str, &[&str]) = ("reports-api", &[]);
const CERTIFICATE: (&str, &[&str]) = ("reports-api", &["--credential", "certificate"]);
const FEDERATED: (&str, &[&str]) = ("reports-api", &["--credential", "federated"]);
const ALIAS: (&str, &[&str]) = ("reports-api", &["--alias"]);
const ITSELF: (&str, &[&str]) = ("daemon", &[]);
const NATIVE: (&str, &[&str]) = ("terminal", &[]);
const PAGE: (&str, &[&str]) = ("dashboard", &[]);
const WEB: (&str, &[&str]) = ("portal", &[]);

#[test]
fn each_library_gets_a_module_that_says_all_it_needs() {
    let emulated = Emulated::written();
    for library in ["msal-python", "msal-node", "msal-go", "msal-dotnet", "msal-java"] {
        let asked = [SECRET, CERTIFICATE, FEDERATED, ALIAS, NATIVE];
        insta::assert_snapshot!(library, emulated.printed(library, &asked));
    }
    for library in ["azure-identity", "azure-identity-js"] {
        let asked = [SECRET, CERTIFICATE, FEDERATED, ALIAS, ITSELF];
        insta::assert_snapshot!(library, emulated.printed(library, &asked));
    }
    for library in ["openid-client", "oauth4webapi", "authlib"] {
        let asked = [SECRET, CERTIFICATE, FEDERATED, NATIVE, WEB];
        insta::assert_snapshot!(library, emulated.printed(library, &asked));
    }
    insta::assert_snapshot!("msal-browser", emulated.printed("msal-browser", &[PAGE]));
}

#[test]
fn what_cannot_work_is_refused_with_what_to_take_instead() {
    let emulated = Emulated::written();
    for (library, application, more, why) in [
        ("msal-browser", "reports-api", &[][..], "take msal-node"),
        ("msal-python", "dashboard", &[], "take msal-browser"),
        ("azure-identity", "terminal", &[], "take msal"),
        ("msal-node", "terminal", &["--credential", "secret"], "keeps no secret"),
        ("msal-node", "portal", &["--credential", "none"], "has to prove who it is"),
        ("msal-node", "daemon", &["--credential", "certificate"], "no certificate of daemon"),
        ("msal-node", "daemon", &["--credential", "federated"], "no other issuer's tokens"),
        ("msal-node", "vault", &[], "has to prove who it is"),
        ("msal-node", "vault", &["--credential", "secret"], "vault has no secret"),
        ("msal-node", "reprots-api", &[], "no resource file has an application"),
    ] {
        let said = emulated.asked(library, application, more);
        assert!(!said.ok && said.out.is_empty() && said.err.contains(why), "{said:?}");
    }
}

#[test]
fn a_server_that_proves_nothing_still_reads_what_its_issuer_publishes() {
    let said = Emulated::written().asked("oauth4webapi", "company-data", &[]);
    assert!(said.ok && said.out.contains("oauth.None()"), "{said:?}");
}

/// A service, as it would be put on file by hand.
fn by_hand(name: &str) -> serde_json::Value {
    serde_json::json!({ "name": name, "kind": "service" })
}

#[tokio::test]
async fn a_secret_of_which_only_the_hash_is_on_file_is_read_from_the_environment() {
    let folder = Folder::empty();
    let _server = folder.emulate(&[]);
    let contract: serde_json::Value = serde_json::from_str(&folder.read("emulator.json")).unwrap();
    let admin = contract.pointer("/admin/url").unwrap().as_str().unwrap();
    let put = reqwest::Client::new()
        .put(format!("{admin}/admin/v1/acme/applications/5e41ce00-0000-4000-8000-000000000000"))
        .bearer_auth(folder.read("data/admin.token").trim())
        .json(&by_hand("nightly"));
    assert!(put.send().await.unwrap().status().is_success());
    let asked = ["client-config", "--dir", ".", "--library", "msal-node", "--application"];
    let none = folder.run(&[&asked[..], &["nightly"]].concat());
    assert!(!none.ok && none.err.contains("has to prove who it is"), "{none:?}");
    let id = "5e41ce00-0000-4000-8000-000000000000";
    assert!(folder.run(&["app", "add-secret", id]).ok);
    let said = folder.run(&[&asked[..], &["nightly"]].concat());
    assert!(said.ok && said.out.contains("process.env.STEAD_CLIENT_SECRET"), "{said:?}");
}

#[test]
fn a_port_that_is_not_said_is_asked_for() {
    let folder = Folder::started();
    let asked = ["client-config", "--library", "msal-python", "--application", "reports-api"];
    let said = folder.run(&asked);
    assert!(!said.ok && said.err.contains("leaves the port open"), "{said:?}");
}
