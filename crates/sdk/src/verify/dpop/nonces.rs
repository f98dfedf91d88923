//! Nonces, without a memory of them: each is a MAC over the minute it is given out in.

use super::same;
use aws_lc_rs::hmac;
use std::fmt;
use std::sync::Arc;
use stead_proto::digest::base64url;
use stead_proto::time::Timestamp;

/// How long the same nonce is given out, in seconds.
const MINUTE: i64 = 60;

#[derive(Clone)]
pub(super) struct Nonces(Arc<hmac::Key>);

impl Nonces {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let own = hmac::sign(&root, b"stead dpop nonce 1");
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, own.as_ref())))
    }

    /// The one that is given out now.
    pub(super) fn at(&self, now: Timestamp) -> String {
        self.of(now.secs().div_euclid(MINUTE))
    }

    /// Whether it was given out in this minute or the one before.
    pub(super) fn takes(&self, nonce: &str, now: Timestamp) -> bool {
        let minute = now.secs().div_euclid(MINUTE);
        same(nonce, &self.of(minute)) | same(nonce, &self.of(minute - 1))
    }

    fn of(&self, minute: i64) -> String {
        base64url(hmac::sign(&self.0, &minute.to_be_bytes()).as_ref())
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_taken_for_one_to_two_minutes_by_whoever_has_the_key() {
        let (ours, same_key, theirs) =
            (Nonces::new(&[1; 32]), Nonces::new(&[1; 32]), Nonces::new(&[2; 32]));
        let at = Timestamp::from_secs;
        let nonce = ours.at(at(60));
        assert_eq!(nonce, same_key.at(at(119)));
        let taken = [59, 60, 179, 180].map(|now| same_key.takes(&nonce, at(now)));
        assert_eq!(taken, [false, true, true, false]);
        assert!(!theirs.takes(&nonce, at(60)));
    }
}
