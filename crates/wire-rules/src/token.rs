//! Rules of what a token request is answered with (RFC 6749 §5).

use crate::Seen;
use serde_json::Value;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Libraries parse whatever comes; a page in HTML ends in an error about parsing.
pub(crate) fn json(seen: &Seen<'_>) -> Option<String> {
    let needed = seen.asked_for_a_token() && seen.json().is_none();
    needed.then(|| format!("{} {:?}", seen.status, seen.header("content-type").unwrap_or_default()))
}

/// MSAL.NET refuses a token without, or with another.
pub(crate) fn token_type(seen: &Seen<'_>) -> Option<String> {
    let said = seen.token()?.get("token_type").cloned().unwrap_or_default();
    let known = said.as_str().is_some_and(|name| ["Bearer", "DPoP", "N_A"].contains(&name));
    (!known).then(|| said.to_string())
}

/// MSAL Go needs `expires_in`; MSAL Python fails on a `refresh_in` in quotes.
pub(crate) fn lifetimes(seen: &Seen<'_>) -> Option<String> {
    let body = seen.token()?;
    if body.get("expires_in").is_none() {
        return Some("expires_in is missing".to_owned());
    }
    let names = ["expires_in", "ext_expires_in", "refresh_in", "refresh_token_expires_in"];
    let wrong = names.into_iter().find(|name| body.get(name).is_some_and(|it| !it.is_u64()))?;
    Some(format!("{wrong} is no integer"))
}

/// Later than the end it would mean nothing.
pub(crate) fn refresh_in(seen: &Seen<'_>) -> Option<String> {
    let body = seen.token()?;
    let seconds = |name| body.get(name).and_then(Value::as_u64);
    let (refresh, end) = (seconds("refresh_in")?, seconds("expires_in")?);
    (refresh == 0 || refresh >= end).then(|| format!("{refresh} of {end}"))
}

/// MSAL Go refuses an answer that lacks a word it asked for, and MSAL.js never finds it in its cache.
/// RFC 8693 answers what was granted.
pub(crate) fn scope(seen: &Seen<'_>) -> Option<String> {
    let body = seen.token()?;
    if seen.parameter("grant_type") == Some(TOKEN_EXCHANGE) {
        return None;
    }
    let answered = body.get("scope").and_then(Value::as_str).unwrap_or_default();
    let answered: Vec<&str> = answered.split(' ').collect();
    let mut asked = seen.parameter("scope")?.split(' ').filter(|word| !word.is_empty());
    let lost = asked.find(|word| *word != "offline_access" && !answered.contains(word))?;
    Some(format!("{lost} is missing from {answered:?}"))
}

#[cfg(test)]
mod tests {
    use crate::{Seen, broken};
    use serde_json::{Value, json};

    fn answered(asked: &[(&str, &str)], body: &Value) -> Vec<String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let sent: Vec<_> = asked.iter().map(own).collect();
        let headers: Vec<_> = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ]
        .iter()
        .map(own)
        .collect();
        broken(&Seen { sent: &sent, status: 200, headers: &headers, body: &body.to_string() })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = json!({
            "access_token": "t", "token_type": "Bearer", "scope": "api://a/.default A.use",
            "expires_in": 7200, "ext_expires_in": 7200, "refresh_in": 3600,
        });
        body.as_object_mut().unwrap().insert(name.to_owned(), value);
        body
    }

    const ASKED: [(&str, &str); 2] =
        [("grant_type", "refresh_token"), ("scope", "api://a/.default offline_access")];

    #[test]
    fn a_sound_answer_breaks_nothing() {
        assert_eq!(answered(&ASKED, &with("token_type", json!("Bearer"))), [""; 0]);
    }

    #[test]
    fn an_answer_that_some_library_cannot_read_is_broken() {
        for (name, value) in [
            ("token_type", json!("bearer")),
            ("token_type", json!(1)),
            ("expires_in", json!("7200")),
            ("ext_expires_in", json!(7200.5)),
            ("refresh_in", json!("3600")),
            ("refresh_in", json!(7200)),
            ("refresh_token_expires_in", json!("86400")),
            ("scope", json!("A.use")),
        ] {
            assert_eq!(answered(&ASKED, &with(name, value.clone())).len(), 1, "{name} {value}");
        }
        let mut lacking = with("x", json!(1));
        lacking.as_object_mut().unwrap().remove("expires_in");
        assert_eq!(answered(&ASKED, &lacking).len(), 1);
    }

    #[test]
    fn an_exchange_is_told_what_was_granted_and_not_what_was_asked() {
        let asked = [("grant_type", super::TOKEN_EXCHANGE), ("scope", "api://a/A.use")];
        assert_eq!(answered(&asked, &with("scope", json!("A.use"))), [""; 0]);
    }

    #[test]
    fn a_token_request_that_meets_a_page_is_broken() {
        let sent = [("grant_type".to_owned(), "refresh_token".to_owned())];
        let headers = [("content-type".to_owned(), "text/html".to_owned())];
        let page = Seen { sent: &sent, status: 502, headers: &headers, body: "<html>" };
        assert_eq!(broken(&page), ["a token request is answered in JSON: 502 \"text/html\""]);
        let of_a_browser = Seen { sent: &[], status: 200, ..page };
        assert_eq!(broken(&of_a_browser), [""; 0]);
    }
}
