//! Users, groups, consents and trusted issuers out of files.

use super::guid::{guid, half};
use super::read::Reader;
use super::{Page, raw};
use crate::document::At;
use crate::mistake::Mistake;
use std::collections::BTreeMap;
use stead_core::admin::users::check_password;
use stead_core::admin::{AdminError, DesiredPassword, DesiredUser};
use stead_core::model::consent::{Consent, Given};
use stead_core::model::tenant::Tenant;
use stead_core::model::user::{Group, PasswordHash, User};
use stead_proto::digest::sha256;
use stead_proto::id::{ConsentId, Subject};
use stead_proto::secret::Password;
use stead_proto::time::Timestamp;

/// Whom the user names in the files of a tenant mean: edges and consents may name a user by either.
#[derive(Debug, Default)]
pub(super) struct Usernames(BTreeMap<String, Subject>);

impl Usernames {
    pub(super) fn collect(tenant: &Tenant, pages: &[Page<'_>]) -> Self {
        let files = pages.iter().filter_map(|page| page.document.said.as_ref());
        let users = files.flat_map(|file| &file.user);
        Self(
            users
                .filter_map(|raw| Some((raw.username.to_lowercase(), user_id(tenant, raw)?)))
                .collect(),
        )
    }

    pub(super) fn id(&self, username: &str) -> Option<Subject> {
        self.0.get(&username.to_lowercase()).cloned()
    }
}

/// A user's id: as written, else out of tenant and user name.
fn user_id(tenant: &Tenant, raw: &raw::User) -> Option<Subject> {
    let id = match &raw.id {
        Some(id) => (**id).clone(),
        None => guid(&["user", tenant.id.as_str(), &raw.username.to_lowercase()]),
    };
    Subject::parse(id).ok()
}

impl Reader<'_> {
    pub(super) fn user(&mut self, raw: &At<raw::User>) -> Option<DesiredUser> {
        let username = self.parsed(&raw.username);
        let id = match &raw.id {
            Some(id) => self.parsed(id),
            None => user_id(self.tenant, raw),
        };
        let groups = raw.groups.iter().filter_map(|group| self.parsed(group)).collect();
        let password = self.password(raw);
        let user = User {
            id: id?,
            username: username?,
            name: raw.name.as_ref().unwrap_or(&raw.username).to_string(),
            enabled: raw.enabled,
            groups,
            password: None,
            email: raw.email.clone(),
            email_verified: raw.email_verified,
            address: raw.address.clone(),
            phone: raw.phone.clone(),
            managed: self.managed(raw),
        };
        Some(DesiredUser { user, password })
    }

    fn password(&mut self, raw: &raw::User) -> Option<DesiredPassword> {
        if let Some(hash) = &raw.password_hash {
            if raw.password_file.is_some() {
                self.note(hash, "password_file and password_hash are both given".to_owned());
            }
            if !hash.starts_with("$argon2id$") {
                let what = "this is no argon2id hash".to_owned();
                let help = "it starts with $argon2id$; or keep the password in a password_file";
                self.mistakes.push(Mistake::at(self.place(hash), what).help(help));
            }
            return Some(DesiredPassword::Hash(PasswordHash::new(&**hash)));
        }
        let file = raw.password_file.as_ref()?;
        let password = Password::new(self.page.input.secret(file, self.mistakes)?);
        self.check_password(raw, file, &password);
        Some(DesiredPassword::Plain(password))
    }

    /// A password in a file is as long as one that is set by hand.
    fn check_password(&mut self, raw: &raw::User, file: &At<String>, password: &Password) {
        let Ok(username) = raw.username.parse() else { return };
        if let Err(AdminError::Invalid(wrong)) = check_password(&username, password) {
            for wrong in wrong {
                self.note(file, wrong.message);
            }
        }
    }

    pub(super) fn group(&mut self, raw: &At<raw::Group>) -> Option<Group> {
        let id = self.parsed(&raw.id)?;
        Some(Group { id, description: raw.description.clone(), managed: self.managed(raw) })
    }

    pub(super) fn consent(&mut self, raw: &At<raw::Consent>) -> Option<Consent> {
        let (client, resource) = (self.parsed(&raw.client), self.parsed(&raw.resource));
        let scopes = self.scopes(&raw.scopes);
        let whom = self.whom(&raw.whom);
        let mut consent = Consent {
            id: ConsentId::parse("file").ok()?,
            client: client?,
            resource: resource?,
            scopes,
            given: Given::ByAdmin(whom?),
            at: Timestamp::default(),
            managed: self.managed(raw),
        };
        consent.id = consent_id(&consent)?;
        Some(consent)
    }
}

/// The id of a consent in a file: the same as long as it says the same, so that a reload changes nothing.
fn consent_id(consent: &Consent) -> Option<ConsentId> {
    let said = (&consent.client, &consent.resource, &consent.given, &consent.scopes);
    let digest = sha256(&serde_json::to_vec(&said).ok()?);
    ConsentId::parse(format!("file-{}", ConsentId::from_random(half(&digest)))).ok()
}
