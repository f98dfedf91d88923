//! Sessions: who is signed in, and ending one.

use super::mistake::Object;
use super::{Admin, AdminError, fact};
use crate::commit::Change;
use crate::liveness::Descent;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::session::Session;
use crate::moment::Moment;
use crate::ports::StoreError;
use stead_proto::id::{SessionId, Subject};

impl Admin<'_> {
    /// Sessions that are alive, of one user if one is named; newest first, at most so many.
    pub async fn sessions(
        &self,
        user: Option<&Subject>,
        limit: usize,
        moment: &Moment,
    ) -> Result<Vec<Session>, AdminError> {
        let mut read = limit;
        loop {
            let sessions = self.sts.store.sessions(user, read).await?;
            let all = sessions.len() < read;
            let mut alive = self.alive(sessions, moment).await?;
            if all || alive.len() >= limit {
                alive.truncate(limit);
                return Ok(alive);
            }
            // Some of them were ended: look further back.
            read = read.saturating_mul(4);
        }
    }

    /// Whoever ends all that a user has open means also what began by a clock that was ahead: that of another
    /// node, or ours before it was set back. No fact about the user reaches it, for it says no more than until
    /// when; so these sessions, which are none while the clocks are right, end by their names. Whoever signs in
    /// from now on is let in, whatever the clock said before.
    pub(super) async fn begun_ahead(&self, changes: &[Change]) -> Result<Vec<Change>, StoreError> {
        let mut ended = Vec::new();
        for change in changes {
            let Change::Revoke(fact) = change else { continue };
            let Ancestor::User(user) = &fact.about else { continue };
            let sessions = self.sts.store.sessions(Some(user), usize::MAX).await?;
            let ahead = sessions.into_iter().filter(|it| it.auth_time > fact.at);
            let named =
                ahead.map(|it| Revocation { about: Ancestor::Session(it.id), ..fact.clone() });
            ended.extend(named.map(Change::Revoke));
        }
        Ok(ended)
    }

    async fn alive(
        &self,
        sessions: Vec<Session>,
        moment: &Moment,
    ) -> Result<Vec<Session>, AdminError> {
        let about: Vec<Ancestor> = sessions.iter().flat_map(|it| descent(it).ancestors).collect();
        let facts = self.sts.store.revocations(&about).await?;
        let alive = |it: &Session| it.expires > moment.now && descent(it).alive(&facts).is_ok();
        Ok(sessions.into_iter().filter(alive).collect())
    }

    /// One session, alive or not.
    pub async fn session(&self, id: &SessionId) -> Result<Session, AdminError> {
        let found = self.sts.store.session(id).await?;
        found.ok_or_else(|| AdminError::NotFound(Object::new("session", id)))
    }

    /// Ends a session and all that came of it.
    pub async fn end_session(&self, id: &SessionId, moment: &Moment) -> Result<(), AdminError> {
        let session = self.session(id).await?;
        self.state(fact(Ancestor::Session(session.id), "ended by an administrator", moment), moment)
            .await
    }
}

fn descent(session: &Session) -> Descent {
    Descent {
        ancestors: vec![
            Ancestor::User(session.user.clone()),
            Ancestor::Session(session.id.clone()),
        ],
        auth: session.auth_time,
        since: session.started,
    }
}
