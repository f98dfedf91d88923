//! Mistakes in what somebody wants to have on file: what is wrong, where, and what may have been meant.

use crate::model::managed::Managed;
use std::fmt;

/// A thing on file, as people speak of it: `application reports-api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What sort of thing, as in the resource files: `application`, `user`, `trusted_issuer`, …
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl Object {
    /// The thing of this sort and id.
    #[must_use]
    pub fn new(kind: &'static str, id: impl fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Of what.
    pub object: Object,
    /// Where that is written.
    pub managed: Managed,
    /// The field, as the resource files call it: `may_act[0].scopes`.
    pub field: String,
    /// What is wrong: a clause, lower case, no full stop.
    pub message: String,
    /// The word that nobody knows, if that is what is wrong.
    pub word: Option<String>,
    /// The words that would have been known there.
    pub candidates: Vec<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Managed::File { file, line } = &self.managed {
            write!(f, "{file}:{line}: ")?;
        }
        write!(f, "{}, {}: {}", self.object, self.field, self.message)
    }
}

/// Collects the mistakes of one object.
#[derive(Debug)]
pub(super) struct Report {
    object: Object,
    managed: Managed,
    found: Vec<Mistake>,
}

impl Report {
    pub(super) fn on(object: Object, managed: &Managed) -> Self {
        Self { object, managed: managed.clone(), found: Vec::new() }
    }

    /// Something is wrong.
    pub(super) fn say(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.found.push(Mistake {
            object: self.object.clone(),
            managed: self.managed.clone(),
            field: field.into(),
            message: message.into(),
            word: None,
            candidates: Vec::new(),
        });
    }

    /// Something is wrong if this does not hold.
    pub(super) fn expect(&mut self, holds: bool, field: &str, message: &str) {
        if !holds {
            self.say(field, message);
        }
    }

    /// A word is unknown.
    pub(super) fn unknown(
        &mut self,
        field: impl Into<String>,
        message: String,
        word: impl fmt::Display,
        candidates: impl IntoIterator<Item = String>,
    ) {
        self.say(field, message);
        if let Some(mistake) = self.found.last_mut() {
            mistake.word = Some(word.to_string());
            mistake.candidates = candidates.into_iter().collect();
        }
    }

    pub(super) fn done(self) -> Vec<Mistake> {
        self.found
    }
}
