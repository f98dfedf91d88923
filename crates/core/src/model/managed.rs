//! Who looks after an object: a resource file, or the admin API.

use serde::{Deserialize, Serialize};

/// Where an object on file comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Managed {
    /// Made by the admin API; a reload of the files leaves it alone.
    #[default]
    Api,
    /// Written in a resource file, which wins over any other change.
    File {
        /// The file, as it was named at start.
        file: String,
        /// The line its table starts on, from 1.
        line: usize,
    },
}

impl Managed {
    /// Whether a file has the last word on it.
    #[must_use]
    pub fn by_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }
}
