//! Users and groups.

use crate::model::managed::Managed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use stead_proto::id::{GroupId, Subject, Username};

/// A user on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The stable id, `sub` and `oid` in tokens.
    pub id: Subject,
    /// What they type to sign in.
    pub username: Username,
    /// The name people see.
    pub name: String,
    /// Whether they may sign in and be acted for.
    pub enabled: bool,
    /// Groups they are in.
    #[serde(default)]
    pub groups: BTreeSet<GroupId>,
    /// Their password's hash; without one they cannot sign in here.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the mail address was proved.
    #[serde(default)]
    pub email_verified: bool,
    /// Postal address, lines separated by `\n`.
    #[serde(default)]
    pub address: Option<String>,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// Who looks after this entry.
    #[serde(default)]
    pub managed: Managed,
}

/// A password's argon2id hash in PHC form. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string.
    #[must_use]
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string, to verify against.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub id: GroupId,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Who looks after this entry.
    #[serde(default)]
    pub managed: Managed,
}
