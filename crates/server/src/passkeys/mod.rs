//! Passkeys (WebAuthn Level 3): what a browser is asked, and what its answer proves.
//!
//! | file | what it does |
//! |---|---|
//! | `relying_party` | who asks: the host of the public URL |
//! | `enrolment` | a new passkey: asked for, and taken from the answer |
//! | `assertion` | a proof with a passkey: asked for, and checked |
//! | `answer` | reading what a browser sent back |
//!
//! Nothing of a ceremony is kept here. Its state is sealed into the page beside the question, good for one
//! tenant and one browser; its challenge is spent in the commit that uses the answer.

mod answer;
mod assertion;
mod enrolment;
mod relying_party;

pub(crate) use assertion::Assertion;
pub(crate) use enrolment::Enrolled;
pub(crate) use relying_party::RelyingParty;

use stead_core::ports::StoreError;
use webauthn_rs::prelude::WebauthnError;

/// A question to a browser, as a page carries it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// What its script hands to the browser: options in JSON, byte strings in base64url.
    pub(crate) options: String,
    /// What is needed to check the answer, sealed.
    pub(crate) sealed: String,
}

/// The library refused to ask. It does so for a relying party that it would not have made.
fn cannot_ask(error: &WebauthnError) -> StoreError {
    StoreError::Broken(format!("a passkey cannot be asked for: {error}"))
}

/// Its options or its state are no JSON, which they always are.
fn cannot_write(error: &serde_json::Error) -> StoreError {
    StoreError::Broken(format!("the question for a passkey cannot be written: {error}"))
}

#[cfg(test)]
mod tests;
