//! Second factors: what a user proves beside their password.
//!
//! One document a user. It is replaced as a whole and only if it is still what was read, so that of two
//! uses of the same code at once one counts.

use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::digest::{base64url, from_base64url};
use stead_proto::id::CredentialId;
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

/// What a user can prove beside their password.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Factors {
    /// An app that shows one-time codes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub totp: Option<Totp>,
    /// Passkeys, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub passkeys: Vec<Passkey>,
    /// Codes for when all of these are out of reach.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub recovery: Vec<RecoveryCode>,
}

/// An app that shows one-time codes (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// What the user calls it.
    pub name: String,
    /// The secret it shares with us.
    pub secret: Sealed,
    /// When it was added.
    pub enrolled: Timestamp,
    /// The last time step whose code was used: none up to it counts again (RFC 6238 §5.2).
    pub last_step: u64,
}

/// A passkey (`WebAuthn`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Its credential id: nobody else has the same.
    pub id: CredentialId,
    /// What the user calls it.
    pub name: String,
    /// What a signature of it is checked with, as the server's library writes it.
    pub credential: String,
    /// When it was added.
    pub enrolled: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

/// A code that works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCode {
    /// What it hashes to.
    pub hash: SecretHash,
    /// When it was used, if it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used: Option<Timestamp>,
}

/// A secret sealed under the master key. The core carries it and cannot open it. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What the server sealed.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the server to open.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        base64url(&sealed.0)
    }
}

impl TryFrom<String> for Sealed {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        from_base64url(&text).map(Self).ok_or("what is sealed is not base64url")
    }
}

impl Factors {
    /// Whether nothing is there at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether there is a second factor. Recovery codes stand in for one and are none themselves.
    #[must_use]
    pub fn enrolled(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }

    /// How many recovery codes are left.
    #[must_use]
    pub fn recovery_left(&self) -> usize {
        self.recovery.iter().filter(|code| code.used.is_none()).count()
    }

    /// A passkey by its credential id.
    #[must_use]
    pub fn passkey(&self, id: &CredentialId) -> Option<&Passkey> {
        self.passkeys.iter().find(|passkey| passkey.id == *id)
    }

    /// With the code of a time step used; `None` if there is no app, or this step or a later one was
    /// used before.
    #[must_use]
    pub fn using_totp(&self, step: u64) -> Option<Self> {
        let totp = self.totp.as_ref().filter(|totp| step > totp.last_step)?;
        Some(Self { totp: Some(Totp { last_step: step, ..totp.clone() }), ..self.clone() })
    }

    /// With a recovery code used; `None` if there is no such code, or it was used before.
    #[must_use]
    pub fn using_recovery(&self, code: &SecretHash, now: Timestamp) -> Option<Self> {
        let mut after = self.clone();
        let found = after.recovery.iter_mut().find(|known| known.hash == *code)?;
        if found.used.replace(now).is_some() {
            return None;
        }
        Some(after)
    }

    /// With a passkey used, and what it is checked with from now on; `None` if it is not theirs.
    #[must_use]
    pub fn using_passkey(
        &self,
        id: &CredentialId,
        credential: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let mut after = self.clone();
        let found = after.passkeys.iter_mut().find(|passkey| passkey.id == *id)?;
        credential.clone_into(&mut found.credential);
        found.last_used = Some(now);
        Some(after)
    }

    /// Without recovery codes, if nothing is left that they could stand in for.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        if !self.enrolled() {
            self.recovery.clear();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::secret::RecoveryPhrase;

    const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);

    fn factors() -> Factors {
        let hash = |text| RecoveryPhrase::new(text).hash();
        Factors {
            totp: Some(Totp {
                name: "Phone".into(),
                secret: Sealed::new(vec![1, 2, 3]),
                enrolled: NOON,
                last_step: 100,
            }),
            passkeys: vec![],
            recovery: vec![
                RecoveryCode { hash: hash("a"), used: None },
                RecoveryCode { hash: hash("b"), used: None },
            ],
        }
    }

    #[test]
    fn a_time_step_is_used_once_and_none_before_it_after_it() {
        let used = factors().using_totp(101).unwrap();
        assert_eq!(used.totp.as_ref().unwrap().last_step, 101);
        assert_eq!(used.using_totp(101), None);
        assert_eq!(used.using_totp(100), None);
        assert!(used.using_totp(102).is_some());
        assert_eq!(Factors::default().using_totp(102), None);
    }

    #[test]
    fn a_recovery_code_is_used_once() {
        let code = RecoveryPhrase::new("b").hash();
        let used = factors().using_recovery(&code, NOON).unwrap();
        assert_eq!(used.recovery_left(), 1);
        assert_eq!(used.using_recovery(&code, NOON), None);
        assert_eq!(factors().using_recovery(&RecoveryPhrase::new("c").hash(), NOON), None);
    }

    #[test]
    fn recovery_codes_go_with_the_last_factor() {
        assert_eq!(factors().tidied(), factors());
        let without = Factors { totp: None, ..factors() };
        assert!(without.tidied().is_empty());
    }

    #[test]
    fn what_is_sealed_is_not_printed_and_is_kept_as_text() {
        let text = serde_json::to_string(&factors()).unwrap();
        assert!(text.contains(r#""secret":"AQID""#), "{text}");
        assert_eq!(serde_json::from_str::<Factors>(&text).unwrap(), factors());
        assert!(!format!("{:?}", factors()).contains("AQID"));
        assert_eq!(serde_json::to_string(&Factors::default()).unwrap(), "{}");
    }
}
