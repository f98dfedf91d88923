//! A word about what went wrong. It never says who has an account.

use http::StatusCode;

/// A word about what went wrong, and what was typed.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) kind: NoticeKind,
    /// The user name; nothing that is a secret.
    pub(crate) typed: String,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoticeKind {
    /// The user name or the password.
    Wrong,
    /// The passkey.
    PasskeyWrong,
    /// The new passkey.
    PasskeyNotAdded,
    /// The one-time code.
    CodeWrong,
    /// The recovery code.
    RecoveryWrong,
    /// How often it was tried.
    TooMany,
    /// Too many people at once.
    Busy,
}

impl Notice {
    /// Only what went wrong.
    pub(crate) fn of(kind: NoticeKind) -> Self {
        Self { kind, typed: String::new() }
    }
}

impl NoticeKind {
    /// What a page is answered with that says so, or says nothing.
    pub(crate) fn status_of(kind: Option<Self>) -> StatusCode {
        match kind {
            None => StatusCode::OK,
            Some(Self::TooMany) => StatusCode::TOO_MANY_REQUESTS,
            Some(Self::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Some(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// As the user reads it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Wrong => "The user name or the password is wrong.",
            Self::PasskeyWrong => "That passkey does not work here. Go on in another way.",
            Self::PasskeyNotAdded => "The passkey was not added. Try again.",
            Self::CodeWrong => {
                "The code is wrong, or was used before. Wait for the next one, then type that."
            }
            Self::RecoveryWrong => "The recovery code is wrong, or was used before.",
            Self::TooMany => "Too many attempts. Wait a moment, then try again.",
            Self::Busy => "Many people are signing in right now. Try again in a moment.",
        }
    }
}
