//! Several texts → one SHA-256 that stands for all of them, whole.

use stead_proto::digest::{Sha256, sha256};

/// Each part goes in behind its length, so that no two lists of parts are the same bytes.
pub(super) fn of_parts<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Sha256 {
    let mut framed = Vec::with_capacity(256);
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    sha256(&framed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_that_moves_makes_another_digest() {
        let of = |parts: &[&str]| of_parts(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab", "c"]), of(&["abc"]));
        assert_ne!(of(&["ab", ""]), of(&["ab"]));
    }
}
