//! Applications: their entries, their permissions and edges, and what they prove themselves with.

use super::condition::retried;
use super::mistake::{Object, Report};
use super::validate::{Names, World, mistakes_of_application, takes_issuer};
use super::{Admin, AdminError, Put, fact, lines, ours};
use crate::commit::{Change, Expected};
use crate::model::application::{Application, Credential};
use crate::model::consent::Consent;
use crate::model::managed::Managed;
use crate::model::permission::Whom;
use crate::model::revocation::Ancestor;
use crate::model::user::User;
use crate::moment::Moment;
use crate::ports::StoreError;
use std::sync::Arc;
use stead_proto::digest::sha256;
use stead_proto::id::{ClientId, Subject};
use stead_proto::secret::ClientSecret;
use stead_proto::time::{Seconds, Timestamp};

/// A secret just made: the only time that it is shown.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// What to call it when it is to be removed.
    pub name: String,
    /// The secret.
    pub secret: ClientSecret,
    /// When it stops being accepted.
    pub expires: Option<Timestamp>,
}

/// What a credential is called: made from what is on file, and telling nothing of the secret.
#[must_use]
pub fn credential_name(credential: &Credential) -> String {
    match credential {
        Credential::Secret { hash, .. } => format!("secret-{}", short(hash.0.as_bytes())),
        Credential::Keys(keys) => {
            let written = serde_json::to_vec(keys).unwrap_or_default();
            format!("keys-{}", short(&written))
        }
        Credential::Federated(agreed) => {
            let written = serde_json::to_vec(agreed).unwrap_or_default();
            format!("federated-{}", short(&written))
        }
    }
}

/// The beginning of a digest: enough to tell a handful of credentials apart.
fn short(bytes: &[u8]) -> String {
    sha256(bytes).to_string().chars().take(10).collect()
}

fn object(id: &ClientId) -> Object {
    Object::new("application", id)
}

impl Admin<'_> {
    /// All applications, by id.
    pub async fn applications(&self) -> Result<Vec<Application>, AdminError> {
        Ok(self.sts.store.applications().await?)
    }

    /// One application.
    pub async fn application(&self, id: &ClientId) -> Result<Application, AdminError> {
        let found = self.sts.store.application(id).await?;
        found.map(Arc::unwrap_or_clone).ok_or_else(|| AdminError::NotFound(object(id)))
    }

    /// Registers an application, or replaces its entry. Its secrets stay as they are: they come and go
    /// with [`Self::add_secret`] and [`Self::remove_credential`]. Disabling it ends its tokens.
    pub async fn put_application(
        &self,
        application: Application,
        moment: &Moment,
    ) -> Result<Put<Application>, AdminError> {
        retried(|| self.put_application_once(application.clone(), moment)).await
    }

    async fn put_application_once(
        &self,
        mut application: Application,
        moment: &Moment,
    ) -> Result<Put<Application>, AdminError> {
        let before = self.found_application(&application.id).await?;
        application.managed = Managed::Api;
        let is_secret = |it: &Credential| matches!(it, Credential::Secret { .. });
        application.credentials.retain(|credential| !is_secret(credential));
        let kept = before.iter().flat_map(|before| &before.credentials);
        application.credentials.extend(kept.filter(|it| is_secret(it)).cloned());
        self.check(&application).await?;
        self.replace(before.as_ref(), &application, moment).await?;
        Ok(Put::of(application, before.as_ref()))
    }

    /// Removes an application, the consents it was given and those towards it; ends its tokens.
    pub async fn delete_application(
        &self,
        id: &ClientId,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        retried(|| self.delete_application_once(id, moment)).await
    }

    async fn delete_application_once(
        &self,
        id: &ClientId,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let application = self.present_application(id).await?;
        let mut changes =
            vec![still(id, Some(&application)), Change::DeleteApplication(id.clone())];
        changes.push(Change::Revoke(fact(Ancestor::Client(id.clone()), "deleted", moment)));
        let mut lines = vec![format!("application {id}: removed")];
        let consents = self.sts.store.consents(None, None).await?;
        for consent in
            consents.iter().filter(|it| !it.managed.by_file() && is_about(it, &application))
        {
            changes.push(Change::DeleteConsent(consent.id.clone()));
            lines.push(lines::of_consent(consent, "withdrawn with it"));
        }
        self.change(changes, lines, moment).await
    }

    /// Lets an application take part again.
    pub async fn enable_application(
        &self,
        id: &ClientId,
        moment: &Moment,
    ) -> Result<Application, AdminError> {
        retried(|| self.switch_application(id, true, moment)).await
    }

    /// Stops an application at once: it gets no more tokens, and those it had a part in end.
    pub async fn disable_application(
        &self,
        id: &ClientId,
        moment: &Moment,
    ) -> Result<Application, AdminError> {
        retried(|| self.switch_application(id, false, moment)).await
    }

    async fn switch_application(
        &self,
        id: &ClientId,
        enabled: bool,
        moment: &Moment,
    ) -> Result<Application, AdminError> {
        let before = self.present_application(id).await?;
        let application = Application { enabled, ..before.clone() };
        self.replace(Some(&before), &application, moment).await?;
        Ok(application)
    }

    /// Gives an application a new secret beside those it has. Only its hash is kept.
    pub async fn add_secret(
        &self,
        id: &ClientId,
        lifetime: Option<Seconds>,
        moment: &Moment,
    ) -> Result<NewSecret, AdminError> {
        retried(|| self.add_secret_once(id, lifetime, moment)).await
    }

    async fn add_secret_once(
        &self,
        id: &ClientId,
        lifetime: Option<Seconds>,
        moment: &Moment,
    ) -> Result<NewSecret, AdminError> {
        let before = self.present_application(id).await?;
        let secret = moment.client_secret();
        let expires = lifetime.map(|lifetime| moment.now + lifetime);
        let credential = Credential::Secret { hash: secret.hash(), expires };
        let name = credential_name(&credential);
        let mut application = before.clone();
        application.credentials.push(credential);
        keeps_secrets(&application)?;
        self.replace(Some(&before), &application, moment).await?;
        Ok(NewSecret { name, secret, expires })
    }

    /// Removes a secret, a key set or a federated credential. Tokens that were obtained with it live on: if it leaked, revoke
    /// the client too.
    pub async fn remove_credential(
        &self,
        id: &ClientId,
        name: &str,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        retried(|| self.remove_credential_once(id, name, moment)).await
    }

    async fn remove_credential_once(
        &self,
        id: &ClientId,
        name: &str,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let before = self.present_application(id).await?;
        let mut application = before.clone();
        application.credentials.retain(|credential| credential_name(credential) != name);
        if application.credentials.len() == before.credentials.len() {
            return Err(AdminError::NotFound(Object::new("credential", name)));
        }
        self.replace(Some(&before), &application, moment).await
    }

    /// An application that is about to be changed, if there is one: as expected, and no file's.
    async fn found_application(&self, id: &ClientId) -> Result<Option<Application>, AdminError> {
        let found = self.sts.store.application(id).await?.map(Arc::unwrap_or_clone);
        self.expects(|| object(id), found.as_ref())?;
        if let Some(application) = &found {
            ours(object(id), &application.managed)?;
        }
        Ok(found)
    }

    async fn present_application(&self, id: &ClientId) -> Result<Application, AdminError> {
        let found = self.found_application(id).await?;
        found.ok_or_else(|| AdminError::NotFound(object(id)))
    }

    async fn replace(
        &self,
        before: Option<&Application>,
        after: &Application,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        if before == Some(after) {
            return Ok(());
        }
        let mut changes =
            vec![still(&after.id, before), Change::PutApplication(Box::new(after.clone()))];
        if before.is_some_and(|before| before.enabled) && !after.enabled {
            let about = Ancestor::Client(after.id.clone());
            changes.push(Change::Revoke(fact(about, "disabled", moment)));
        }
        self.change(changes, lines::of_application(before, after), moment).await
    }

    /// Whether it is sound, among everything else on file.
    async fn check(&self, application: &Application) -> Result<(), AdminError> {
        let (mut world, mut names) = (World::default(), Names::default());
        for other in self.sts.store.applications().await? {
            if other.id != application.id {
                world.add_application(&other);
                // What is already there is not this change's to put right.
                let _ = names.take(&other);
            }
        }
        world.add_application(application);
        self.sts.store.groups().await?.iter().for_each(|group| world.add_group(&group.id));
        for user in self.named_in(application).await? {
            world.add_user(&user);
        }
        let mut mistakes = names.take(application);
        mistakes.extend(takes_issuer(application, &self.sts.issuer));
        mistakes.extend(mistakes_of_application(application, &world));
        if mistakes.is_empty() { Ok(()) } else { Err(AdminError::Invalid(mistakes)) }
    }

    /// The users that an application's entry speaks of, as far as they exist.
    async fn named_in(&self, application: &Application) -> Result<Vec<User>, StoreError> {
        let edges = application.may_act.iter().map(|edge| &edge.applies_to);
        let assigned = application.assignments.iter().map(|assignment| &assignment.applies_to);
        let mut users = Vec::new();
        let as_user = Whom::User(Subject::from(&application.id));
        for whom in edges.chain(assigned).chain([&as_user]) {
            if let Whom::User(id) = whom {
                users.extend(self.sts.store.user(id).await?.map(Arc::unwrap_or_clone));
            }
        }
        Ok(users)
    }
}

pub(super) fn still(id: &ClientId, application: Option<&Application>) -> Change {
    Change::Expect(Box::new(Expected::Application(id.clone(), application.cloned())))
}

/// Whether it is of a kind that can keep what it proves itself with.
fn keeps_secrets(application: &Application) -> Result<(), AdminError> {
    if application.is_confidential() {
        return Ok(());
    }
    let mut report = Report::on(object(&application.id), &application.managed);
    report.say("credentials", "an application of this kind keeps no secret");
    Err(AdminError::Invalid(report.done()))
}

/// Whether a consent was given to an application, or for the use of it.
pub(super) fn is_about(consent: &Consent, application: &Application) -> bool {
    consent.client == application.id || application.is_addressed_by(&consent.resource)
}
