//! The browser's session: found, begun, renewed. Its secret changes with every sign-in.

use super::{Asked, Browser, Visit, unexpected};
use crate::commit::{Change, Conflict, Expected};
use crate::denied::Denied;
use crate::liveness::Descent;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::session::Session;
use crate::model::user::User;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::acr::{Acr, Amr};
use stead_proto::authorize::{AuthorizeRequest, ReturnAddress};
use stead_proto::id::Username;
use stead_proto::secret::SessionSecret;

/// A session just begun or renewed.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// What the browser's cookie is set to.
    pub secret: SessionSecret,
}

/// A session that is alive, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub(super) session: Session,
    pub(super) user: User,
}

/// Who proved who they are, and by what means. Made where it was proved, and nowhere else.
#[derive(Debug)]
pub(super) struct Proof<'a> {
    pub(super) user: &'a User,
    pub(super) amr: Vec<Amr>,
    /// What is used up by it.
    pub(super) changes: Vec<Change>,
}

impl Sts {
    /// The user a typed name stands for, if somebody has it and could sign in with a password.
    pub async fn account_for(&self, username: &str) -> Result<Option<User>, StoreError> {
        let user = self.user_called(username).await?;
        Ok(user.filter(|user| user.enabled && user.password.is_some()))
    }

    /// Puts a sign-in that failed on record. The typed name is kept only if somebody has it: a
    /// stranger's typing may be a password.
    pub async fn sign_in_failed(&self, username: &str, moment: &Moment) -> Result<(), StoreError> {
        let user = self.user_called(username).await?;
        let event = Event::SignIn {
            username: user.as_ref().map(|user| user.username.clone()),
            subject: user.map(|user| user.id),
            session: None,
        };
        self.keep(vec![], event, Outcome::from(&Denied::PasswordWrong), moment).await
    }

    /// Begins a session on the password alone.
    pub(super) async fn by_password(
        &self,
        user: &User,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<NewSession, StoreError> {
        let proof = Proof { user, amr: vec![Amr::Pwd], changes: Vec::new() };
        self.begin(proof, visit, moment).await?.map_err(unexpected)
    }

    /// Begins a session for a user who just proved who they are, or renews theirs. A session of somebody
    /// else in the same browser ends. Whoever was changed since they were read is not let in.
    pub(super) async fn begin(
        &self,
        Proof { user, amr, changes }: Proof<'_>,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Result<NewSession, Conflict>, StoreError> {
        let before = self.session_of(visit.browser, moment).await?.map(|before| before.session);
        let renewed = before.as_ref().filter(|before| before.user == user.id);
        let replaced = before.as_ref().filter(|before| before.user != user.id);

        let secret = moment.session_secret();
        let session = Session {
            id: renewed.map_or_else(|| moment.session_id(), |before| before.id.clone()),
            user: user.id.clone(),
            secret: secret.hash(),
            started: renewed.map_or(moment.now, |before| before.started),
            auth_time: moment.now,
            acr: strength(&amr, renewed.is_some(), visit.asked),
            amr,
            expires: moment.now + self.settings.session,
        };
        // The proof was right for the user as they were: if they are not any more, it may be another.
        let still = Expected::User(user.id.clone(), Some(user.clone()));
        let mut changes = [vec![Change::Expect(Box::new(still))], changes].concat();
        changes.push(Change::PutSession(session.clone()));
        changes.extend(replaced.map(|old| ended(old, "another user signed in", moment)));
        let event = Event::SignIn {
            username: Some(user.username.clone()),
            subject: Some(user.id.clone()),
            session: Some(session.id.clone()),
        };
        let kept = self.keep_unless(changes, (event, Outcome::Done), moment).await?;
        Ok(kept.map(|()| NewSession { session, secret }))
    }

    /// The browser's session, if it is alive: not past its end, its user enabled, nothing revoked.
    pub(super) async fn session_of(
        &self,
        browser: &Browser,
        moment: &Moment,
    ) -> Result<Option<SignedIn>, StoreError> {
        let Some(secret) = &browser.session else { return Ok(None) };
        let Some(session) = self.store.session_by_secret(&secret.hash()).await? else {
            return Ok(None);
        };
        if session.expires <= moment.now {
            return Ok(None);
        }
        let Some(user) = self.store.user(&session.user).await?.filter(|user| user.enabled) else {
            return Ok(None);
        };
        let descent = Descent {
            ancestors: vec![
                Ancestor::User(session.user.clone()),
                Ancestor::Session(session.id.clone()),
            ],
            auth: session.auth_time,
            since: session.started,
        };
        let facts = self.store.revocations(&descent.ancestors).await?;
        let user = Arc::unwrap_or_clone(user);
        Ok(descent.alive(&facts).is_ok().then_some(SignedIn { session, user }))
    }

    async fn user_called(&self, typed: &str) -> Result<Option<User>, StoreError> {
        match Username::parse(typed.trim()) {
            Ok(name) => self.store.user_named(&name).await,
            Err(_) => Ok(None),
        }
    }
}

/// The fact that a session ended.
pub(super) fn ended(session: &Session, why: &str, moment: &Moment) -> Change {
    Change::Revoke(Revocation {
        about: Ancestor::Session(session.id.clone()),
        at: moment.now,
        why: why.to_owned(),
    })
}

/// Two factors are two factors. A user who was signed in proved it again; so did one whose request demanded
/// a fresh proof.
fn strength(amr: &[Amr], renewed: bool, asked: Asked<'_>) -> Acr {
    if amr.contains(&Amr::Mfa) {
        Acr::MultiFactor
    } else if renewed || demanded(asked) >= Some(Acr::Reauthenticated) {
        Acr::Reauthenticated
    } else {
        Acr::Password
    }
}

/// The strength a request demands, as far as it can be read.
pub(super) fn demanded(asked: Asked<'_>) -> Option<Acr> {
    let Asked::Form(form) = asked else { return None };
    let back = ReturnAddress::read(form).ok()?;
    AuthorizeRequest::read(form, back).ok()?.sign_in.step_up.acr
}
