//! What people read when the emulator starts: whom to trust, what to paste, who may sign in.

use super::contract::{Contract, Person};
use super::folder::Folder;
use super::place::ENTRA;
use crate::out::{self, Tone, toned};
use std::path::PathBuf;

/// What each user is there for.
const STORIES: [(&str, &str); 4] = [
    ("alice", "has agreed to nothing yet"),
    ("bob", "a second user, to see that nobody gets the other's token"),
    ("carol", "a third"),
    ("dave", "switched off: signing in is refused"),
];

/// Says all of it, then `ready`.
pub(super) fn announce(contract: &Contract, folder: &Folder) {
    let row = |name: &str, value: &str| out::line(format!("  {name:11} {value}"));
    out::line(format!("Emulates Entra at {}\n", toned(Tone::Strong, &contract.public_url)));
    row("authority", &contract.authority);
    row("tenant", &format!("{} ({})", contract.tenant_id, contract.tenant_name));
    row("issuer", &contract.issuer);
    row("admin API", &contract.admin.url);
    tell_whom_to_trust(contract);
    if contract.public_url.contains(ENTRA[0]) {
        tell_how_it_stands_in();
    }
    tell_who_is_there(contract);
    tell_what_to_paste(contract, folder);
    out::line("\nCtrl-C ends it.\n\nready");
}

fn tell_whom_to_trust(contract: &Contract) {
    out::line("\nIts certificate is of a development CA. Programs trust it with:");
    out::line(format!(
        "  export SSL_CERT_FILE={0} CURL_CA_BUNDLE={0} NODE_EXTRA_CA_CERTS={0} REQUESTS_CA_BUNDLE={0}",
        contract.ca.display()
    ));
}

/// How clients come here by Entra's names, and what that opens.
fn tell_how_it_stands_in() {
    out::line("\nClients find it by Entra's names once /etc/hosts of this machine says:");
    out::line(format!("  127.0.0.1 {}", ENTRA.join(" ")));
    out::line("A container, which has to share this machine's network:");
    let hosts = ENTRA.map(|name| format!("--add-host {name}:127.0.0.1"));
    out::line(format!("  docker run --network host {} …", hosts.join(" ")));
    let hosts = ENTRA.map(|name| format!("\"{name}:127.0.0.1\""));
    out::line(format!("  compose: network_mode: host, extra_hosts: [{}]", hosts.join(", ")));
    let warning =
        format!("WARNING: whoever trusts this CA lets this machine speak for {}.", ENTRA[0]);
    out::line(format!("\n{}", toned(Tone::Bad, warning)));
    out::line(
        "Trust it on machines of development only, and nowhere for the whole system. Afterwards take",
    );
    out::line(
        "the CA and the names away again: as long as they are there, no program reaches Entra itself.",
    );
}

fn tell_who_is_there(contract: &Contract) {
    out::line("\nUsers:");
    for user in &contract.users {
        let password = user.password.as_deref().unwrap_or("(yours)");
        let password = toned(Tone::Strong, format!("{password:11}"));
        out::line(format!("  {:6} password {password} {}", user.username, story(user)));
    }
    out::line("\nApplications:");
    for (name, application) in &contract.applications {
        let audience = application.audience.as_deref().unwrap_or_default();
        let line = format!(
            "  {name:13} {}  {:8} {audience}",
            application.client_id,
            application.kind.as_str()
        );
        out::line(line.trim_end());
    }
}

fn story(user: &Person) -> &'static str {
    let known = STORIES.into_iter().find(|(name, _)| *name == user.username);
    known.map_or("", |(_, story)| story)
}

fn tell_what_to_paste(contract: &Contract, folder: &Folder) {
    let stead = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("stead"));
    let stead = format!("  {} --config {}", stead.display(), contract.config.display());
    out::line("\nA library's client for an application, as a module to paste:");
    out::line(format!("{stead} client-config --library msal-python --application reports-api"));
    out::line("\nIn another terminal, ask why:");
    out::line(format!("{stead} audit list"));
    out::line(format!("\nAll of it for programs, with secrets: {}", folder.contract().display()));
}
