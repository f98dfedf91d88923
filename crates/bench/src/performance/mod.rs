//! `docs/reference/performance.md`: a stated matrix of measurements, run, kept as JSON, written as a page.
//!
//! | file | what it does |
//! |---|---|
//! | `matrix` | which measurements, each as the command that makes it |
//! | `kept` | `performance.json`: what came of them, section by section |
//! | `run` | measures it, or a part of it |
//! | `limits` | what was to be reached, beside what was |
//! | `page` | `performance.md`, written from that and nothing else |

mod kept;
mod limits;
mod matrix;
mod page;
mod run;

pub use kept::Kept;
pub use matrix::{Entry, matrix};
pub use run::run;
