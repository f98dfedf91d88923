//! One request and its answer, as they were on the wire.

use serde_json::Value;

/// One request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The form that was posted, decoded; empty if there was none.
    pub sent: &'a [(String, String)],
    /// The status of the answer.
    pub status: u16,
    /// The headers of the answer; names in any case.
    pub headers: &'a [(String, String)],
    /// The body of the answer.
    pub body: &'a str,
}

impl Seen<'_> {
    /// A parameter that was sent exactly once.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.sent.iter().filter(|(other, _)| other == name);
        match (all.next(), all.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Whether a token was asked for.
    pub(crate) fn asked_for_a_token(&self) -> bool {
        self.sent.iter().any(|(name, _)| name == "grant_type")
    }

    /// A header of the answer; the first one of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the answer is a success.
    pub(crate) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if it says that it is JSON and is.
    pub(crate) fn json(&self) -> Option<Value> {
        let of_json = self.header("content-type").is_some_and(|text| text.contains("json"));
        of_json.then(|| serde_json::from_str(self.body).ok()).flatten()
    }

    /// The JSON of a success that holds an access token.
    pub(crate) fn token(&self) -> Option<Value> {
        let body = self.json().filter(|body| body.get("access_token").is_some());
        body.filter(|_| self.succeeded())
    }
}
