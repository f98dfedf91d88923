//! The answer of one measurement.

use super::table::Table;
use crate::machine::Machine;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stead_server::moment::{Moments, SystemMoments};

/// The answer of one measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its name among others: one of the same name takes its place.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The command that measured it, if it is told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
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
    /// What was just measured by this Stead.
    pub fn new(
        (id, title): (&str, &str),
        machine: Machine,
        (notes, tables): (Vec<String>, Vec<Table>),
        numbers: &impl Serialize,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            id: id.to_lowercase(),
            title: title.to_owned(),
            command: None,
            at: SystemMoments.moment().now.to_string(),
            version: format!("stead {}", env!("CARGO_PKG_VERSION")),
            machine,
            notes,
            tables,
            numbers: serde_json::to_value(numbers)?,
        })
    }

    /// For a screen.
    #[must_use]
    pub fn text(&self) -> String {
        let about = format!("{}, {}\n{}", self.version, self.at, self.machine.line());
        let mut parts = vec![about];
        parts.extend(self.tables.iter().map(Table::text));
        parts.push(self.notes.join("\n"));
        parts.join("\n\n")
    }

    /// For a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut parts = vec![format!("## {}\n", self.title)];
        parts.extend(self.command.iter().map(|command| format!("```sh\n{command}\n```\n")));
        parts.extend(self.tables.iter().map(Table::markdown));
        let notes = self.notes.iter().map(|note| format!("- {note}"));
        let about = format!("- {}, {}, {}.", self.version, self.at, self.machine.line());
        parts.push(notes.chain([about]).collect::<Vec<_>>().join("\n") + "\n");
        parts.join("\n")
    }
}
