//! The rows of the specification, black box, over HTTPS: one test a row, named after it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop, and JSON is looked into by name"
)]

mod error_table;
mod obo;
mod token_exchange;
mod token_exchange_chain;
mod token_exchange_request;
mod token_exchange_result;
