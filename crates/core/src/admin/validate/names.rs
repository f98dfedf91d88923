//! Names that may be had once only: audiences and client ids together, user names.

use super::super::mistake::{Mistake, Object, Report};
use crate::model::application::Application;
use crate::model::user::User;
use std::collections::{BTreeMap, BTreeSet};
use stead_proto::id::{Audience, ClientId, Issuer, Subject};

/// Audiences and client ids that are taken. Two that differ only in case or in slashes at the end would
/// be told apart by machines and by nobody else, so they count as one.
#[derive(Debug, Clone, Default)]
pub(in crate::admin) struct Names {
    taken: BTreeMap<String, ClientId>,
    ids: BTreeSet<ClientId>,
}

impl Names {
    /// Takes the names of an application; says which of them are another's.
    pub(in crate::admin) fn take(&mut self, application: &Application) -> Vec<Mistake> {
        let object = Object::new("application", &application.id);
        let mut report = Report::on(object, &application.managed);
        if !self.ids.insert(application.id.clone()) {
            report.say("id", "there is another application of this id");
        }
        let audience =
            application.audience.as_ref().map(|audience| ("audience", audience.as_str()));
        for (field, name) in [Some(("id", application.id.as_str())), audience].into_iter().flatten()
        {
            let owner = self.taken.entry(canonical(name)).or_insert_with(|| application.id.clone());
            if *owner != application.id {
                report.say(
                    field,
                    format!("{name} is, but for case or slashes at its end, a name of application {owner}"),
                );
            }
        }
        report.done()
    }
}

/// What is wrong if an application calls itself what the server is called: tokens for the server's own
/// endpoints would be tokens for it.
pub(in crate::admin) fn takes_issuer(
    application: &Application,
    issuer: &Issuer,
) -> Option<Mistake> {
    let object = Object::new("application", &application.id);
    let mut report = Report::on(object, &application.managed);
    let audience = application.audience.as_ref().map(Audience::as_str);
    let names = [("id", Some(application.id.as_str())), ("audience", audience)];
    for (field, name) in names {
        if name.is_some_and(|name| canonical(name) == canonical(issuer.as_str())) {
            report.say(field, "it is the name of this server");
        }
    }
    report.done().pop()
}

fn canonical(name: &str) -> String {
    name.trim_end_matches('/').to_ascii_lowercase()
}

/// User names and ids that are taken.
#[derive(Debug, Clone, Default)]
pub(in crate::admin) struct Usernames {
    names: BTreeMap<String, Subject>,
    ids: BTreeSet<Subject>,
}

impl Usernames {
    /// Takes the names of a user; says which of them are another's.
    pub(in crate::admin) fn take(&mut self, user: &User) -> Vec<Mistake> {
        let mut report = Report::on(Object::new("user", &user.username), &user.managed);
        let name = user.username.as_str().to_lowercase();
        let namesake = self.names.insert(name, user.id.clone());
        let is_new = self.ids.insert(user.id.clone());
        // The name first: an id that nobody wrote is made of it.
        if namesake.is_some() {
            report.say("username", "there is another user of this name, in this case or another");
        } else if !is_new {
            report.say("id", format!("there is another user of the id {}", user.id));
        }
        report.done()
    }
}
