//! Whether users, groups and consents are sound.

use super::super::mistake::{Mistake, Object, Report};
use super::application::is_readable;
use super::world::World;
use crate::model::consent::{Consent, Given};
use crate::model::permission::Whom;
use crate::model::user::{Group, User};
use stead_proto::id::ClientId;
use stead_proto::scope::Scope;

/// Every mistake in a user, among the names that are known.
pub(in crate::admin) fn mistakes_of_user(user: &User, world: &World) -> Vec<Mistake> {
    let mut report = Report::on(Object::new("user", &user.username), &user.managed);
    report.expect(is_readable(&user.name), "name", "a name is 1 to 200 characters on one line");
    let as_client = ClientId::parse(user.id.as_str());
    report.expect(
        !as_client.is_ok_and(|id| world.knows_client(&id)),
        "id",
        "an application has this id: who acts and for whom could not be told apart",
    );
    if let Some(email) = &user.email {
        let halves = email.split_once('@');
        report.expect(
            is_readable(email)
                && halves.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty()),
            "email",
            "it is no mail address",
        );
    }
    for group in &user.groups {
        if let Some((message, word, known)) = world.unknown_group(group) {
            report.unknown("groups", message, word, known);
        }
    }
    report.done()
}

/// Every mistake in a group.
pub(in crate::admin) fn mistakes_of_group(group: &Group) -> Vec<Mistake> {
    let mut report = Report::on(Object::new("group", &group.id), &group.managed);
    let sound = group.description.is_empty() || is_readable(&group.description);
    report.expect(sound, "description", "a description is at most 200 characters on one line");
    report.done()
}

/// Every mistake in a consent, among the names that are known.
pub(in crate::admin) fn mistakes_of_consent(consent: &Consent, world: &World) -> Vec<Mistake> {
    let mut report = Report::on(Object::new("consent", &consent.client), &consent.managed);
    if !world.knows_client(&consent.client) {
        let message = format!("there is no application {}", consent.client);
        report.unknown("client", message, &consent.client, world.clients());
    }
    report.expect(!consent.scopes.is_empty(), "scopes", "it names no scope");
    match world.offered_by(&consent.resource) {
        None => {
            let message = format!("no application has the audience {}", consent.resource);
            report.unknown("resource", message, &consent.resource, world.audiences());
        }
        Some(offered) => {
            for scope in consent.scopes.missing_from(offered).iter() {
                let message = format!("{} offers no scope {scope}", consent.resource);
                report.unknown("scopes", message, scope, offered.iter().map(Scope::to_string));
            }
        }
    }
    let whom = match &consent.given {
        Given::ByUser(user) => Whom::User(user.clone()),
        Given::ByAdmin(whom) => whom.clone(),
    };
    report.expect(
        whom != Whom::Consented,
        "for",
        "only an edge is for whoever consented: consent is given for everyone, a group or a user",
    );
    if let Some((message, word, known)) = world.stranger(&whom) {
        report.unknown("for", message, word, known);
    }
    report.done()
}
