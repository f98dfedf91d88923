//! What each change does to a tenant's memory, and what stands against it.

use super::state::{Leaving, Once, State};
use crate::{keeping, names};
use stead_core::commit::{self, Change, Conflict, Expected};
use stead_core::model::application::Application;
use stead_core::model::code::{CodeGrant, Use};
use stead_core::model::factors::Factors;
use stead_core::model::refresh::{RefreshGrant, within_grace};
use stead_core::model::revocation::Revocation;
use stead_core::model::session::Session;
use stead_core::model::user::User;
use stead_proto::id::{ClientId, GroupId, Subject};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

impl State {
    /// Applies one change at an instant. Facts are set aside: they hold only once all of the commit does.
    pub(super) fn apply(
        &mut self,
        change: Change,
        now: Timestamp,
        facts: &mut Vec<Revocation>,
    ) -> Result<(), Conflict> {
        match change {
            Change::Expect(expected) => return self.expect(&expected),
            Change::PutApplication(application) => return self.put_application(*application),
            Change::DeleteApplication(id) => self.delete_application(&id),
            Change::PutUser(user) => return self.put_user(*user),
            Change::DeleteUser(id) => self.delete_user(&id),
            Change::PutFactors(id, factors) => return self.put_factors(id, *factors),
            Change::PutGroup(group) => self.groups.put(group.id.clone(), group),
            Change::DeleteGroup(id) => self.delete_group(&id),
            Change::PutConsent(consent) => self.consents.put(consent.id.clone(), consent),
            Change::DeleteConsent(id) => _ = self.consents.remove(&id),
            Change::PutSession(session) => self.put_session(session),
            Change::PutCode(code, grant) => self.put_code(code, *grant),
            Change::SpendCode(code, at) => return self.spend_code(code, at),
            Change::PutDevice(code, grant) => return self.put_device(code, *grant, now),
            Change::Device(code, change) => return self.change_device(code, &change),
            Change::PutRefresh(token, grant) => self.put_refresh(token, *grant),
            Change::SpendRefresh { token, at, grace } => {
                return self.spend_refresh(token, (at, grace));
            }
            Change::SpendOnce(once) => return self.spend_once(&once, now),
            // They leave once all of the commit holds.
            Change::CutRecords { chain, through } if self.has(chain, through) => {}
            Change::CutRecords { .. } => return Err(Conflict::Changed),
            Change::Revoke(fact) => facts.push(fact),
            Change::PutKey(key) => self.keys.put(key.kid.clone(), key),
            Change::PutTrustedIssuer(issuer) => {
                self.trusted_issuers.put(issuer.issuer.clone(), issuer);
            }
            Change::DeleteTrustedIssuer(issuer) => _ = self.trusted_issuers.remove(&issuer),
        }
        Ok(())
    }

    fn expect(&self, expected: &Expected) -> Result<(), Conflict> {
        let so = match expected {
            Expected::Application(id, entry) => self.applications.get(id) == entry.as_ref(),
            Expected::User(id, entry) => self.users.get(id) == entry.as_ref(),
            Expected::Factors(id, factors) => self.factors_of(id) == *factors,
            Expected::Group(id, entry) => self.groups.get(id) == entry.as_ref(),
            Expected::Alive(descent) => {
                return descent
                    .alive(&self.facts.about(&descent.ancestors))
                    .map_err(Conflict::Ended);
            }
            Expected::Keys(keys) => self.keys_by_age() == *keys,
        };
        if so { Ok(()) } else { Err(Conflict::Changed) }
    }

    fn put_application(&mut self, application: Application) -> Result<(), Conflict> {
        if self.users.get(&Subject::from(&application.id)).is_some() {
            return Err(Conflict::IdTaken);
        }
        let wanted = names::of_application(&application);
        let taken = wanted.iter().filter_map(|name| self.names.get(name));
        if let Some(by) = taken.into_iter().find(|by| **by != application.id) {
            return Err(Conflict::AudienceTaken { by: by.clone() });
        }
        self.delete_application(&application.id);
        for name in wanted {
            self.names.put(name, application.id.clone());
        }
        self.applications.put(application.id.clone(), application);
        Ok(())
    }

    fn delete_application(&mut self, id: &ClientId) {
        if let Some(old) = self.applications.remove(id) {
            for name in names::of_application(&old) {
                self.names.remove(&name);
            }
        }
    }

    fn put_user(&mut self, user: User) -> Result<(), Conflict> {
        if self.applications.rows().contains_key(user.id.as_str()) {
            return Err(Conflict::IdTaken);
        }
        let name = names::of_user(&user.username);
        match self.usernames.get(&name) {
            Some(by) if *by != user.id => return Err(Conflict::UsernameTaken { by: by.clone() }),
            _ => self.forget_username(&user.id),
        }
        self.usernames.put(name, user.id.clone());
        self.users.put(user.id.clone(), user);
        Ok(())
    }

    fn delete_user(&mut self, id: &Subject) {
        self.forget_username(id);
        self.forget_factors(id);
        self.users.remove(id);
    }

    fn forget_username(&mut self, id: &Subject) {
        if let Some(old) = self.users.get(id).map(|user| names::of_user(&user.username)) {
            self.usernames.remove(&old);
        }
    }

    fn put_factors(&mut self, id: Subject, factors: Factors) -> Result<(), Conflict> {
        if self.users.get(&id).is_none() {
            return Err(Conflict::Changed);
        }
        self.forget_factors(&id);
        for passkey in &factors.passkeys {
            if self.passkeys.get(&passkey.id).is_some() {
                return Err(Conflict::PasskeyTaken);
            }
            self.passkeys.put(passkey.id.clone(), id.clone());
        }
        if !factors.is_empty() {
            self.factors.put(id, factors);
        }
        Ok(())
    }

    fn forget_factors(&mut self, id: &Subject) {
        let old = self.factors.remove(id).unwrap_or_default();
        for passkey in old.passkeys {
            self.passkeys.remove(&passkey.id);
        }
    }

    fn delete_group(&mut self, id: &GroupId) {
        self.groups.remove(id);
        let members = self.users.values().filter(|user| user.groups.contains(id));
        for mut member in members.cloned().collect::<Vec<_>>() {
            member.groups.remove(id);
            self.users.put(member.id.clone(), member);
        }
    }

    fn put_session(&mut self, session: Session) {
        if let Some(old) = self.sessions.get(&session.id).map(keeping::session) {
            self.leaving.remove(&(old, Leaving::Session(session.id.clone())));
        }
        self.forget_session(&session.id);
        self.leaving.put((keeping::session(&session), Leaving::Session(session.id.clone())), ());
        self.session_secrets.put(session.secret, session.id.clone());
        self.sessions.put(session.id.clone(), session);
    }

    /// A code on file stays as it is: putting it again must not make a spent one fresh.
    fn put_code(&mut self, code: SecretHash, grant: CodeGrant) {
        if self.codes.get(&code).is_none() {
            self.leaving.put((keeping::code(&grant), Leaving::Code(code)), ());
            self.codes.put(code, Once { grant, used: Use::Fresh });
        }
    }

    fn spend_code(&mut self, code: SecretHash, at: Timestamp) -> Result<(), Conflict> {
        let kept = self.codes.get(&code).filter(|kept| kept.used == Use::Fresh);
        let grant = kept.ok_or(Conflict::CodeSpent)?.grant.clone();
        self.codes.put(code, Once { grant, used: Use::Spent(at) });
        Ok(())
    }

    fn put_refresh(&mut self, token: SecretHash, grant: RefreshGrant) {
        if self.refresh_tokens.get(&token).is_none() {
            self.leaving.put((keeping::refresh(&grant), Leaving::Refresh(token)), ());
            self.refresh_tokens.put(token, Once { grant, used: Use::Fresh });
        }
    }

    /// The first use stays on file: the grace is counted from it.
    fn spend_refresh(
        &mut self,
        token: SecretHash,
        (at, grace): (Timestamp, Seconds),
    ) -> Result<(), Conflict> {
        let kept = self.refresh_tokens.get(&token).ok_or(Conflict::RefreshSpent)?;
        match kept.used {
            Use::Fresh => {
                let grant = kept.grant.clone();
                self.refresh_tokens.put(token, Once { grant, used: Use::Spent(at) });
                Ok(())
            }
            Use::Spent(first) if within_grace(first, at, grace) => Ok(()),
            Use::Spent(_) => Err(Conflict::RefreshSpent),
        }
    }

    fn spend_once(&mut self, once: &commit::Once, now: Timestamp) -> Result<(), Conflict> {
        if let Some(until) = self.once.get(&once.key).copied() {
            if until >= now {
                return Err(Conflict::OnceSpent);
            }
            self.leaving.remove(&(keeping::once(until), Leaving::Once(once.key)));
        }
        self.leaving.put((keeping::once(once.until), Leaving::Once(once.key)), ());
        self.once.put(once.key, once.until);
        Ok(())
    }
}
