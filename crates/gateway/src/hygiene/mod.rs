//! What a request may not bring along: paths that two programs read differently, headers that claim to be somebody.

pub mod headers;
pub mod path;
pub(crate) mod query;
