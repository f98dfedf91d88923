//! What of an exchange may be written down. A value stays only where a list says that its name stands for a
//! word of the protocol; in place of secrets and tokens stands what they are, `<client secret>`.

use form_urlencoded::parse;
use http::HeaderMap;
use serde_json::Value;

/// Parameters whose values are words of the protocol, or names of what everybody may know.
const PLAIN: [&str; 43] = [
    "acr_values",
    "actor_token_type",
    "admin_consent",
    "audience",
    "claims",
    "client-request-id",
    "client_assertion_type",
    "client_id",
    "client_info",
    "code_challenge",
    "code_challenge_method",
    "domain_hint",
    "error",
    "error_codes",
    "error_description",
    "error_subcode",
    "error_uri",
    "grant_type",
    "iss",
    "issued_token_type",
    "login_hint",
    "logout_hint",
    "max_age",
    "prompt",
    "requested_token_type",
    "requested_token_use",
    "resource",
    "response_mode",
    "response_type",
    "return-client-request-id",
    "scope",
    "subject_token_type",
    "suberror",
    "tenant",
    "token_type",
    "token_type_hint",
    "ui_locales",
    "x-client-cpu",
    "x-client-current-telemetry",
    "x-client-last-telemetry",
    "x-client-os",
    "x-client-sku",
    "x-client-ver",
];

/// Parameters, and members of JSON, that are told by what they are.
const SECRET: [&str; 18] = [
    "access_token",
    "actor_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "flow",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
    "spa_code",
    "subject_token",
    "token",
    "user_code",
    "user_federated_identity_credential",
];

/// Headers that are kept as they are.
const HEADERS: [&str; 26] = [
    "age",
    "allow",
    "cache-control",
    "client-request-id",
    "connection",
    "date",
    "etag",
    "expires",
    "host",
    "if-none-match",
    "last-modified",
    "origin",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "retry-after",
    "return-client-request-id",
    "server",
    "strict-transport-security",
    "te",
    "transfer-encoding",
    "user-agent",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
];

/// Beginnings of headers that are kept as they are.
const FAMILIES: [&str; 6] =
    ["accept", "access-control-", "content-", "sec-fetch-", "x-client-", "x-ms-"];

/// The longest name that is taken for one. Tokens and secrets are longer.
const LONGEST_NAME: usize = 32;

/// The parameters of a form.
pub(super) fn form(body: &[u8]) -> Vec<(String, String)> {
    parse(body).map(|(name, text)| (known_name(&name, &text), value(&name, &text))).collect()
}

/// The parameters of a query or a fragment, as they were written as far as they may be.
pub(super) fn query(text: &str) -> String {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(pair).collect::<Vec<_>>().join("&")
}

fn pair(written: &str) -> String {
    let Some((name, text)) = parse(written.as_bytes()).next() else { return String::new() };
    let shown = value(&name, &text);
    if shown == text && known_name(&name, &text) == name {
        return written.to_owned();
    }
    format!("{}={shown}", known_name(&name, &text))
}

/// An address, whose query and fragment may hold a code.
fn address(text: &str) -> String {
    let (text, fragment) = text.split_once('#').map_or((text, None), |(a, b)| (a, Some(b)));
    let (path, asked) = text.split_once('?').map_or((text, None), |(a, b)| (a, Some(b)));
    let part = |mark, part: Option<&str>| part.map(|text| format!("{mark}{}", query(text)));
    let (asked, fragment) = (part('?', asked), part('#', fragment));
    format!("{}{}{}", plain(path), asked.unwrap_or_default(), fragment.unwrap_or_default())
}

/// The headers of a request or of an answer.
pub(super) fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    all.iter()
        .map(|(name, value)| (name.to_string(), header(name.as_str(), &text(value.as_bytes()))))
        .collect()
}

fn header(name: &str, text: &str) -> String {
    match name {
        "location" | "content-location" | "referer" => address(text),
        "authorization" => authorization(text),
        // An emulator that is called as Entra is gets the cookies that a browser has of the real one:
        // their names are nobody's business either.
        "cookie" => "<cookies>".to_owned(),
        "set-cookie" => match text.split_once(';') {
            Some((first, attributes)) => format!("{};{attributes}", cookie(first)),
            None => cookie(text),
        },
        _ if HEADERS.contains(&name) => plain(text),
        _ if FAMILIES.iter().any(|family| name.starts_with(family)) => plain(text),
        _ => "<value>".to_owned(),
    }
}

fn authorization(text: &str) -> String {
    let scheme = text.split(' ').next().unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => "Basic <client secret>".to_owned(),
        "bearer" => "Bearer <access token>".to_owned(),
        _ => "<authorization>".to_owned(),
    }
}

fn cookie(text: &str) -> String {
    match text.split_once('=') {
        Some((name, value)) => format!("{}=<cookie>", known_name(name, value)),
        None => "<cookie>".to_owned(),
    }
}

/// A body, if it is JSON; pages and whatever else are left out.
pub(super) fn body(kind: &str, body: &[u8]) -> String {
    if !kind.contains("json") {
        return String::new();
    }
    serde_json::from_slice(body).map(|json| members(json).to_string()).unwrap_or_default()
}

fn members(json: Value) -> Value {
    match json {
        Value::String(text) => Value::String(plain(&text)),
        Value::Array(all) => all.into_iter().map(members).collect(),
        Value::Object(all) => {
            all.into_iter().map(|(name, inner)| (plain(&name), member(&name, inner))).collect()
        }
        other => other,
    }
}

/// A null stays: a client may trip over it.
fn member(name: &str, inner: Value) -> Value {
    match (name, inner) {
        (_, Value::Null) => Value::Null,
        ("verification_uri_complete", Value::String(text)) => Value::String(address(&text)),
        // It says a user code in a sentence.
        ("message", _) => Value::from("<message>"),
        (_, _) if SECRET.contains(&name) => Value::String(told(name)),
        (_, inner) => members(inner),
    }
}

fn value(name: &str, text: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "redirect_uri" | "post_logout_redirect_uri" => address(text),
        name if SECRET.contains(&name) => told(name),
        name if PLAIN.contains(&name) => plain(text),
        _ => "<value>".to_owned(),
    }
}

/// What a secret is, in words.
fn told(name: &str) -> String {
    format!("<{}>", name.replace('_', " "))
}

/// A name, unless it is rather a value that came without one.
fn known_name(name: &str, text: &str) -> String {
    let listed = PLAIN.contains(&name) || SECRET.contains(&name);
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_name = !text.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(usual);
    if listed || is_name { name.to_owned() } else { "<name>".to_owned() }
}

/// A text that stays, unless somebody put a token where none belongs.
pub(super) fn plain(text: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_token = |word: &str| word.starts_with("eyJ") && word.matches('.').count() >= 2;
    if text.split(|c| !part(c)).any(is_token) { "<token>".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use serde_json::json;

    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln";

    fn shown(written: &str) -> String {
        let pairs = form(written.as_bytes());
        pairs.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn of_each_secret_parameter_what_it_is_stays() {
        for name in SECRET {
            assert_eq!(shown(&format!("{name}=s3cret")), format!("{name}={}", told(name)));
            assert_eq!(
                query(&format!("a=1&{name}=s3cret")),
                format!("a=<value>&{name}={}", told(name))
            );
        }
        assert_eq!(told("client_secret"), "<client secret>");
    }

    #[test]
    fn words_of_the_protocol_stay_as_they_were_written() {
        let kept = "grant_type=refresh_token&scope=api%3A%2F%2Fa%2F.default%20openid&client_info=1&x-client-SKU=m";
        assert_eq!(query(kept), kept);
        assert_eq!(shown("scope=a+b&logout_hint=alice"), "scope=a b&logout_hint=alice");
    }

    #[test]
    fn what_no_list_has_keeps_its_name_alone() {
        assert_eq!(
            shown("answer=123456&login=alice&x.y=1"),
            "answer=<value>&login=<value>&x.y=<value>"
        );
        assert_eq!(shown("code=a&code=b&CODE=c"), "code=<code>&code=<code>&CODE=<code>");
        assert_eq!(query("c%6Fde=s3cret"), "code=<code>");
    }

    #[test]
    fn a_value_that_came_as_a_name_or_a_token_in_a_wrong_place_does_not_stay() {
        assert_eq!(shown("s3cret"), "<name>=<value>");
        assert_eq!(
            shown(&format!("{JWT}=1&{{\"password\":\"a\"}}=1")),
            "<name>=<value>&<name>=<value>"
        );
        assert_eq!(shown(&format!("scope=a+{JWT}")), "scope=<token>");
        assert_eq!(query(&format!("scope={JWT}&s3cret")), "scope=<token>&<name>=<value>");
        assert_eq!(
            body("application/json", json!({"error": JWT}).to_string().as_bytes()),
            r#"{"error":"<token>"}"#
        );
    }

    #[test]
    fn an_address_loses_its_code_in_query_and_fragment_and_within_a_parameter() {
        let info = "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ";
        let address =
            address(&format!("https://a.example/back?code=c1&state=s#code=c2&client_info={info}"));
        let safe = format!(
            "https://a.example/back?code=<code>&state=<value>#code=<code>&client_info={info}"
        );
        assert_eq!(address, safe);
        let within = "redirect_uri=https%3A%2F%2Fa.example%2F%3Fcode%3Dc1";
        assert_eq!(query(within), "redirect_uri=https://a.example/?code=<code>");
        assert_eq!(
            query("redirect_uri=https%3A%2F%2Fa.example"),
            "redirect_uri=https%3A%2F%2Fa.example"
        );
    }

    #[test]
    fn headers_keep_their_shape() {
        for (name, sent, kept) in [
            ("authorization", "Basic czpz", "Basic <client secret>"),
            ("authorization", "bearer abc", "Bearer <access token>"),
            ("authorization", "abc", "<authorization>"),
            ("cookie", "a=1; __Host-s=2", "<cookies>"),
            ("set-cookie", "s3cret", "<cookie>"),
            ("set-cookie", "a=1; Path=/; Secure", "a=<cookie>; Path=/; Secure"),
            ("location", "/next?flow=f", "/next?flow=<flow>"),
            ("referer", "https://a.example/#code=c", "https://a.example/#code=<code>"),
            ("retry-after", "5", "5"),
            ("cache-control", "no-store", "no-store"),
            ("content-type", "application/json", "application/json"),
            ("x-api-key", "s3cret", "<value>"),
            ("dpop", JWT, "<value>"),
            ("user-agent", JWT, "<token>"),
        ] {
            let line = (HeaderName::from_static(name), HeaderValue::from_str(sent).unwrap());
            assert_eq!(
                headers(&HeaderMap::from_iter([line])),
                [(name.to_owned(), kept.to_owned())]
            );
        }
    }

    #[test]
    fn json_keeps_everything_but_secrets_at_any_depth() {
        let sent = json!({
            "access_token": "a", "refresh_token": "r", "id_token": null, "expires_in": 3600, "scope": "s",
            "error_codes": [65001], "user_code": 7, "verification_uri_complete": "https://a/d?user_code=U",
            "message": "type U", "deep": [{"device_code": {"x": "d"}, "spa_code": ["c"]}],
        });
        let kept = json!({
            "access_token": "<access token>", "refresh_token": "<refresh token>", "id_token": null,
            "expires_in": 3600, "scope": "s", "error_codes": [65001], "user_code": "<user code>",
            "verification_uri_complete": "https://a/d?user_code=<user code>", "message": "<message>",
            "deep": [{"device_code": "<device code>", "spa_code": "<spa code>"}],
        });
        let shown = body("application/json", sent.to_string().as_bytes());
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), kept);
        let twice = body("application/json", br#"{"id_token":"one","id_token":"two"}"#);
        assert_eq!(twice, r#"{"id_token":"<id token>"}"#);
    }

    #[test]
    fn a_body_that_is_no_json_is_left_out() {
        assert_eq!(body("text/html", b"<input name=code value=c>"), "");
        assert_eq!(body("application/json", br#"{"access_token":"a""#), "");
        assert_eq!(body("application/json", b"\xff"), "");
        assert_eq!(body("application/jwt", JWT.as_bytes()), "");
    }
}
