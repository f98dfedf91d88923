//! A response, whole: status, headers, body.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as text.
    pub text: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let answer = Self { status, headers, text };
        answer.holds_what_every_answer_holds();
        answer
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text))
    }

    /// A member of the JSON body; `null` if it is not there.
    pub fn member(&self, name: &str) -> Value {
        self.json().get(name).cloned().unwrap_or(Value::Null)
    }

    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and `error`, for a refusal.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.member("error").as_str().unwrap_or_default().to_owned())
    }

    /// The access token of a success.
    pub fn access_token(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.member("access_token").as_str().expect("an access token").to_owned()
    }

    /// The claims inside the access token of a success, unverified.
    pub fn claims(&self) -> Value {
        claims_of(&self.access_token())
    }

    /// The universal assertions of the specification, on every response of every test.
    pub(crate) fn holds_what_every_answer_holds(&self) {
        let json = self.header("content-type").starts_with("application/json");
        let refusal = self.status >= 400 && json;
        if refusal {
            let body = self.json();
            for name in ["error", "error_description"] {
                let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
                let allowed = |c: char| matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}');
                assert!(text.chars().all(allowed), "{name} holds what it may not: {text:?}");
            }
            assert!(self.header("cache-control").contains("no-store"), "{:?}", self.headers);
        }
        if (200..300).contains(&self.status) {
            assert!(self.headers.get("retry-after").is_none(), "Retry-After on a success");
        }
        for inside in ["panicked at", "rusqlite", "SELECT ", "/src/", "stack backtrace"] {
            assert!(!self.text.contains(inside), "internals in a body: {inside}");
        }
    }
}

/// The claims inside a compact JWS, unverified.
pub(crate) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let bytes = stead_proto::digest::from_base64url(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}
