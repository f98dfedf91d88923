//! Names. Each is its own type, so that a client cannot be passed where an audience is meant.

use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;

/// Longest name accepted from outside, in bytes.
pub const MAX_NAME: usize = 512;

/// A name that is empty, too long, or holds characters that no name may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName {
    /// What was to be named: `client id`, `audience`, …
    pub what: &'static str,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} is empty, too long or holds a control character or a space", self.what)
    }
}

impl std::error::Error for BadName {}

fn visible(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn hexadecimal(bits: [u8; 16]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(2 * bits.len());
    for byte in bits {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $type(String);

        impl $type {
            /// Takes a name from outside.
            pub fn parse(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                if visible(&text) { Ok(Self(text)) } else { Err(BadName { what: $what }) }
            }

            /// A new name out of 128 random bits: 32 lower-case hexadecimal digits.
            #[must_use]
            pub fn from_random(bits: [u8; 16]) -> Self {
                Self(hexadecimal(bits))
            }

            /// The name as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $type {
            /// As it is written; nothing is copied for it.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($type), self.0)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $type {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::parse(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
    };
}

name!(
    /// A tenant's stable id, a GUID in lower case. `tid` in tokens.
    TenantId,
    "tenant id"
);
name!(
    /// A tenant's name as it stands in URLs, matched without regard to case.
    TenantName,
    "tenant name"
);
name!(
    /// Who signs: `iss` (RFC 7519 §4.1.1). Compared byte by byte.
    Issuer,
    "issuer"
);
name!(
    /// An OAuth client, and the application behind it (RFC 6749 §2.2).
    ClientId,
    "client id"
);
name!(
    /// The name on a token of whom it is addressed to: `aud` (RFC 7519 §4.1.3). Compared byte by byte.
    Audience,
    "audience"
);
name!(
    /// Whom a token speaks of: `sub`, the user's stable id, never reused.
    Subject,
    "subject"
);
name!(
    /// The name a user types to sign in.
    Username,
    "user name"
);
name!(
    /// The name of a group of users.
    GroupId,
    "group"
);
name!(
    /// One token: `jti` (RFC 7519 §4.1.7).
    TokenId,
    "token id"
);
name!(
    /// One sign-in at one browser: `sid`.
    SessionId,
    "session id"
);
name!(
    /// One consent, as given once. Given again after a withdrawal it has another id.
    ConsentId,
    "consent id"
);
name!(
    /// One passkey: its `WebAuthn` credential id, in base64url.
    CredentialId,
    "credential id"
);
name!(
    /// Everything that descends from one authorization code: its tokens and all later refreshes.
    FamilyId,
    "family id"
);
name!(
    /// One key in a key set: `kid` (RFC 7517 §4.5).
    KeyId,
    "key id"
);
name!(
    /// One request, from log line to record to the error the client saw.
    TraceId,
    "trace id"
);

impl From<&ClientId> for Audience {
    /// A client may be addressed by its own id, as Entra does.
    fn from(client: &ClientId) -> Self {
        Self(client.0.clone())
    }
}

impl From<&ClientId> for Subject {
    /// An app-only token speaks of the client itself (RFC 9068 §5).
    fn from(client: &ClientId) -> Self {
        Self(client.0.clone())
    }
}

impl TenantName {
    /// Whether a URL segment means this tenant: case does not matter there.
    #[must_use]
    pub fn matches(&self, segment: &str) -> bool {
        self.0.eq_ignore_ascii_case(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_byte_for_byte() {
        assert_eq!(Audience::parse("api://Ä").unwrap().as_str(), "api://Ä");
    }

    #[test]
    fn a_name_with_a_line_break_a_space_or_nothing_in_it_is_refused() {
        for text in ["", " ", "a b", "a\r\nb", "a\0"] {
            assert_eq!(ClientId::parse(text), Err(BadName { what: "client id" }), "{text:?}");
        }
        assert!(ClientId::parse("x".repeat(MAX_NAME + 1)).is_err());
    }

    #[test]
    fn a_name_out_of_random_bits_is_hexadecimal() {
        let bits: [u8; 16] = std::array::from_fn(|n| u8::try_from(n * 17).unwrap());
        assert_eq!(TraceId::from_random(bits).as_str(), "00112233445566778899aabbccddeeff");
    }

    #[test]
    fn names_that_look_alike_stay_distinct() {
        assert_ne!(Subject::parse("alice").unwrap(), Subject::parse("ａlice").unwrap());
    }
}
