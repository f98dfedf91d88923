//! The SDK: what verifying a token costs an application, and what a token costs that it has acquired before.
//!
//! | file | what it does |
//! |---|---|
//! | `verify` | tokens seen for the first time and again, beside the signature alone |
//! | `cache` | tokens acquired before, for few users and for many |
//! | `clock` | processor time of batches, on a thread of its own |

mod cache;
mod clock;
mod verify;

pub use cache::run as cache;
pub use verify::run as verify;
