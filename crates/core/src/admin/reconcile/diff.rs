//! From what is on file to what is desired, as one list of changes.
//!
//! Removals come before additions, so that a name that moves from one object to another is free by the
//! time it is taken. Before all of them stands what they are made from: where another node, which has read
//! the same files, or an administrator was faster, nothing is written, and it is planned anew.

use super::{Desired, DesiredPassword, DesiredUser, OnFile, Plan};
use crate::admin::applications::is_about;
use crate::admin::users::{was_given_by, why_shut_out};
use crate::admin::{AdminError, applications, fact, groups, lines, users};
use crate::commit::Change;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::managed::Managed;
use crate::model::revocation::Ancestor;
use crate::model::user::{PasswordHash, User};
use crate::moment::Moment;
use crate::ports::Passwords;
use stead_proto::id::ConsentId;

pub(super) struct Diff<'a> {
    desired: &'a Desired,
    on_file: &'a OnFile,
    moment: &'a Moment,
    plan: Plan,
    /// What each object that changes was when it was read.
    ground: Vec<Change>,
    /// Objects of which nothing changed but the place in the files.
    moved: usize,
}

impl<'a> Diff<'a> {
    pub(super) fn new(desired: &'a Desired, on_file: &'a OnFile, moment: &'a Moment) -> Self {
        Self { desired, on_file, moment, plan: Plan::default(), ground: Vec::new(), moved: 0 }
    }

    pub(super) fn plan(mut self, passwords: &dyn Passwords) -> Result<Plan, AdminError> {
        self.remove_consents();
        self.remove_applications();
        self.remove_users();
        self.remove_groups();
        self.remove_trusted_issuers();
        self.free_names();
        self.put_groups();
        for wanted in &self.desired.users {
            self.put_user(wanted, passwords)?;
        }
        self.put_applications();
        self.put_consents();
        self.put_trusted_issuers();
        if self.moved > 0 {
            self.plan
                .lines
                .push(format!("{} moved within the resource files", objects(self.moved)));
        }
        self.plan.changes.splice(..0, self.ground);
        Ok(self.plan)
    }

    fn remove_applications(&mut self) {
        for gone in self.on_file.applications.iter().filter(|it| it.managed.by_file()) {
            if self.desired.applications.iter().any(|wanted| wanted.id == gone.id) {
                continue;
            }
            self.say(format!("application {}: removed", gone.id));
            self.ground.push(applications::still(&gone.id, Some(gone)));
            self.make(Change::DeleteApplication(gone.id.clone()));
            self.revoke(Ancestor::Client(gone.id.clone()), "removed from the resource files");
            self.withdraw_with(|consent| is_about(consent, gone));
        }
    }

    fn remove_users(&mut self) {
        for gone in self.on_file.users.iter().filter(|it| it.managed.by_file()) {
            if self.desired.users.iter().any(|wanted| wanted.user.id == gone.id) {
                continue;
            }
            self.say(format!("user {}: removed", gone.username));
            self.ground.push(users::still(&gone.id, Some(gone)));
            self.make(Change::DeleteUser(gone.id.clone()));
            self.revoke(Ancestor::User(gone.id.clone()), "removed from the resource files");
            self.withdraw_with(|consent| was_given_by(consent, &gone.id));
        }
    }

    /// Consents that no file wrote, but that are about something a file takes away.
    fn withdraw_with(&mut self, goes: impl Fn(&Consent) -> bool) {
        for consent in self.on_file.consents.iter().filter(|it| !it.managed.by_file() && goes(it)) {
            self.say(lines::of_consent(consent, "withdrawn with it"));
            self.make(Change::DeleteConsent(consent.id.clone()));
        }
    }

    fn remove_groups(&mut self) {
        for gone in self.on_file.groups.iter().filter(|it| it.managed.by_file()) {
            if !self.desired.groups.iter().any(|wanted| wanted.id == gone.id) {
                self.say(format!("group {}: removed", gone.id));
                self.ground.push(groups::still(&gone.id, Some(gone)));
                self.make(Change::DeleteGroup(gone.id.clone()));
            }
        }
    }

    fn remove_consents(&mut self) {
        for gone in self.on_file.consents.iter().filter(|it| it.managed.by_file()) {
            if !self.desired.consents.iter().any(|wanted| is_the_same(wanted, gone)) {
                self.say(lines::of_consent(gone, "withdrawn"));
                self.make(Change::DeleteConsent(gone.id.clone()));
                self.revoke(Ancestor::Consent(gone.id.clone()), "removed from the resource files");
            }
        }
    }

    /// Trusted issuers are written in files only.
    fn remove_trusted_issuers(&mut self) {
        for gone in &self.on_file.trusted_issuers {
            if !self.desired.trusted_issuers.iter().any(|wanted| wanted.issuer == gone.issuer) {
                self.say(format!("trusted issuer {}: removed", gone.issuer));
                self.make(Change::DeleteTrustedIssuer(gone.issuer.clone()));
            }
        }
    }

    /// An object that gives its name to another is taken off file first; it is put back under its new one.
    fn free_names(&mut self) {
        for held in self.on_file.applications.iter().filter(|it| it.managed.by_file()) {
            let passed_on = self.desired.applications.iter().any(|wanted| {
                wanted.id != held.id
                    && wanted.audience.is_some()
                    && wanted.audience == held.audience
            });
            if passed_on && self.desired.applications.iter().any(|wanted| wanted.id == held.id) {
                self.make(Change::DeleteApplication(held.id.clone()));
            }
        }
        for held in self.on_file.users.iter().filter(|it| it.managed.by_file()) {
            let mut wanted = self.desired.users.iter().map(|wanted| &wanted.user);
            let passed_on = wanted.clone().any(|it| it.id != held.id && is_called_alike(it, held));
            if passed_on && wanted.any(|it| it.id == held.id) {
                self.make(Change::DeleteUser(held.id.clone()));
            }
        }
    }

    fn put_groups(&mut self) {
        for wanted in &self.desired.groups {
            let before = self.on_file.groups.iter().find(|it| it.id == wanted.id);
            if before == Some(wanted) {
                continue;
            }
            let place = before.map(|it| &it.managed);
            let same = before.is_some_and(|it| it.description == wanted.description);
            self.note(same, place, &wanted.managed, || lines::of_group(before, wanted));
            self.ground.push(groups::still(&wanted.id, before));
            self.make(Change::PutGroup(wanted.clone()));
        }
    }

    fn put_user(
        &mut self,
        wanted: &DesiredUser,
        passwords: &dyn Passwords,
    ) -> Result<(), AdminError> {
        let before = self.on_file.users.iter().find(|it| it.id == wanted.user.id);
        let on_file = before.and_then(|it| it.password.as_ref());
        let password = password_of(wanted, on_file, passwords)?;
        let user = User { password, ..wanted.user.clone() };
        if before == Some(&user) {
            return Ok(());
        }
        let same =
            before.is_some_and(|it| *it == User { managed: it.managed.clone(), ..user.clone() });
        let place = before.map(|it| &it.managed);
        self.note(same, place, &user.managed, || lines::of_user(before, &user));
        if let Some(why) = before.and_then(|before| why_shut_out(before, &user)) {
            self.revoke(Ancestor::User(user.id.clone()), why);
        }
        self.ground.push(users::still(&user.id, before));
        self.make(Change::PutUser(Box::new(user)));
        Ok(())
    }

    fn put_applications(&mut self) {
        for wanted in &self.desired.applications {
            let before = self.on_file.applications.iter().find(|it| it.id == wanted.id);
            if before == Some(wanted) {
                continue;
            }
            let same = before.is_some_and(|it| {
                *it == Application { managed: it.managed.clone(), ..wanted.clone() }
            });
            let place = before.map(|it| &it.managed);
            self.note(same, place, &wanted.managed, || lines::of_application(before, wanted));
            if before.is_some_and(|it| it.enabled) && !wanted.enabled {
                self.revoke(Ancestor::Client(wanted.id.clone()), "disabled");
            }
            self.ground.push(applications::still(&wanted.id, before));
            self.make(Change::PutApplication(Box::new(wanted.clone())));
        }
    }

    /// Consents are told apart by what they say, not by their id: one that was withdrawn and is written
    /// again is another consent, since nothing brings the first back to life.
    fn put_consents(&mut self) {
        for wanted in &self.desired.consents {
            let before = self.on_file.consents.iter().find(|it| is_the_same(wanted, it));
            let consent = match before {
                Some(before) => Consent { managed: wanted.managed.clone(), ..before.clone() },
                None => Consent { id: self.living_id(&wanted.id).clone(), ..wanted.clone() },
            };
            if before == Some(&consent) {
                continue;
            }
            let place = before.map(|it| &it.managed);
            self.note(before.is_some(), place, &consent.managed, || {
                vec![lines::of_consent(&consent, "given")]
            });
            self.make(Change::PutConsent(consent));
        }
    }

    fn living_id(&self, own: &'a ConsentId) -> &'a ConsentId {
        self.on_file.again.get(own).unwrap_or(own)
    }

    fn put_trusted_issuers(&mut self) {
        for wanted in &self.desired.trusted_issuers {
            let before = self.on_file.trusted_issuers.iter().find(|it| it.issuer == wanted.issuer);
            if before != Some(wanted) {
                self.plan.lines.extend(lines::of_trusted_issuer(before, wanted));
                self.make(Change::PutTrustedIssuer(wanted.clone()));
            }
        }
    }

    /// Says what changes, unless only the place in the files does.
    fn note(
        &mut self,
        same: bool,
        before: Option<&Managed>,
        after: &Managed,
        lines: impl FnOnce() -> Vec<String>,
    ) {
        if same && before != Some(after) {
            self.moved += 1;
        } else {
            self.plan.lines.extend(lines());
        }
    }

    fn say(&mut self, line: String) {
        self.plan.lines.push(line);
    }

    fn make(&mut self, change: Change) {
        self.plan.changes.push(change);
    }

    fn revoke(&mut self, about: Ancestor, why: &str) {
        self.make(Change::Revoke(fact(about, why, self.moment)));
    }
}

fn is_the_same(wanted: &Consent, there: &Consent) -> bool {
    let says = |it: &Consent| {
        (it.client.clone(), it.resource.clone(), it.scopes.clone(), it.given.clone())
    };
    wanted.managed.by_file() == there.managed.by_file() && says(wanted) == says(there)
}

fn is_called_alike(a: &User, b: &User) -> bool {
    a.username.as_str().to_lowercase() == b.username.as_str().to_lowercase()
}

fn password_of(
    wanted: &DesiredUser,
    on_file: Option<&PasswordHash>,
    passwords: &dyn Passwords,
) -> Result<Option<PasswordHash>, AdminError> {
    match (&wanted.password, on_file) {
        (None, _) => Ok(None),
        (Some(DesiredPassword::Hash(hash)), _) => Ok(Some(hash.clone())),
        (Some(DesiredPassword::Plain(plain)), Some(hash)) if passwords.verify(plain, hash) => {
            Ok(Some(hash.clone()))
        }
        (Some(DesiredPassword::Plain(plain)), _) => Ok(Some(passwords.hash(plain)?)),
    }
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
