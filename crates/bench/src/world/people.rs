//! Who the users are: made from their number, the same each time, and spread like any random names.

use anyhow::Context;
use stead_core::model::managed::Managed;
use stead_core::model::user::{PasswordHash, User};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::id::{FamilyId, GroupId, SessionId, Subject, TokenId, Username};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A user, by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(pub u32);

impl Person {
    /// The stable id.
    #[must_use]
    pub fn id(self) -> Subject {
        Subject::from_random(self.bits("user"))
    }

    /// Their one session.
    #[must_use]
    pub fn session(self) -> SessionId {
        SessionId::from_random(self.bits("session"))
    }

    /// What came of their sign-in.
    #[must_use]
    pub fn family(self) -> FamilyId {
        FamilyId::from_random(self.bits("family"))
    }

    /// The token they show.
    #[must_use]
    pub fn token(self) -> TokenId {
        TokenId::from_random(self.bits("token"))
    }

    /// What they type to sign in.
    #[must_use]
    pub fn typed(self) -> String {
        format!("user-{}@stead.test", self.0)
    }

    /// The same, as a name.
    pub fn username(self) -> anyhow::Result<Username> {
        Username::parse(self.typed()).ok().context("a user's name cannot be read")
    }

    /// The name people see.
    #[must_use]
    pub fn name(self) -> String {
        format!("User {} of the bench", self.0)
    }

    /// As on file.
    pub fn on_file(self, password: &PasswordHash) -> anyhow::Result<User> {
        let employees = GroupId::parse("employees").ok().context("a group cannot be read")?;
        Ok(User {
            id: self.id(),
            username: self.username()?,
            name: self.name(),
            enabled: true,
            groups: [employees].into(),
            password: Some(password.clone()),
            email: Some(self.typed()),
            email_verified: true,
            address: None,
            phone: None,
            managed: Managed::Api,
        })
    }

    fn bits(self, what: &str) -> [u8; 16] {
        let hash: Sha256 = sha256(format!("stead bench {what} {}", self.0).as_bytes());
        hash.as_bytes().split_first_chunk().map_or([0; 16], |(bits, _)| *bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_person_each_time_and_nobody_else() {
        assert_eq!(Person(7).id(), Person(7).id());
        assert_ne!(Person(7).id(), Person(8).id());
        assert_ne!(Person(7).id().as_str(), Person(7).session().as_str());
    }
}
