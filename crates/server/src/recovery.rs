//! Recovery codes: what a user keeps on paper for the day the phone is gone.

use crate::moment::random;
use data_encoding::BASE32_NOPAD;
use stead_proto::secret::{RecoveryPhrase, SecretHash};

/// How many are made at once.
const CODES: usize = 10;

/// Ten new codes of 80 bits each: nobody guesses one, so that a plain hash of it is safe on file.
pub(crate) fn codes() -> Vec<RecoveryPhrase> {
    let one = |_| RecoveryPhrase::new(BASE32_NOPAD.encode(&random::<10>()));
    (0..CODES).map(one).collect()
}

/// What is kept of them.
pub(crate) fn hashes(codes: &[RecoveryPhrase]) -> Vec<SecretHash> {
    codes.iter().map(RecoveryPhrase::hash).collect()
}

/// As people read it: `abcd-efgh-ijkl-mnop`.
pub(crate) fn shown(code: &RecoveryPhrase) -> String {
    let letters: Vec<char> = code.expose().to_lowercase().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// As people type it: in any case, with or without the dashes, with digits that look like letters.
pub(crate) fn typed(text: &str) -> RecoveryPhrase {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    let code: String = letters
        .map(|letter| match letter.to_ascii_uppercase() {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other,
        })
        .collect();
    RecoveryPhrase::new(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_known_again_however_it_is_typed() {
        for code in codes() {
            let read = shown(&code);
            assert_eq!(read.len(), 19);
            for typing in [read.clone(), read.to_uppercase(), read.replace('-', " ")] {
                assert_eq!(typed(&typing).hash(), code.hash(), "{typing}");
            }
        }
        assert_eq!(typed("o1i0-8b").expose(), "OIIOBB");
    }

    #[test]
    fn no_two_codes_are_alike() {
        let all: BTreeSet<_> = codes().iter().map(shown).collect();
        assert_eq!(all.len(), CODES);
    }
}
