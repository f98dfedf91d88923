//! Revocations: what was stopped, and stopping something by its id.

use super::mistake::{Object, Report};
use super::{Admin, AdminError, fact};
use crate::model::managed::Managed;
use crate::model::revocation::{Ancestor, Revocation};
use crate::moment::Moment;

/// Longest reason taken, in characters.
const MAX_WHY: usize = 200;

impl Admin<'_> {
    /// Facts, newest first, at most so many.
    pub async fn revocations(&self, limit: usize) -> Result<Vec<Revocation>, AdminError> {
        Ok(self.sts.store.all_revocations(limit).await?)
    }

    /// Ends everything that descends from something, as of now. A consent is withdrawn by it.
    pub async fn revoke(
        &self,
        about: Ancestor,
        why: &str,
        moment: &Moment,
    ) -> Result<Revocation, AdminError> {
        self.may_be_revoked(&about, why).await?;
        let fact = fact(about, why, moment);
        match &fact.about {
            Ancestor::Consent(id) => self.withdraw(id, why, moment).await?,
            _ => self.state(fact.clone(), moment).await?,
        }
        Ok(fact)
    }

    /// Whether this can be revoked for this reason.
    pub async fn may_be_revoked(&self, about: &Ancestor, why: &str) -> Result<(), AdminError> {
        check_why(about, why)?;
        self.is_there(about).await
    }

    /// Whether it exists, where that is known here: a mistyped id must not pass for something stopped.
    /// Tokens and families are not kept, so any id of theirs is taken.
    async fn is_there(&self, about: &Ancestor) -> Result<(), AdminError> {
        match about {
            Ancestor::User(id) => self.user(id).await.map(drop),
            Ancestor::Session(id) => self.session(id).await.map(drop),
            Ancestor::Client(id) => self.application(id).await.map(drop),
            Ancestor::Consent(id) => self.consent(id).await.map(drop),
            Ancestor::Key(id) => {
                let known = self.sts.store.keys().await?.iter().any(|key| key.kid == *id);
                if known { Ok(()) } else { Err(AdminError::NotFound(Object::new("key", id))) }
            }
            Ancestor::Token(_) | Ancestor::Family(_) => Ok(()),
        }
    }
}

fn check_why(about: &Ancestor, why: &str) -> Result<(), AdminError> {
    let sound = !why.trim().is_empty()
        && why.chars().count() <= MAX_WHY
        && !why.chars().any(char::is_control);
    if sound {
        return Ok(());
    }
    let mut report = Report::on(Object::new(about.kind(), about.id()), &Managed::Api);
    report.say("why", "a reason is 1 to 200 characters on one line");
    Err(AdminError::Invalid(report.done()))
}
