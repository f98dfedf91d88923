//! `performance.json`: what came of each measurement, section by section.

use super::page;
use crate::report::Section;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const JSON: &str = "performance.json";
const PAGE: &str = "performance.md";

/// What came of each measurement.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// In the order of the page.
    pub sections: Vec<Section>,
}

impl Kept {
    /// What a folder has; nothing in one that has none.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(JSON);
        let named = || file.display().to_string();
        match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(named),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(named),
        }
    }

    /// Adds a section, in the place of one that was called the same.
    pub fn put(&mut self, section: Section) {
        match self.sections.iter_mut().find(|other| other.id == section.id) {
            Some(other) => *other = section,
            None => self.sections.push(section),
        }
    }

    /// Writes both, the numbers and the page, into a folder.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        for (name, text) in [(JSON, json), (PAGE, self.page())] {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| file.display().to_string())?;
        }
        Ok(())
    }

    /// The page.
    #[must_use]
    pub fn page(&self) -> String {
        page::written(&self.sections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use serde_json::Value;

    fn section(id: &str, title: &str) -> Section {
        let machine = Machine {
            processor: "A Processor".to_owned(),
            cores: 2,
            memory_mib: 1024,
            kernel: "Linux 6".to_owned(),
            file_system: "ext4".to_owned(),
        };
        let parts = (vec!["Measured.".to_owned()], Vec::new());
        Section::new((id, title), machine, parts, &Value::Null).unwrap()
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_that_was_called_the_same() {
        let mut kept = Kept::default();
        for (id, title) in [("a", "old"), ("b", "other"), ("a", "new")] {
            kept.put(section(id, title));
        }
        let titles: Vec<_> = kept.sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["new", "other"]);
    }

    #[test]
    fn what_was_written_is_read_again_and_the_page_says_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Kept::read(folder.path()).unwrap(), Kept::default());
        let kept = Kept { sections: vec![section("a", "Exchanges")] };
        kept.write(folder.path()).unwrap();
        assert_eq!(Kept::read(folder.path()).unwrap(), kept);
        let page = fs::read_to_string(folder.path().join(PAGE)).unwrap();
        assert!(page.contains("## Exchanges\n") && page.contains("- Measured.\n"), "{page}");
    }

    #[test]
    fn the_page_in_the_documentation_is_written_from_its_numbers() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference"));
        let page = fs::read_to_string(folder.join(PAGE)).unwrap();
        let written = Kept::read(folder).unwrap().page();
        assert_eq!(page, written, "write it again: stead bench report --only none");
    }
}
