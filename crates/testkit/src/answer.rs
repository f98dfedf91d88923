//! A response, whole: status, headers, body.

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use stead_proto::form::Form;
use wire_rules::Seen;

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
    /// Sends a request, and holds the answer to what every answer keeps.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let (http, request) = request.build_split();
        let request = request.unwrap();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let sent = Form::parse(body).unwrap_or_default();
        let response = http.execute(request).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let answer = Self { status, headers, text };
        answer.keeps_every_rule(&sent);
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
    pub(crate) fn keeps_every_rule(&self, sent: &Form) {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let sent: Vec<_> = sent.iter().map(own).collect();
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers: Vec<_> = self.headers.iter().map(header).collect();
        let seen = Seen { sent: &sent, status: self.status, headers: &headers, body: &self.text };
        assert_eq!(wire_rules::broken(&seen), [""; 0], "{} {}", self.status, self.text);
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
