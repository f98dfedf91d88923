//! For axum: a layer that verifies, an extractor with the rule in its type, errors that are responses.

mod allow;
mod layer;
mod respond;

pub use allow::Allow;
pub use layer::{RequireToken, RequireTokenService};
pub use respond::Refused;
