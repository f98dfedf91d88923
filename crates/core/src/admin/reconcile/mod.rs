//! Reconciling: making what is on file what the resource files say. Files win, removals too; what the
//! admin API made is left alone.
//!
//! Three steps, so that a server can take the slow one off its own threads: read ([`OnFile::read`]),
//! plan ([`plan`], which hashes passwords and waits for nothing), write ([`Admin::apply`]).

mod diff;
mod on_file;

pub use on_file::OnFile;

use super::{Admin, AdminError};
use crate::commit::Change;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, PasswordHash, User};
use crate::moment::Moment;
use crate::ports::Passwords;
use stead_proto::secret::Password;

/// What the files say. What is read from a file says so in its `managed`; what is made in code does not,
/// and is put on file without ever being removed again.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// Applications.
    pub applications: Vec<Application>,
    /// Users and their passwords.
    pub users: Vec<DesiredUser>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// Issuers whose tokens are accepted.
    pub trusted_issuers: Vec<TrustedIssuer>,
}

/// A user as the files say.
#[derive(Debug, Clone)]
pub struct DesiredUser {
    /// The entry; the password in it is not looked at.
    pub user: User,
    /// The password; without one the user cannot sign in here.
    pub password: Option<DesiredPassword>,
}

/// A password as the files say.
#[derive(Debug, Clone)]
pub enum DesiredPassword {
    /// Its hash, in PHC form.
    Hash(PasswordHash),
    /// The password itself. Each time it is compared with the hash on file, which takes as long as a sign-in;
    /// it is hashed again only if that is not its hash. A file with many users had better give hashes.
    Plain(Password),
}

/// What has to change, and in words.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    changes: Vec<Change>,
    lines: Vec<String>,
}

impl Plan {
    /// The changes in words.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Plans how what is on file becomes what is desired. Hashes passwords: slow, and waits for nothing.
pub fn plan(
    desired: &Desired,
    on_file: &OnFile,
    passwords: &dyn Passwords,
    moment: &Moment,
) -> Result<Plan, AdminError> {
    let mistakes = on_file.mistakes_of(desired);
    if !mistakes.is_empty() {
        return Err(AdminError::Invalid(mistakes));
    }
    diff::Diff::new(desired, on_file, moment).plan(passwords)
}

impl Admin<'_> {
    /// Makes what is on file what the files say, in one commit; answers with the changes in words.
    /// Hashes passwords on the way: off the threads that answer requests, use the three steps.
    pub async fn reconcile(
        &self,
        desired: Desired,
        passwords: &dyn Passwords,
        moment: &Moment,
    ) -> Result<Vec<String>, AdminError> {
        let on_file = OnFile::read(self.sts, &desired).await?;
        let plan = plan(&desired, &on_file, passwords, moment)?;
        self.apply(plan, moment).await
    }

    /// Makes the planned changes, in one commit; answers with them in words. What ends, ends now: also what
    /// began while passwords were being hashed for the plan.
    pub async fn apply(&self, plan: Plan, moment: &Moment) -> Result<Vec<String>, AdminError> {
        let mut changes = plan.changes;
        for change in &mut changes {
            if let Change::Revoke(fact) = change {
                fact.at = moment.now;
            }
        }
        self.change(changes, plan.lines.clone(), moment).await?;
        Ok(plan.lines)
    }
}
