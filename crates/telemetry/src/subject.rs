//! People, in a form that says nothing of them.

use std::fmt::Write as _;
use stead_proto::digest::sha256;

/// How many bytes of the digest stand for somebody.
const LENGTH: usize = 8;

/// Who somebody is, as sixteen hexadecimal digits: the same person is the same wherever this is computed, and the
/// digits are no name. Whoever has a list of all names can find one's digits; they are to be kept like a log.
#[must_use]
pub fn subject_hash(issuer: &str, subject: &str) -> String {
    let digest = sha256(&[issuer.as_bytes(), &[0], subject.as_bytes()].concat());
    let mut written = String::with_capacity(2 * LENGTH);
    for byte in digest.as_bytes().iter().take(LENGTH) {
        // Writing to a text cannot fail.
        let _ = write!(written, "{byte:02x}");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_the_same_at_one_issuer_and_another_elsewhere() {
        let alice = subject_hash("https://id.example", "alice");
        assert_eq!((alice.len(), &alice), (16, &subject_hash("https://id.example", "alice")));
        for (issuer, subject) in [("https://id.example", "bob"), ("https://id.example/", "alice")] {
            assert_ne!(subject_hash(issuer, subject), alice);
        }
        assert_ne!(subject_hash("a", "bc"), subject_hash("ab", "c"));
    }
}
