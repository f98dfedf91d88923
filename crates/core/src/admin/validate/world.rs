//! What can be spoken of: the names that edges, permissions and consents may use.

use crate::model::application::Application;
use crate::model::permission::Whom;
use crate::model::user::User;
use std::collections::{BTreeMap, BTreeSet};
use stead_proto::id::{Audience, ClientId, GroupId, Subject};
use stead_proto::scope::ScopeSet;

/// The names that are known, and what each resource offers.
#[derive(Debug, Clone, Default)]
pub struct World {
    offers: BTreeMap<String, ScopeSet>,
    audiences: BTreeSet<Audience>,
    clients: BTreeSet<ClientId>,
    groups: BTreeSet<GroupId>,
    users: BTreeMap<Subject, String>,
}

impl World {
    /// Makes an application known, as a client and as a resource.
    pub fn add_application(&mut self, application: &Application) {
        let own = Audience::from(&application.id);
        for audience in [Some(&own), application.audience.as_ref()].into_iter().flatten() {
            self.offers.insert(audience.as_str().to_owned(), application.offered());
        }
        self.audiences.insert(application.audience.clone().unwrap_or(own));
        self.clients.insert(application.id.clone());
    }

    /// Makes a user known.
    pub fn add_user(&mut self, user: &User) {
        self.users.insert(user.id.clone(), user.username.to_string());
    }

    /// Makes a group known.
    pub fn add_group(&mut self, group: &GroupId) {
        self.groups.insert(group.clone());
    }

    /// What a resource offers; `None` if nobody is called that.
    pub(super) fn offered_by(&self, audience: &Audience) -> Option<&ScopeSet> {
        self.offers.get(audience.as_str())
    }

    pub(super) fn audiences(&self) -> impl Iterator<Item = String> {
        self.audiences.iter().map(ToString::to_string)
    }

    pub(super) fn knows_client(&self, client: &ClientId) -> bool {
        self.clients.contains(client)
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = String> {
        self.clients.iter().map(ToString::to_string)
    }

    pub(super) fn knows_user(&self, user: &Subject) -> bool {
        self.users.contains_key(user)
    }

    /// What is wrong with whom something is for: the clause, the unknown word, the known ones.
    pub(super) fn stranger(&self, whom: &Whom) -> Option<(String, String, Vec<String>)> {
        match whom {
            Whom::Group(group) => self.unknown_group(group),
            Whom::User(user) if !self.knows_user(user) => Some((
                format!("there is no user {user}"),
                user.to_string(),
                self.users.values().cloned().collect(),
            )),
            Whom::User(_) | Whom::Everyone | Whom::Consented => None,
        }
    }

    /// The same for one group.
    pub(super) fn unknown_group(&self, group: &GroupId) -> Option<(String, String, Vec<String>)> {
        (!self.groups.contains(group)).then(|| {
            let known = self.groups.iter().map(ToString::to_string).collect();
            (format!("there is no group {group}"), group.to_string(), known)
        })
    }
}
