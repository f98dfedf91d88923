//! Stable ids for what was given none: a GUID out of names, the same on every machine.

use stead_proto::digest::{Sha256, sha256};

/// A GUID (RFC 9562 version 8) that depends on these words alone.
#[must_use]
pub fn guid(words: &[&str]) -> String {
    let bits = u128::from_be_bytes(half(&sha256(words.join("\0").as_bytes())));
    let part = |shift: u32, width: u32| (bits >> shift) & ((1 << width) - 1);
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        part(96, 32),
        part(80, 16),
        part(64, 12),
        part(48, 14) | 0x8000,
        part(0, 48)
    )
}

/// The first 128 bits of a digest: enough to tell names apart.
pub(super) fn half(digest: &Sha256) -> [u8; 16] {
    let [half, _] = digest.as_bytes().as_chunks::<16>().0 else { return [0; 16] };
    *half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_give_the_same_guid_and_others_another() {
        let alice = guid(&["tenant", "alice"]);
        assert_eq!(alice, guid(&["tenant", "alice"]));
        assert_ne!(alice, guid(&["tenant", "bob"]));
        assert_ne!(guid(&["a", "bc"]), guid(&["ab", "c"]));
        let groups: Vec<usize> = alice.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
    }
}
