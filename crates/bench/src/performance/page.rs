//! `performance.md`, written from the sections and nothing else.

use super::limits;
use crate::report::Section;

/// How to read it.
const HEAD: &str = include_str!("head.md");

/// The page.
pub(super) fn written(sections: &[Section]) -> String {
    let mut parts = vec![HEAD.to_owned()];
    if let Some(table) = limits::table(sections) {
        parts.push(format!("## Limits\n\n{}", table.markdown()));
    }
    parts.extend(sections.iter().map(Section::markdown));
    parts.join("\n")
}
