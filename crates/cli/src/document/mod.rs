//! TOML as people write it: parsed with places, checked against the shape of a Rust type, then read into it.

mod at;
mod shape;

pub use at::At;

use crate::mistake::{Mistake, Mistakes, Place, Source};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// A document read into `T`: as far as it could be read, with every mistake noted on the way.
#[derive(Debug)]
pub struct Document<'s, T> {
    source: &'s Arc<Source>,
    /// What it says; `None` if too little of it makes sense.
    pub said: Option<T>,
    /// Names that stand in tables which had to be left out: they are not unknown, only unreadable.
    pub lost: BTreeSet<String>,
    /// The tree it was read from.
    root: DeTable<'s>,
}

impl<'s, T: DeserializeOwned + JsonSchema> Document<'s, T> {
    /// Reads a document. Unknown keys, wrong types and missing keys are mistakes; what is left is read.
    pub fn read(source: &'s Arc<Source>, mistakes: &mut Mistakes) -> Self {
        let mut document =
            Self { source, said: None, lost: BTreeSet::new(), root: DeTable::default() };
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        if !errors.is_empty() {
            for error in &errors {
                mistakes.push(said_by_toml(source, error));
            }
            return document;
        }
        let mut shape = shape::Shape::new::<T>(source, mistakes);
        let root = shape.prune(root);
        document.lost = shape.lost;
        let Some(root) = root else { return document };
        document.root = root.get_ref().clone();
        match T::deserialize(Deserializer::from(root)) {
            Ok(said) => document.said = Some(said),
            Err(error) => mistakes.push(said_by_toml(source, &error)),
        }
        document
    }
}

impl<T> Document<'_, T> {
    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Where something stands.
    #[must_use]
    pub fn place<U>(&self, at: &At<U>) -> Place {
        self.at(at.span())
    }

    /// Where something stands, by its bytes.
    #[must_use]
    pub fn at(&self, span: Range<usize>) -> Place {
        Place::new(self.source, span)
    }

    /// The tables of an array of tables: `[[kind]]`.
    pub fn tables(&self, kind: &str) -> impl Iterator<Item = &Spanned<DeValue<'_>>> {
        let array = self.root.get(kind).map(Spanned::get_ref);
        array.and_then(DeValue::as_array).into_iter().flatten()
    }
}

fn said_by_toml(source: &Arc<Source>, error: &toml::de::Error) -> Mistake {
    let place = Place::new(source, error.span().unwrap_or(0..0));
    // Where a text begins and ends is what may be wrong, and a text may be a secret.
    Mistake::at(place, error.message()).on_a_secret()
}

#[cfg(test)]
mod tests;
