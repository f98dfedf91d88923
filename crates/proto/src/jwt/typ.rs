//! The kinds of JWT, so that none passes for another (RFC 8725 §3.11).

use std::fmt;

/// What a JWT is for, as its `typ` header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Typ {
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// An ID token; what OpenID Connect leaves as plain `JWT`.
    IdToken,
    /// A client's proof of who it is (RFC 7523, RFC 10070).
    ClientAuthentication,
    /// A back-channel logout notice (OpenID Connect Back-Channel Logout §2.4).
    LogoutToken,
    /// A `DPoP` proof (RFC 9449 §4.2).
    DpopProof,
    /// An identity assertion for another authorization server (ID-JAG).
    IdJag,
    /// A transaction token.
    TxnToken,
    /// A signed authorization request (RFC 9101 §10.8).
    AuthorizationRequest,
    /// A signed introspection response (RFC 9701 §5).
    Introspection,
}

impl Typ {
    /// All of them.
    pub const ALL: [Typ; 9] = [
        Self::AccessToken,
        Self::IdToken,
        Self::ClientAuthentication,
        Self::LogoutToken,
        Self::DpopProof,
        Self::IdJag,
        Self::TxnToken,
        Self::AuthorizationRequest,
        Self::Introspection,
    ];

    /// As we write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::IdToken => "JWT",
            Self::ClientAuthentication => "client-authentication+jwt",
            Self::LogoutToken => "logout+jwt",
            Self::DpopProof => "dpop+jwt",
            Self::IdJag => "oauth-id-jag+jwt",
            Self::TxnToken => "txntoken+jwt",
            Self::AuthorizationRequest => "oauth-authz-req+jwt",
            Self::Introspection => "token-introspection+jwt",
        }
    }

    /// Reads a `typ` header: a media type, so in any case, and `application/` may stand before it
    /// (RFC 7515 §4.1.9).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const PREFIX: &str = "application/";
        let subtype = match text.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
            _ => text,
        };
        Self::ALL.into_iter().find(|typ| typ.as_str().eq_ignore_ascii_case(subtype))
    }
}

impl fmt::Display for Typ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typ_is_read_in_any_case_and_with_application_before_it() {
        for typ in Typ::ALL {
            assert_eq!(Typ::parse(typ.as_str()), Some(typ));
            assert_eq!(
                Typ::parse(&format!("Application/{}", typ.as_str().to_uppercase())),
                Some(typ)
            );
        }
    }

    #[test]
    fn what_only_resembles_a_typ_is_none() {
        for text in
            ["", "at", "at+jwt ", "text/at+jwt", "application/", "application/application/jwt"]
        {
            assert_eq!(Typ::parse(text), None, "{text}");
        }
    }
}
