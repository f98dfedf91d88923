//! What is on file at present, read once, and whether what is desired can stand beside it.

use super::Desired;
use crate::admin::mistake::{Mistake, Object, Report};
use crate::admin::validate::{Names, Usernames, World, check_in, takes_issuer};
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::managed::Managed;
use crate::model::revocation::Ancestor;
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, User};
use crate::ports::{Store, StoreError};
use crate::sts::Sts;
use std::collections::BTreeSet;
use std::fmt::Display;
use stead_proto::id::{ConsentId, Issuer};

/// How many users are read at once.
const PAGE: usize = 500;

/// Everything on file that a resource file may speak of.
#[derive(Debug, Clone)]
pub struct OnFile {
    pub(super) issuer: Issuer,
    pub(super) applications: Vec<Application>,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) consents: Vec<Consent>,
    pub(super) trusted_issuers: Vec<TrustedIssuer>,
    /// Desired consents whose id was withdrawn once, and is dead for good.
    pub(super) withdrawn: BTreeSet<ConsentId>,
}

impl OnFile {
    /// Reads it.
    pub async fn read(sts: &Sts, desired: &Desired) -> Result<Self, StoreError> {
        let store = sts.store.as_ref();
        let about: Vec<Ancestor> =
            desired.consents.iter().map(|it| Ancestor::Consent(it.id.clone())).collect();
        let facts = store.revocations(&about).await?;
        let withdrawn = desired.consents.iter().map(|it| &it.id);
        let withdrawn = withdrawn.filter(|id| facts.iter().any(|fact| fact.about.is_consent(id)));
        Ok(Self {
            issuer: sts.issuer.clone(),
            applications: store.applications().await?,
            users: all_users(store).await?,
            groups: store.groups().await?,
            consents: store.consents(None, None).await?,
            trusted_issuers: store.trusted_issuers().await?,
            withdrawn: withdrawn.cloned().collect(),
        })
    }

    /// Every mistake in what is desired, among what the admin API made.
    pub(super) fn mistakes_of(&self, desired: &Desired) -> Vec<Mistake> {
        let (mut world, mut names, mut usernames) =
            (World::default(), Names::default(), Usernames::default());
        for application in self.applications.iter().filter(|it| stays(desired, it)) {
            world.add_application(application);
            names.take(application);
        }
        for user in self.users.iter().filter(|user| stays_user(desired, user)) {
            world.add_user(user);
            usernames.take(user);
        }
        self.groups
            .iter()
            .filter(|it| !it.managed.by_file())
            .for_each(|it| world.add_group(&it.id));
        let mut found = self.already_made(desired);
        found.extend(desired.applications.iter().filter_map(|it| takes_issuer(it, &self.issuer)));
        found.extend(check_in(desired, world, names, usernames));
        found
    }

    /// A file does not take over silently what somebody made through the admin API.
    fn already_made(&self, desired: &Desired) -> Vec<Mistake> {
        let mut found = Vec::new();
        for wanted in &desired.applications {
            let there = self.applications.iter().find(|it| it.id == wanted.id);
            let object = Object::new("application", &wanted.id);
            found.extend(taken_over(&object, &wanted.managed, there.map(|it| &it.managed)));
        }
        for wanted in desired.users.iter().map(|wanted| &wanted.user) {
            let there = self.users.iter().find(|it| it.id == wanted.id);
            let object = Object::new("user", &wanted.username);
            found.extend(taken_over(&object, &wanted.managed, there.map(|it| &it.managed)));
        }
        for wanted in &desired.groups {
            let there = self.groups.iter().find(|it| it.id == wanted.id);
            let object = Object::new("group", &wanted.id);
            found.extend(taken_over(&object, &wanted.managed, there.map(|it| &it.managed)));
        }
        found
    }
}

fn stays(desired: &Desired, application: &Application) -> bool {
    !application.managed.by_file()
        && !desired.applications.iter().any(|wanted| wanted.id == application.id)
}

fn stays_user(desired: &Desired, user: &User) -> bool {
    !user.managed.by_file() && !desired.users.iter().any(|wanted| wanted.user.id == user.id)
}

fn taken_over(object: &Object, wanted: &Managed, there: Option<&Managed>) -> Option<Mistake> {
    if !wanted.by_file() || there != Some(&Managed::Api) {
        return None;
    }
    let mut report = Report::on(object.clone(), wanted);
    report.say("id", taken_over_message(object));
    report.done().pop()
}

fn taken_over_message(object: &impl Display) -> String {
    format!(
        "{object} was made through the admin API: delete it there first, or give this one another id"
    )
}

async fn all_users(store: &dyn Store) -> Result<Vec<User>, StoreError> {
    let mut users: Vec<User> = Vec::new();
    loop {
        let page = store.users(users.last().map(|user| &user.id), PAGE).await?;
        if page.is_empty() {
            return Ok(users);
        }
        users.extend(page);
    }
}
