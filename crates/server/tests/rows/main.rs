//! The rows of the specification, black box, over HTTPS: one test a row, named after it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop, and JSON is looked into by name"
)]

mod token_exchange;
