//! Rules of every answer.

use crate::Seen;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// MSAL Python keeps a success that carries one, and gives it to the next user.
pub(crate) fn no_retry_after_on_success(seen: &Seen<'_>) -> Option<String> {
    seen.header("retry-after").filter(|_| seen.succeeded()).map(str::to_owned)
}

/// MSAL Python fails on `"id_token": null`; what is not there is left out.
pub(crate) fn no_null(seen: &Seen<'_>) -> Option<String> {
    null_in(&seen.json()?).map(|path| format!("at {path}"))
}

fn null_in(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Array(all) => all.iter().enumerate().find_map(|(at, inner)| below(&at, inner)),
        Value::Object(all) => all.iter().find_map(|(name, inner)| below(name, inner)),
        _ => None,
    }
}

fn below(name: &impl ToString, inner: &Value) -> Option<String> {
    null_in(inner).map(|path| format!("/{}{path}", name.to_string()))
}

/// MSAL Go fails on padding, MSAL Python on anything else than JSON; in a body or in a redirect.
pub(crate) fn client_info(seen: &Seen<'_>) -> Option<String> {
    let in_body = seen.json().and_then(|body| body.get("client_info").cloned());
    let in_redirect = seen.header("location").and_then(|url| {
        let mut pairs = url.split(['?', '#', '&']).filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == "client_info").map(|(_, value)| Value::from(value))
    });
    let unsound = |value: &Value| !value.as_str().is_some_and(names_an_account);
    in_body.into_iter().chain(in_redirect).find(unsound).map(|value| value.to_string())
}

fn names_an_account(text: &str) -> bool {
    let json = URL_SAFE_NO_PAD.decode(text).ok();
    let value: Option<Value> = json.and_then(|json| serde_json::from_slice(&json).ok());
    let says = |name| {
        let member = value.as_ref().and_then(|value| value.get(name)).and_then(Value::as_str);
        member.is_some_and(|text| !text.is_empty())
    };
    says("uid") && says("utid")
}

/// MSAL.js takes any of these for a failure.
pub(crate) fn no_error_in_success(seen: &Seen<'_>) -> Option<String> {
    let body = seen.json().filter(|_| seen.succeeded())?;
    let members = ["error", "error_description", "error_codes", "error_uri", "suberror"];
    members.into_iter().find(|name| body.get(name).is_some()).map(str::to_owned)
}

/// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E; and a refusal in JSON has a code.
pub(crate) fn error_in_plain_characters(seen: &Seen<'_>) -> Option<String> {
    let body = seen.json().filter(|_| seen.status >= 400)?;
    let said = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if said("error").is_empty() {
        return Some("there is none".to_owned());
    }
    let plain = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    let texts = ["error", "error_description", "suberror"].map(said);
    texts.into_iter().find(|text| !text.chars().all(plain))
}

/// MSAL Go decodes them as such.
pub(crate) fn error_codes_are_integers(seen: &Seen<'_>) -> Option<String> {
    let body = seen.json()?;
    let codes = body.get("error_codes")?;
    let sound = codes.as_array().is_some_and(|all| all.iter().all(Value::is_u64));
    (!sound).then(|| codes.to_string())
}

/// Libraries hand them on as text.
pub(crate) fn claims_are_json(seen: &Seen<'_>) -> Option<String> {
    let body = seen.json().filter(|_| seen.status >= 400)?;
    let claims = body.get("claims")?;
    let inside: Option<Value> =
        claims.as_str().and_then(|text| serde_json::from_str(text).ok()).filter(Value::is_object);
    inside.is_none().then(|| claims.to_string())
}

/// RFC 6749 §5.1: `no-store` and `no-cache`, on tokens, device codes and refusals alike.
pub(crate) fn nobody_keeps_it(seen: &Seen<'_>) -> Option<String> {
    let body = seen.json()?;
    let about_one = ["access_token", "device_code", "error"];
    if !about_one.into_iter().any(|name| body.get(name).is_some()) {
        return None;
    }
    let says = |header, word| seen.header(header).is_some_and(|value| value.contains(word));
    let kept = says("cache-control", "no-store") && says("pragma", "no-cache");
    (!kept).then(|| "Cache-Control or Pragma is missing".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::{Seen, broken};
    use serde_json::{Value, json};

    fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Vec<String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let json = [("Content-Type", "application/json")];
        let headers: Vec<_> = json.iter().chain(headers).map(own).collect();
        broken(&Seen { sent: &[], status, headers: &headers, body: &body.to_string() })
    }

    const NOBODY: [(&str, &str); 2] = [("Cache-Control", "no-store"), ("Pragma", "no-cache")];

    fn refusal(more: &Value) -> Vec<String> {
        let mut body = json!({"error": "invalid_grant", "error_description": "AADSTS65001: no"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answer(400, &NOBODY, &body)
    }

    #[test]
    fn a_success_that_says_when_to_try_again_is_broken_and_a_failure_may() {
        let after = [("Retry-After", "5")];
        assert_eq!(answer(200, &after, &json!({})), ["no Retry-After on a success: 5"]);
        let failure = [NOBODY.as_slice(), &after].concat();
        assert_eq!(answer(503, &failure, &json!({"error": "e"})), [""; 0]);
    }

    #[test]
    fn a_null_is_found_wherever_it_is() {
        assert_eq!(answer(200, &[], &json!({"a": [{"b": null}]})), ["no null in JSON: at /a/0/b"]);
        assert_eq!(answer(200, &[], &json!({"a": [{"b": 0}]})), [""; 0]);
    }

    #[test]
    fn client_info_names_uid_and_utid_without_padding() {
        let sound = "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ";
        assert_eq!(answer(200, &[], &json!({"client_info": sound})), [""; 0]);
        let unsound = [
            json!(format!("{sound}==")),
            json!("garbage"),
            json!("eyJ1aWQiOiJ1In0"),
            json!({"uid": "u", "utid": "t"}),
        ];
        for value in unsound {
            assert_eq!(answer(200, &[], &json!({"client_info": value})).len(), 1, "{value}");
        }
        let redirect = format!("https://app.example/#code=c&client_info={sound}&state=s");
        assert_eq!(answer(302, &[("Location", &redirect)], &json!({})), [""; 0]);
        let padded = redirect.replace("&state", "%3D%3D&state");
        assert_eq!(answer(302, &[("Location", &padded)], &json!({})).len(), 1);
    }

    #[test]
    fn a_success_holds_no_member_of_an_error() {
        assert_eq!(answer(200, &[], &json!({"suberror": ""})).len(), 1);
    }

    #[test]
    fn a_refusal_is_sound_or_said_what_is_wrong_with_it() {
        assert_eq!(refusal(&json!({"error_codes": [65001], "claims": "{}"})), [""; 0]);
        for wrong in [
            json!({"error": ""}),
            json!({"error_description": "a \"quoted\" word"}),
            json!({"error_codes": ["65001"]}),
            json!({"error_codes": 65001}),
            json!({"claims": {}}),
            json!({"claims": "none"}),
        ] {
            assert_eq!(refusal(&wrong).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn a_refusal_or_a_device_code_that_may_be_kept_is_broken() {
        assert_eq!(answer(400, &[], &json!({"error": "e"})).len(), 1);
        assert_eq!(answer(400, &NOBODY[..1], &json!({"error": "e"})).len(), 1);
        assert_eq!(answer(200, &NOBODY[1..], &json!({"device_code": "d"})).len(), 1);
    }
}
