//! JSON of others, looked into: what is not there is null, and nothing panics.

use serde_json::Value;

/// What every miss refers to.
static NOTHING: Value = Value::Null;

/// Looking into JSON.
pub trait Member {
    /// The member of this name; null where there is none.
    fn member(&self, name: &str) -> &Value;
}

impl Member for Value {
    fn member(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&NOTHING)
    }
}
