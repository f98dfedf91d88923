//! Opaque handles: what an application gets in the place of its caller's token.
//!
//! A handle reveals nothing, is good at this process alone, and lives no longer than the token that it stands for. It is a
//! MAC of that token by a key that only this process has, so that one token has one handle. Only its SHA-256 is kept.

use crate::start_error::StartError;
use aws_lc_rs::{hmac, rand};
use quick_cache::sync::Cache;
use std::fmt::{self, Write as _};
use stead::{Caller, Timestamp};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::secret::Jwt;

/// How every handle begins.
const PREFIX: &str = "stead_h_";
/// How many bytes of it cannot be guessed.
const BYTES: usize = 16;

/// The handles of one process.
pub(crate) struct Handles {
    key: hmac::Key,
    kept: Cache<Sha256, Caller>,
}

impl Handles {
    /// Keeps at most so many at once; those that are not used give way.
    pub(crate) fn new(most: usize) -> Result<Self, StartError> {
        let mut drawn = [0; 32];
        rand::fill(&mut drawn).map_err(|_| StartError::NoRandomness)?;
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &drawn), kept: Cache::new(most) })
    }

    /// A handle for somebody who was let in.
    pub(crate) fn give(&self, caller: &Caller) -> Jwt {
        let tag = hmac::sign(&self.key, caller.token().expose().as_bytes());
        let mut handle = PREFIX.to_owned();
        for byte in tag.as_ref().iter().take(BYTES) {
            // Nothing goes wrong when text is written to text.
            let _ = write!(handle, "{byte:02x}");
        }
        let name = sha256(handle.as_bytes());
        if self.kept.get(&name).is_none() {
            self.kept.insert(name, caller.clone());
        }
        Jwt::new(handle)
    }

    /// Whom a handle stands for, if it is one of ours and its token is not over.
    pub(crate) fn find(&self, shown: &str, now: Timestamp) -> Option<Caller> {
        let name = sha256(shown.as_bytes());
        let caller = self.kept.get(&name)?;
        if now < caller.expires() {
            return Some(caller);
        }
        self.kept.remove(&name);
        None
    }

    /// Forgets one: its token was ended before its time.
    pub(crate) fn forget(&self, shown: &str) {
        self.kept.remove(&sha256(shown.as_bytes()));
    }
}

/// Whether something is meant to be a handle.
pub(crate) fn is_handle(shown: &str) -> bool {
    shown.starts_with(PREFIX)
}

impl fmt::Debug for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handles").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOON: i64 = 1_795_435_200;

    fn caller(user: &str) -> Caller {
        let claims = json!({
            "iss": "https://id.example", "sub": user, "aud": "api://a", "client_id": "spa",
            "exp": NOON + 60,
        });
        let claims = serde_json::from_value(claims).unwrap();
        Caller::from_verified(Jwt::new(format!("token.of.{user}")), claims)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(NOON + seconds)
    }

    #[test]
    fn a_handle_stands_for_one_caller_at_one_process_until_the_token_ends() {
        let (ours, theirs) = (Handles::new(10).unwrap(), Handles::new(10).unwrap());
        let (alice, bob) = (ours.give(&caller("alice")), ours.give(&caller("bob")));
        assert_ne!(alice.expose(), bob.expose());
        assert_eq!((is_handle(alice.expose()), alice.expose().len()), (true, PREFIX.len() + 32));
        let found = |handles: &Handles, shown: &Jwt, at| {
            handles.find(shown.expose(), at).map(|caller| caller.subject().to_string())
        };
        assert_eq!(found(&ours, &alice, at(0)).as_deref(), Some("alice"));
        assert_eq!(found(&ours, &bob, at(59)).as_deref(), Some("bob"));
        assert_eq!(ours.give(&caller("alice")).expose(), alice.expose());
        assert_eq!(found(&theirs, &alice, at(0)), None);
        assert_ne!(theirs.give(&caller("alice")).expose(), alice.expose());
        assert_eq!(found(&ours, &alice, at(60)), None);
        ours.forget(bob.expose());
        assert_eq!(found(&ours, &bob, at(0)), None);
    }

    #[test]
    fn no_more_are_kept_than_was_said_and_nothing_of_them_is_shown() {
        let handles = Handles::new(10).unwrap();
        for user in 0..100 {
            handles.give(&caller(&format!("u{user}")));
        }
        assert!(handles.kept.len() <= 10);
        assert!(!format!("{handles:?}").contains(PREFIX));
    }
}
