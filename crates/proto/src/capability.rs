//! What a client says it can do (`xms_cc`): it handles claims challenges, above all (`cp1`).

use crate::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest name of a capability, in bytes.
const LONGEST: usize = 16;
/// Most capabilities of a client.
const MOST: usize = 8;

/// Something a client says it can do. Its resource reads it in the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capability(String);

impl Capability {
    /// Those a `claims` request names (`access_token.xms_cc`); what cannot be one is ignored.
    #[must_use]
    pub fn of_claims(text: &str) -> Vec<Self> {
        let claims: Option<Value> = json::parse(text.as_bytes()).ok();
        let wish = claims.as_ref().and_then(|claims| claims.get("access_token")?.get("xms_cc"));
        let Some(wish) = wish else { return Vec::new() };
        let several = wish.get("values").and_then(Value::as_array).into_iter().flatten();
        let all = several.chain(wish.get("value")).filter_map(Value::as_str);
        all.filter(|name| is_name(name)).take(MOST).map(|name| Self(name.to_owned())).collect()
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(claims: &str) -> Vec<String> {
        Capability::of_claims(claims).into_iter().map(|Capability(name)| name).collect()
    }

    #[test]
    fn capabilities_are_read_as_msal_sends_them_and_anything_else_is_none() {
        assert_eq!(
            names(r#"{"access_token":{"xms_cc":{"values":["cp1","CP1"]}}}"#),
            ["cp1", "CP1"]
        );
        assert_eq!(names(r#"{"access_token":{"xms_cc":{"value":"cp1"}}}"#), ["cp1"]);
        for none in [
            "",
            "[]",
            "{",
            r#"{"access_token":null}"#,
            r#"{"access_token":{"xms_cc":null}}"#,
            r#"{"access_token":{"xms_cc":{"values":["", 1, "a b", "longer than any of them is"]}}}"#,
            r#"{"id_token":{"xms_cc":{"values":["cp1"]}}}"#,
        ] {
            assert_eq!(names(none), [""; 0], "{none}");
        }
        let many = format!(
            r#"{{"access_token":{{"xms_cc":{{"values":[{}]}}}}}}"#,
            ["\"a\""; 99].join(",")
        );
        assert_eq!(names(&many).len(), MOST);
    }
}
