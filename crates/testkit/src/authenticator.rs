//! An app that shows one-time codes (RFC 6238), as users have it on their phones: written apart from the
//! server's own, so that the two check each other.

use crate::browser::Page;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use stead_proto::time::Timestamp;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An app that took over a secret.
#[derive(Debug, Clone)]
pub struct Authenticator {
    secret: String,
}

impl Authenticator {
    /// Takes a secret in base32.
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.split_whitespace().collect() }
    }

    /// Takes the secret that a page offers.
    pub fn scan(page: &Page) -> Self {
        let link =
            page.text.split_once("id=\"otpauth\" href=\"").expect("a page that offers one").1;
        let secret = link.split_once("?secret=").unwrap().1.split_once('&').unwrap().0;
        Self::new(secret)
    }

    /// The secret, for tests of where it must not be.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// What it shows at an instant.
    pub fn code(&self, at: Timestamp) -> String {
        let step = u64::try_from(at.secs()).unwrap() / 30;
        let mut bits = 0_u16;
        let (mut held, mut bytes) = (0, Vec::new());
        for letter in self.secret.chars() {
            let value = u16::try_from(LETTERS.find(letter).expect("base32")).unwrap();
            (bits, held) = ((bits << 5) | value, held + 5);
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
            }
        }
        let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes), &step.to_be_bytes());
        let tag = tag.as_ref();
        let from = usize::from(tag.last().unwrap() & 15);
        let cut: [u8; 4] = tag.get(from..from + 4).unwrap().try_into().unwrap();
        format!("{:06}", (u32::from_be_bytes(cut) & 0x7fff_ffff) % 1_000_000)
    }
}
