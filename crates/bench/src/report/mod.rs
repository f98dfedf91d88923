//! What was measured, for people and for machines.
//!
//! A [`Section`] is the answer of one measurement: what it was about, tables, and all its numbers. It is
//! printed, or kept beside others in `docs/reference/performance.json`, from which the page is written.

mod numbers;
mod section;
mod table;

pub use numbers::{flatness, known, median, mib, ms, rounded, us};
pub use section::Section;
pub use table::Table;
