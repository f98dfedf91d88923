//! What must never be printed: tokens, codes, secrets. `grep expose` is the audit.

use crate::digest::{Sha256, constant_time_eq, sha256};
use std::fmt;
/// What holds bytes that are wiped when they are let go.
pub use zeroize::Zeroizing;

macro_rules! secret {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $type(Zeroizing<String>);

        impl $type {
            /// Wraps a value; from here on only [`Self::expose`] shows it.
            pub fn new(value: impl Into<String>) -> Self {
                Self(Zeroizing::new(value.into()))
            }

            /// The one way out.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// What is stored or compared in its place.
            #[must_use]
            pub fn hash(&self) -> SecretHash {
                SecretHash(sha256(self.0.as_bytes()))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    };
}

secret!(
    /// A compact JWS as it travels, not yet looked into.
    Jwt
);
secret!(
    /// A client's shared secret (RFC 6749 §2.3.1).
    ClientSecret
);
secret!(
    /// An authorization code (RFC 6749 §4.1.2).
    AuthorizationCode
);
secret!(
    /// What a device polls with (RFC 8628 §3.2).
    DeviceCode
);
secret!(
    /// A refresh token (RFC 6749 §1.5).
    RefreshToken
);
secret!(
    /// A user's password as typed.
    Password
);
secret!(
    /// A PKCE code verifier (RFC 7636 §4.1).
    CodeVerifier
);
secret!(
    /// The value of a session cookie.
    SessionSecret
);
secret!(
    /// A recovery code: stands in for a second factor once.
    RecoveryPhrase
);
secret!(
    /// What an app that shows one-time codes shares with us (RFC 6238), in base32.
    TotpSecret
);

/// SHA-256 of a high-entropy secret: what is on file instead of it.
#[derive(Clone, Copy, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub Sha256);

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for SecretHash {}

impl std::hash::Hash for SecretHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_names_the_kind_and_nothing_else() {
        assert_eq!(format!("{:?}", Jwt::new("eyJ.abc.def")), "Jwt(…)");
        assert_eq!(format!("{:?}", ClientSecret::new("s3cret").hash()), "SecretHash(…)");
    }

    #[test]
    fn equal_secrets_have_equal_hashes_and_others_do_not() {
        assert_eq!(ClientSecret::new("a").hash(), ClientSecret::new("a").hash());
        assert_ne!(ClientSecret::new("a").hash(), ClientSecret::new("b").hash());
    }
}
