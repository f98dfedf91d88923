//! Users: their entries, their passwords, and signing them out.

use super::condition::retried;
use super::mistake::{Mistake, Object, Report};
use super::validate::{World, mistakes_of_user};
use super::{Admin, AdminError, Put, fact, lines, ours};
use crate::commit::{Change, Expected};
use crate::model::consent::{Consent, Given};
use crate::model::managed::Managed;
use crate::model::revocation::Ancestor;
use crate::model::user::{PasswordHash, User};
use crate::moment::Moment;
use std::sync::Arc;
use stead_proto::id::{ClientId, Subject, Username};
use stead_proto::secret::Password;

/// Shortest password taken, in characters (NIST SP 800-63B-4 §3.1.1.2).
const MIN_PASSWORD: usize = 8;

/// Longest password taken, in bytes.
const MAX_PASSWORD: usize = 1024;

fn object(id: &Subject) -> Object {
    Object::new("user", id)
}

/// Whether a password may be set, before anybody spends time on hashing it.
pub fn check_password(username: &Username, password: &Password) -> Result<(), AdminError> {
    let text = password.expose();
    let problem = if text.chars().count() < MIN_PASSWORD {
        "a password has at least 8 characters"
    } else if text.len() > MAX_PASSWORD {
        "a password has at most 1024 bytes"
    } else if text.eq_ignore_ascii_case(username.as_str()) {
        "a password is not the user name"
    } else {
        return Ok(());
    };
    let mut report = Report::on(Object::new("user", username), &Managed::Api);
    report.say("password", problem);
    Err(AdminError::Invalid(report.done()))
}

impl Admin<'_> {
    /// Users in the order of their ids, after one, at most so many.
    pub async fn users(
        &self,
        after: Option<&Subject>,
        limit: usize,
    ) -> Result<Vec<User>, AdminError> {
        Ok(self.sts.store.users(after, limit).await?)
    }

    /// One user.
    pub async fn user(&self, id: &Subject) -> Result<User, AdminError> {
        let found = self.sts.store.user(id).await?;
        found.map(Arc::unwrap_or_clone).ok_or_else(|| AdminError::NotFound(object(id)))
    }

    /// One user by the name they sign in with.
    pub async fn user_named(&self, name: &Username) -> Result<User, AdminError> {
        let found = self.sts.store.user_named(name).await?;
        found.ok_or_else(|| AdminError::NotFound(Object::new("user", name)))
    }

    /// Adds a user, or replaces their entry. The password stays as it is; disabling them ends what they
    /// have open.
    pub async fn put_user(&self, user: User, moment: &Moment) -> Result<Put<User>, AdminError> {
        retried(|| self.put_user_once(user.clone(), moment)).await
    }

    async fn put_user_once(
        &self,
        mut user: User,
        moment: &Moment,
    ) -> Result<Put<User>, AdminError> {
        let before = self.found_user(&user.id).await?;
        user.managed = Managed::Api;
        user.password = before.as_ref().and_then(|before| before.password.clone());
        self.check_user(&user).await?;
        self.replace_user(before.as_ref(), &user, moment).await?;
        Ok(Put::of(user, before.as_ref()))
    }

    /// Removes a user and the consents they gave; ends everything they have open.
    pub async fn delete_user(&self, id: &Subject, moment: &Moment) -> Result<(), AdminError> {
        retried(|| self.delete_user_once(id, moment)).await
    }

    async fn delete_user_once(&self, id: &Subject, moment: &Moment) -> Result<(), AdminError> {
        let user = self.present_user(id).await?;
        let mut changes = vec![still(id, Some(&user)), Change::DeleteUser(id.clone())];
        changes.push(Change::Revoke(fact(Ancestor::User(id.clone()), "deleted", moment)));
        let mut lines = vec![format!("user {}: removed", user.username)];
        let consents = self.sts.store.consents(None, None).await?;
        for consent in consents.iter().filter(|consent| was_given_by(consent, id)) {
            changes.push(Change::DeleteConsent(consent.id.clone()));
            lines.push(lines::of_consent(consent, "withdrawn with them"));
        }
        self.change(changes, lines, moment).await
    }

    /// Lets a user sign in again.
    pub async fn enable_user(&self, id: &Subject, moment: &Moment) -> Result<User, AdminError> {
        retried(|| self.switch_user(id, true, moment)).await
    }

    /// Shuts a user out at once, everywhere.
    pub async fn disable_user(&self, id: &Subject, moment: &Moment) -> Result<User, AdminError> {
        retried(|| self.switch_user(id, false, moment)).await
    }

    async fn switch_user(
        &self,
        id: &Subject,
        enabled: bool,
        moment: &Moment,
    ) -> Result<User, AdminError> {
        let before = self.present_user(id).await?;
        let user = User { enabled, ..before.clone() };
        self.replace_user(Some(&before), &user, moment).await?;
        Ok(user)
    }

    /// Gives a user a new password, checked and hashed by the caller; ends what they have open.
    pub async fn set_password(
        &self,
        id: &Subject,
        password: PasswordHash,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        retried(|| self.set_password_once(id, password.clone(), moment)).await
    }

    async fn set_password_once(
        &self,
        id: &Subject,
        password: PasswordHash,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let before = self.present_user(id).await?;
        let user = User { password: Some(password), ..before.clone() };
        self.replace_user(Some(&before), &user, moment).await
    }

    /// Ends every session of a user and all that came of them.
    pub async fn sign_out_everywhere(
        &self,
        id: &Subject,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let user = self.user(id).await?;
        self.expects(|| object(id), Some(&user))?;
        self.state(fact(Ancestor::User(user.id), "signed out everywhere", moment), moment).await
    }

    /// A user who is about to be changed, if there is one: as expected, and no file's.
    async fn found_user(&self, id: &Subject) -> Result<Option<User>, AdminError> {
        let found = self.sts.store.user(id).await?.map(Arc::unwrap_or_clone);
        self.expects(|| object(id), found.as_ref())?;
        if let Some(user) = &found {
            ours(object(id), &user.managed)?;
        }
        Ok(found)
    }

    async fn present_user(&self, id: &Subject) -> Result<User, AdminError> {
        let found = self.found_user(id).await?;
        found.ok_or_else(|| AdminError::NotFound(object(id)))
    }

    async fn replace_user(
        &self,
        before: Option<&User>,
        after: &User,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        if before == Some(after) {
            return Ok(());
        }
        let mut changes = vec![still(&after.id, before), Change::PutUser(Box::new(after.clone()))];
        if let Some(why) = before.and_then(|before| why_shut_out(before, after)) {
            changes.push(Change::Revoke(fact(Ancestor::User(after.id.clone()), why, moment)));
        }
        self.change(changes, lines::of_user(before, after), moment).await
    }

    async fn check_user(&self, user: &User) -> Result<(), AdminError> {
        let mut world = World::default();
        self.sts.store.groups().await?.iter().for_each(|group| world.add_group(&group.id));
        if let Ok(as_client) = ClientId::parse(user.id.as_str())
            && let Some(application) = self.sts.store.application(&as_client).await?
        {
            world.add_application(&application);
        }
        let mistakes: Vec<Mistake> = mistakes_of_user(user, &world);
        if mistakes.is_empty() { Ok(()) } else { Err(AdminError::Invalid(mistakes)) }
    }
}

pub(super) fn still(id: &Subject, user: Option<&User>) -> Change {
    Change::Expect(Box::new(Expected::User(id.clone(), user.cloned())))
}

/// Why a change of a user's entry ends what they have open, if it does. Groups are asked live.
pub(super) fn why_shut_out(before: &User, after: &User) -> Option<&'static str> {
    if before.enabled && !after.enabled {
        Some("disabled")
    } else if before.password.is_some() && before.password != after.password {
        Some("password changed")
    } else {
        None
    }
}

/// Whether this user gave it for themselves.
pub(super) fn was_given_by(consent: &Consent, id: &Subject) -> bool {
    matches!(&consent.given, Given::ByUser(user) if user == id)
}
