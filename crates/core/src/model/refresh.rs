//! What a refresh token stands for.

use crate::model::code::Authorization;
use crate::model::subject::SubjectFacts;
use serde::{Deserialize, Serialize};
use stead_proto::grants::Target;
use stead_proto::id::{ClientId, FamilyId};
use stead_proto::scope::ScopeSet;
use stead_proto::time::{Seconds, Timestamp};

/// A refresh token on file. Rotation replaces it by one of the same family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshGrant {
    /// All tokens rotated from one another share it; reuse of an old one ends it.
    pub family: FamilyId,
    /// The client it was given to.
    pub client: ClientId,
    /// What it continues.
    pub continues: Continues,
    /// When this one was issued.
    pub issued: Timestamp,
    /// After this it is worth nothing. Rotation does not move it.
    pub expires: Timestamp,
}

/// What a refresh token continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Continues {
    /// A sign-in.
    SignIn(Box<Authorization>),
    /// An exchange: every use asks all its rules again.
    Exchange(Box<Exchange>),
}

/// An exchange that may go on after the user left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was known of the subject.
    pub subject: SubjectFacts,
    /// At what it points.
    pub target: Target,
    /// What was granted: never more than this again (RFC 6749 §6).
    pub granted: ScopeSet,
}

/// Whether a refresh token first used at `spent` may be used again at `now`.
#[must_use]
pub fn within_grace(spent: Timestamp, now: Timestamp, grace: Seconds) -> bool {
    grace > Seconds(0) && now < spent + grace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_ends_to_the_millisecond_and_none_is_none_whatever_the_clocks_say() {
        let at = Timestamp::from_millis;
        assert!(within_grace(at(5), at(10_004), Seconds(10)));
        assert!(!within_grace(at(5), at(10_005), Seconds(10)));
        assert!(!within_grace(at(5), at(0), Seconds(0)));
    }
}
