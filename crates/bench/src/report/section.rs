//! The answer of one measurement.

use super::table::Table;
use crate::machine::Machine;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer of one measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its name among others: one of the same name takes its place.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// When it was measured, in UTC.
    pub at: String,
    /// Which Stead.
    pub version: String,
    /// On what.
    pub machine: Machine,
    /// How, and what to know about it, one sentence or more each.
    pub notes: Vec<String>,
    /// What came of it.
    pub tables: Vec<Table>,
    /// All its numbers.
    pub numbers: Value,
}

impl Section {
    /// For a screen.
    #[must_use]
    pub fn text(&self) -> String {
        let about = format!("{}, {}\n{}", self.version, self.at, self.machine.line());
        let mut parts = vec![about];
        parts.extend(self.tables.iter().map(Table::text));
        parts.push(self.notes.join("\n"));
        parts.join("\n\n")
    }
}
