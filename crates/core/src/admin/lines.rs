//! Changes in words: one sentence each, for the record and for whoever made them. No secret is in them.

use super::applications::credential_name;
use crate::model::application::{Application, Credential};
use crate::model::consent::{Consent, Given};
use crate::model::permission::{Assignment, Edge, KnownClients, Permission, Preauthorized, Whom};
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, User};
use std::fmt::Display;
use stead_proto::id::ClientId;

/// What changes of an application.
pub(super) fn of_application(before: Option<&Application>, after: &Application) -> Vec<String> {
    let mut lines = Lines::about(format!("application {}", after.id));
    let Some(before) = before else {
        let kind = serde_json::to_value(after.kind).unwrap_or_default();
        lines.say(format!("added as {} {:?}", kind.as_str().unwrap_or("application"), after.name));
        lines.list("may_act", &[], &after.may_act, edge);
        return lines.done();
    };
    lines.field("name", &before.name, &after.name);
    lines.switch(before.enabled, after.enabled);
    if before.kind != after.kind {
        lines.say("is of another kind now");
    }
    lines.option("audience", before.audience.as_ref(), after.audience.as_ref());
    let (old, new): (Vec<_>, Vec<_>) =
        (before.scopes.iter().collect(), after.scopes.iter().collect());
    lines.list("scope", &old, &new, |(scope, _)| scope.to_string());
    lines.list("redirect URI", &before.redirect_uris, &after.redirect_uris, String::clone);
    lines.list(
        "sign-out URI",
        &before.post_logout_redirect_uris,
        &after.post_logout_redirect_uris,
        String::clone,
    );
    lines.list("credential", &before.credentials, &after.credentials, credential);
    lines.list("permission", &before.permissions, &after.permissions, permission);
    lines.list("may_act", &before.may_act, &after.may_act, edge);
    if before.known_clients != after.known_clients {
        lines.say(known_clients(&after.known_clients));
    }
    lines.list("preauthorized", &before.preauthorized, &after.preauthorized, preauthorized);
    lines.list("assignment", &before.assignments, &after.assignments, assignment);
    if before.tokens != after.tokens || before.assertion_audience != after.assertion_audience {
        lines.say("token settings changed");
    }
    lines.done()
}

/// What changes of a user.
pub(super) fn of_user(before: Option<&User>, after: &User) -> Vec<String> {
    let mut lines = Lines::about(format!("user {}", after.username));
    let Some(before) = before else {
        lines.say(format!("added as {:?}", after.name));
        return lines.done();
    };
    lines.field("user name", &before.username, &after.username);
    lines.field("name", &before.name, &after.name);
    lines.switch(before.enabled, after.enabled);
    let (old, new): (Vec<_>, Vec<_>) =
        (before.groups.iter().collect(), after.groups.iter().collect());
    lines.list("group", &old, &new, ToString::to_string);
    if before.password != after.password {
        lines.say("password changed");
    }
    let contact = |user: &User| {
        (user.email.clone(), user.email_verified, user.address.clone(), user.phone.clone())
    };
    if contact(before) != contact(after) {
        lines.say("contact details changed");
    }
    lines.done()
}

/// What changes of a group.
pub(super) fn of_group(before: Option<&Group>, after: &Group) -> Vec<String> {
    let mut lines = Lines::about(format!("group {}", after.id));
    match before {
        None => lines.say("added"),
        Some(before) => lines.field("description", &before.description, &after.description),
    }
    lines.done()
}

/// What happens to a consent.
pub(super) fn of_consent(consent: &Consent, what: &str) -> String {
    let whom = match &consent.given {
        Given::ByUser(user) => format!("for user {user}"),
        Given::ByAdmin(whom) => of_whom(whom),
    };
    let Consent { client, resource, scopes, .. } = consent;
    format!("consent to {client} towards {resource} ({scopes}) {whom}: {what}")
}

/// What changes of a trusted issuer.
pub(super) fn of_trusted_issuer(
    before: Option<&TrustedIssuer>,
    after: &TrustedIssuer,
) -> Vec<String> {
    let mut lines = Lines::about(format!("trusted issuer {}", after.issuer));
    let Some(before) = before else {
        lines.say("added");
        return lines.done();
    };
    lines.field("audience", &before.audience, &after.audience);
    lines.switch(before.enabled, after.enabled);
    if before.keys != after.keys {
        lines.say("keys changed");
    }
    lines.done()
}

fn credential(credential: &Credential) -> String {
    let name = credential_name(credential);
    match credential {
        Credential::Secret { expires: Some(expires), .. } => format!("{name} (until {expires})"),
        Credential::Federated(agreed) => {
            format!("{name} (tokens of {} about {})", agreed.issuer, agreed.subject)
        }
        Credential::Secret { .. } | Credential::Keys(_) => name,
    }
}

fn permission(permission: &Permission) -> String {
    let whose = if permission.as_itself() { " as itself" } else { "" };
    format!("towards {} ({}){whose}", permission.towards, permission.scopes)
}

fn edge(edge: &Edge) -> String {
    format!("towards {} ({}) {}", edge.towards, edge.scopes, of_whom(&edge.applies_to))
}

fn known_clients(known: &KnownClients) -> String {
    match known {
        KnownClients::All => "known_clients removed: it knows every front end".to_owned(),
        KnownClients::Only(these) => {
            let these: Vec<&str> = these.iter().map(ClientId::as_str).collect();
            format!("known_clients is now [{}]", these.join(", "))
        }
    }
}

fn preauthorized(entry: &Preauthorized) -> String {
    format!("{} ({})", entry.client, entry.scopes)
}

fn assignment(assignment: &Assignment) -> String {
    format!("of {} {}", assignment.scopes, of_whom(&assignment.applies_to))
}

fn of_whom(whom: &Whom) -> String {
    match whom {
        Whom::Everyone => "for everyone".to_owned(),
        Whom::Group(group) => format!("for group {group}"),
        Whom::User(user) => format!("for user {user}"),
        Whom::Consented => "for whoever consented".to_owned(),
    }
}

/// Collects what changes of one object.
struct Lines {
    about: String,
    lines: Vec<String>,
}

impl Lines {
    fn about(about: String) -> Self {
        Self { about, lines: Vec::new() }
    }

    fn say(&mut self, clause: impl Display) {
        self.lines.push(format!("{}: {clause}", self.about));
    }

    fn field<T: PartialEq + ToString>(&mut self, name: &str, before: &T, after: &T) {
        if before != after {
            self.say(format!("{name} is now {:?}", after.to_string()));
        }
    }

    fn option<T: PartialEq + Display>(
        &mut self,
        name: &str,
        before: Option<&T>,
        after: Option<&T>,
    ) {
        match (before, after) {
            (before, after) if before == after => {}
            (_, Some(after)) => self.say(format!("{name} is now {after}")),
            (_, None) => self.say(format!("{name} removed")),
        }
    }

    fn switch(&mut self, before: bool, after: bool) {
        if before != after {
            self.say(if after { "enabled" } else { "disabled" });
        }
    }

    /// What came, went or changed in a list; entries are told apart by what they are called.
    fn list<T: PartialEq>(
        &mut self,
        what: &str,
        before: &[T],
        after: &[T],
        called: impl Fn(&T) -> String,
    ) {
        let is_in = |list: &[T], item: &T| list.iter().any(|other| called(other) == called(item));
        for item in after.iter().filter(|item| !before.contains(item)) {
            let verb = if is_in(before, item) { "changed" } else { "added" };
            self.say(format!("{what} {verb} {}", called(item)));
        }
        for item in before.iter().filter(|item| !is_in(after, item)) {
            self.say(format!("{what} removed {}", called(item)));
        }
    }

    /// An object whose parts only changed their order still changed.
    fn done(mut self) -> Vec<String> {
        if self.lines.is_empty() {
            self.say("changed");
        }
        self.lines
    }
}
