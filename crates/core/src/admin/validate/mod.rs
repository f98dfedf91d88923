//! Whether what somebody wants to have on file is sound: all mistakes at once.

mod application;
mod directory;
mod federated;
mod names;
mod uri;
mod world;

pub use world::World;

pub(super) use application::mistakes_of_application;
pub(super) use directory::{mistakes_of_consent, mistakes_of_group, mistakes_of_user};
pub(super) use names::{Names, Usernames, takes_issuer};

use super::mistake::{Mistake, Object, Report};
use super::reconcile::Desired;
use crate::model::application::Application;
use crate::model::managed::Managed;
use crate::model::tenant::TrustedIssuer;
use std::collections::BTreeSet;

/// Every mistake in what the files say, taken by themselves.
#[must_use]
pub fn check_world(desired: &Desired) -> Vec<Mistake> {
    check_in(desired, World::default(), Names::default(), Usernames::default())
}

/// Every mistake in what the files say, beside what else is there and the names it has taken.
pub(super) fn check_in(
    desired: &Desired,
    mut world: World,
    mut names: Names,
    mut usernames: Usernames,
) -> Vec<Mistake> {
    desired.applications.iter().for_each(|application| world.add_application(application));
    desired.users.iter().for_each(|wanted| world.add_user(&wanted.user));
    desired.groups.iter().for_each(|group| world.add_group(&group.id));

    let mut found = Vec::new();
    for application in &desired.applications {
        found.extend(names.take(application));
        found.extend(mistakes_of_application(application, &world));
        found.extend(lacks_credential(application));
    }
    for wanted in &desired.users {
        found.extend(usernames.take(&wanted.user));
        found.extend(mistakes_of_user(&wanted.user, &world));
    }
    found.extend(desired.groups.iter().flat_map(mistakes_of_group));
    found.extend(repeated(desired));
    found.extend(desired.consents.iter().flat_map(|consent| mistakes_of_consent(consent, &world)));
    found.extend(desired.trusted_issuers.iter().flat_map(mistakes_of_trusted_issuer));
    found
}

/// An application in a file comes with what it proves itself with. (One made by the admin API gets its
/// secret after it was made.)
fn lacks_credential(application: &Application) -> Option<Mistake> {
    let asks = !application.redirect_uris.is_empty()
        || !application.may_act.is_empty()
        || !application.permissions.is_empty();
    if !application.is_confidential() || !asks || !application.credentials.is_empty() {
        return None;
    }
    let mut report = Report::on(Object::new("application", &application.id), &application.managed);
    report.say(
        "credentials",
        "it asks for tokens but has nothing to prove itself with: add a secret_file, a jwks_file or a federated issuer, or \
         make it a spa or native application",
    );
    report.done().pop()
}

/// Groups and trusted issuers that are written twice.
fn repeated(desired: &Desired) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut groups = BTreeSet::new();
    for group in desired.groups.iter().filter(|group| !groups.insert(&group.id)) {
        let mut report = Report::on(Object::new("group", &group.id), &group.managed);
        report.say("id", "there is another group of this id");
        found.extend(report.done());
    }
    let mut issuers = BTreeSet::new();
    for trusted in desired.trusted_issuers.iter().filter(|it| !issuers.insert(&it.issuer)) {
        let object = Object::new("trusted_issuer", &trusted.issuer);
        let mut report = Report::on(object, &Managed::Api);
        report.say("issuer", "it is written twice");
        found.extend(report.done());
    }
    found
}

fn mistakes_of_trusted_issuer(trusted: &TrustedIssuer) -> Vec<Mistake> {
    let mut report = Report::on(Object::new("trusted_issuer", &trusted.issuer), &Managed::Api);
    report.expect(
        uri::is_https(trusted.issuer.as_str()),
        "issuer",
        "an issuer is an https URL without query and fragment",
    );
    report.expect(trusted.keys.iter().next().is_some(), "jwks_file", "there is no key in it");
    report.done()
}
