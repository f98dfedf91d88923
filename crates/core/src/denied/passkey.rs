//! Why a passkey's answer counts for nothing: for the record, not for whoever sent it.

use std::fmt;

/// Why a passkey's answer counts for nothing (WebAuthn Level 3 §7.1, §7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyFault {
    /// It is longer than any answer.
    TooLong,
    /// It cannot be read.
    Malformed,
    /// It answers no question of ours, or one that was asked elsewhere or too long ago.
    NotAsked,
    /// It answers another question than the one it came with.
    OtherChallenge,
    /// Its question was answered before.
    Replayed,
    /// It was given to a page of another origin, or in a frame of one.
    OtherOrigin,
    /// It was made for another host.
    OtherHost,
    /// Nobody here has this passkey.
    Unknown,
    /// It is not a passkey of the user who was asked, or says it is another's than it is.
    OtherUser,
    /// The device did not make sure who uses it.
    NotVerified,
    /// Its signature is wrong, or by a key that will not do.
    Signature,
    /// Its counter went backwards: somebody may have a copy.
    Counter,
    /// It changed in a way that no passkey may.
    Changed,
    /// It is here already.
    AlreadyHere,
    /// Its user has as many as anybody may have.
    TooMany,
}

impl fmt::Display for PasskeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the answer is longer than any passkey's",
            Self::Malformed => "the answer is no passkey's",
            Self::NotAsked => "the answer is to no question that was asked here",
            Self::OtherChallenge => "the answer is to another challenge",
            Self::Replayed => "the challenge was answered before",
            Self::OtherOrigin => "the answer was given to a page of another origin",
            Self::OtherHost => "the passkey was made for another host",
            Self::Unknown => "nobody has this passkey",
            Self::OtherUser => "the passkey is another user's",
            Self::NotVerified => "the device did not verify its user",
            Self::Signature => "the signature is wrong",
            Self::Counter => "the passkey's counter went backwards",
            Self::Changed => "the passkey says of itself what it did not say when it was added",
            Self::AlreadyHere => "the passkey was added before",
            Self::TooMany => "the user has as many passkeys as anybody may have",
        })
    }
}
