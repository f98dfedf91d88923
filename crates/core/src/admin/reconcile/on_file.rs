//! What is on file at present, read once, and whether what is desired can stand beside it.

use super::Desired;
use crate::admin::mistake::{Mistake, Object, Report};
use crate::admin::validate::{Names, Usernames, World, check_in, takes_issuer};
use crate::model::application::Application;
use crate::model::consent::{Consent, Given};
use crate::model::managed::Managed;
use crate::model::permission::Whom;
use crate::model::revocation::Ancestor;
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, User};
use crate::ports::{Store, StoreError};
use crate::sts::Sts;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;
use stead_proto::id::{ConsentId, Issuer, Subject};

/// What is on file that a resource file speaks of, or looks after.
#[derive(Debug, Clone)]
pub struct OnFile {
    pub(super) issuer: Issuer,
    pub(super) applications: Vec<Application>,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) consents: Vec<Consent>,
    pub(super) trusted_issuers: Vec<TrustedIssuer>,
    /// Under which id a desired consent is given whose own was withdrawn once, and is dead for good.
    pub(super) again: BTreeMap<ConsentId, ConsentId>,
}

impl OnFile {
    /// Reads it.
    pub async fn read(sts: &Sts, desired: &Desired) -> Result<Self, StoreError> {
        let store = sts.store.as_ref();
        Ok(Self {
            issuer: sts.issuer.clone(),
            applications: store.applications().await?,
            users: users_concerned(store, desired).await?,
            groups: store.groups().await?,
            consents: store.consents(None, None).await?,
            trusted_issuers: store.trusted_issuers().await?,
            again: named_again(store, desired).await?,
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

/// The names of those whose own was withdrawn.
async fn named_again(
    store: &dyn Store,
    desired: &Desired,
) -> Result<BTreeMap<ConsentId, ConsentId>, StoreError> {
    let ids = desired.consents.iter().map(|it| &it.id);
    let about: Vec<Ancestor> = ids.clone().cloned().map(Ancestor::Consent).collect();
    let facts = store.revocations(&about).await?;
    let mut again = BTreeMap::new();
    for id in ids.filter(|id| facts.iter().any(|fact| fact.about.is_consent(id))) {
        again.insert(id.clone(), name_again(store, id).await?);
    }
    Ok(again)
}

/// The first of a consent's names that was never withdrawn. Nodes that give it again at the same time find the
/// same one, so that it is not given twice.
async fn name_again(store: &dyn Store, id: &ConsentId) -> Result<ConsentId, StoreError> {
    let mut name = id.clone();
    for nth in 2_u32.. {
        if store.revocations(&[Ancestor::Consent(name.clone())]).await?.is_empty() {
            break;
        }
        let Ok(next) = ConsentId::parse(format!("{id}-{nth}")) else { break };
        name = next;
    }
    Ok(name)
}

/// The users that files look after, and those that the files speak of. However many others there are, they
/// are not read.
async fn users_concerned(store: &dyn Store, desired: &Desired) -> Result<Vec<User>, StoreError> {
    let of_files = store.users_of_files().await?;
    let mut found: BTreeMap<Subject, User> =
        of_files.into_iter().map(|user| (user.id.clone(), user)).collect();
    for id in spoken_of(desired) {
        if !found.contains_key(&id)
            && let Some(user) = store.user(&id).await?
        {
            found.insert(id, Arc::unwrap_or_clone(user));
        }
    }
    for wanted in desired.users.iter().map(|wanted| &wanted.user) {
        if found.get(&wanted.id).is_none_or(|held| held.username != wanted.username)
            && let Some(namesake) = store.user_named(&wanted.username).await?
        {
            found.insert(namesake.id.clone(), namesake);
        }
    }
    Ok(found.into_values().collect())
}

/// Every id that has to be a user's, or must not be.
fn spoken_of(desired: &Desired) -> BTreeSet<Subject> {
    let of_users = desired.users.iter().map(|wanted| wanted.user.id.clone());
    let of_applications = desired.applications.iter().map(|it| Subject::from(&it.id));
    let edges = desired.applications.iter().flat_map(|it| &it.may_act).map(|it| &it.applies_to);
    let assigned = desired.applications.iter().flat_map(|it| &it.assignments);
    let agreed = desired.consents.iter().filter_map(|consent| match &consent.given {
        Given::ByAdmin(whom) => Some(whom),
        Given::ByUser(_) => None,
    });
    let whom = edges.chain(assigned.map(|it| &it.applies_to)).chain(agreed);
    let named = whom.filter_map(|whom| match whom {
        Whom::User(id) => Some(id.clone()),
        Whom::Everyone | Whom::Group(_) | Whom::Consented => None,
    });
    let for_themselves = desired.consents.iter().filter_map(Consent::given_by).cloned();
    of_users.chain(of_applications).chain(named).chain(for_themselves).collect()
}
