//! The knobs of `gateway.toml`, written down for editors (JSON schema) and for people (Markdown).

use super::raw;
use crate::config::reference::write_file;
use schemars::schema_for;
use serde_json::Value;

/// The JSON schema of `gateway.toml`.
#[must_use]
pub fn schema() -> Value {
    schema_for!(raw::File).to_value()
}

/// The page `docs/reference/gateway.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "<!-- Written by `stead gateway reference`; change crates/cli/src/gateway/raw.rs instead. -->\n\n",
    );
    write_file(&mut page, "gateway.toml", &schema());
    page
}
