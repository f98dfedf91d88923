//! The house rules. They are tests (`tests/tidy/`), each of which says why when it fails.
//!
//! | module | what it does |
//! |---|---|
//! | [`tree`] | reads the files of the repository |
//! | [`rust`] | finds in Rust source, line by line, what the rules ask about |
//! | [`conformance`] | the table of `docs/reference/conformance.md`, from the tests in the tree |
//!
//! It parses no Rust: `cargo fmt` has laid the files out before the rules are asked, and lines are enough.

pub mod conformance;
pub mod rust;
pub mod tree;
