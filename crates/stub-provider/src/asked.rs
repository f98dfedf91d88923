//! What the provider was asked at its token endpoint.

use serde_json::Value;
use std::collections::BTreeMap;
use stead_proto::jwt::Unverified;
use stead_proto::secret::Jwt;

/// What the provider was asked at its token endpoint.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The form that was sent.
    pub form: BTreeMap<String, String>,
    /// The `Authorization` that it was sent with.
    pub authorization: Option<String>,
    /// Where it was asked.
    pub path: String,
    /// How many were asked before.
    pub number: usize,
}

impl Asked {
    /// A parameter; nothing if it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// What the subject token says, in either dialect.
    pub fn subject(&self) -> Value {
        let token = self.form.get("subject_token").or(self.form.get("assertion")).unwrap();
        let token = Jwt::new(token.as_str());
        serde_json::to_value(Unverified::parse(&token).unwrap().claims_for_display()).unwrap()
    }

    /// The user of the subject token.
    pub fn user(&self) -> String {
        let subject = self.subject();
        subject.get("sub").and_then(Value::as_str).unwrap().to_owned()
    }
}
