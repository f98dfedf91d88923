//! Gathers the facts of an exchange, then asks the rules once. The one way to an exchanged token, for
//! both dialects, for every later refresh and, run to its end, for `explain`.

use crate::denied::Denied;
use crate::error::Stop;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::subject::SubjectFacts;
use crate::model::user::User;
use crate::moment::Moment;
use crate::policy::{self, Facts, Permit};
use crate::ports::StoreError;
use crate::record::TokenEvent;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::acr::Acr;
use stead_proto::grants::Target;
use stead_proto::id::ClientId;
use stead_proto::time::Timestamp;

/// What an exchange is asked with.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// What the subject token says, or why it will not do.
    pub subject: Result<Arc<SubjectFacts>, Denied>,
    /// Whom the actor token speaks of.
    pub actor: Option<Result<ClientId, Denied>>,
    /// At what it points.
    pub target: &'a Target,
}

/// What is on file about it.
#[derive(Debug)]
pub(crate) struct OnFile {
    user: Option<Arc<User>>,
    through: Vec<(ClientId, Option<Arc<Application>>)>,
    revocations: Vec<Revocation>,
    resource: Option<Arc<Application>>,
    consents: Vec<Arc<Consent>>,
}

/// Gathers and decides.
pub(crate) async fn permit(
    sts: &Sts,
    client: &Application,
    asked: &Asked<'_>,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Permit, Stop> {
    event.resource.clone_from(&asked.target.resource);
    if let Ok(subject) = &asked.subject {
        event.subject = Some(subject.user.clone());
        event.session.clone_from(&subject.session);
        event.from.clone_from(&subject.token);
        event.through = subject.through();
    }
    let on_file = gather(sts, client, asked).await?;
    match policy::decide(&on_file.facts(sts, client, asked, moment.now)) {
        Ok(permit) => Ok(permit),
        Err(denied) => Err(sts.more_of(denied, on_file.user()).await?.into()),
    }
}

impl Sts {
    /// Says of a step-up to two factors whether the user has to add one first.
    async fn more_of(&self, denied: Denied, user: Option<&User>) -> Result<Denied, StoreError> {
        match (denied, user) {
            (Denied::StepUpRequired(ask), Some(user)) if ask.acr == Some(Acr::MultiFactor) => {
                let enrolled = self.store.factors(&user.id).await?.enrolled();
                Ok(if enrolled {
                    Denied::StepUpRequired(ask)
                } else {
                    Denied::EnrolmentRequired(ask)
                })
            }
            (denied, _) => Ok(denied),
        }
    }
}

/// Everything the rules may ask about, read before the first is asked.
pub(crate) async fn gather(
    sts: &Sts,
    client: &Application,
    asked: &Asked<'_>,
) -> Result<OnFile, StoreError> {
    let store = &sts.store;
    let resource = match &asked.target.resource {
        Some(audience) => store.resource(audience).await?,
        None => None,
    };
    let towards = resource.as_ref().and_then(|on_file| on_file.audience.as_ref());
    let consents = match (towards, &asked.subject) {
        (Some(towards), Ok(subject)) => {
            store.consents_for(&client.id, towards, &subject.user).await?
        }
        _ => Vec::new(),
    };
    let mut about: Vec<Ancestor> =
        consents.iter().map(|consent| Ancestor::Consent(consent.id.clone())).collect();
    let (mut user, mut through) = (None, Vec::new());
    if let Ok(subject) = &asked.subject {
        user = store.user(&subject.user).await?;
        about.extend(subject.descent().and_client(&client.id).ancestors);
        for id in subject.through() {
            let on_file = store.application(&id).await?;
            through.push((id, on_file));
        }
    }
    let revocations = store.revocations(&about).await?;
    Ok(OnFile { user, through, revocations, resource, consents })
}

impl OnFile {
    /// The user it is about.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_deref()
    }

    /// As the rules see it.
    pub(crate) fn facts<'a>(
        &'a self,
        sts: &'a Sts,
        client: &'a Application,
        asked: &'a Asked<'_>,
        now: Timestamp,
    ) -> Facts<'a> {
        Facts {
            issuer: &sts.issuer,
            client,
            subject: &asked.subject,
            user: self.user.as_ref(),
            through: &self.through,
            revocations: &self.revocations,
            proof: None,
            actor: asked.actor.as_ref(),
            target: asked.target,
            resource: self.resource.as_deref(),
            consents: &self.consents,
            settings: &sts.settings,
            now,
        }
    }
}
