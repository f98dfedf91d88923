//! What is asked, as JSON or as a form: within limits, every member known, none twice.

use crate::errors::{Code, Fault};
use http::{Request, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::time::Duration;
use stead_proto::form::Form;
use stead_proto::json;
use stead_proto::secret::Jwt;
use tokio::time::timeout;

/// The largest question, in bytes: a token takes a few thousand.
const LARGEST: usize = 128 * 1024;
/// How long a question may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a question.
pub(super) async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Fault> {
    let (parts, body) = request.into_parts();
    let written = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let written = Written::of(written.unwrap_or_default()).ok_or(Fault::plain(Code::Unreadable))?;
    let body = timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await;
    let Ok(Ok(body)) = body else { return Err(Code::Unreadable.into()) };
    written.read(&body.to_bytes()).ok_or(Fault::plain(Code::Unreadable))
}

/// How a question is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Json,
    Form,
}

impl Written {
    fn of(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Some(Self::Form)
        } else {
            None
        }
    }

    fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        // What is wrong with it is not told: the words of it may be a token.
        match self {
            Self::Json => json::from_slice(bytes).ok(),
            Self::Form => serde_json::from_value(members(&Form::parse(bytes).ok()?)?).ok(),
        }
    }
}

/// The members of a form; nothing if one is there twice.
fn members(form: &Form) -> Option<Value> {
    let mut all = Map::new();
    let twice =
        form.iter().any(|(name, value)| all.insert(name.to_owned(), value.into()).is_some());
    (!twice).then_some(Value::Object(all))
}

/// A token that stands in a question.
pub(super) fn token<'de, D: Deserializer<'de>>(read: D) -> Result<Jwt, D::Error> {
    String::deserialize(read).map(Jwt::new)
}

/// Yes or no; a form has only words for it.
pub(super) fn flag<'de, D: Deserializer<'de>>(read: D) -> Result<bool, D::Error> {
    match Value::deserialize(read)? {
        Value::Bool(said) => Ok(said),
        Value::String(word) if word == "true" => Ok(true),
        Value::String(word) if word == "false" => Ok(false),
        _ => Err(D::Error::custom("neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        target: String,
        #[serde(default, deserialize_with = "flag")]
        skip_cache: bool,
    }

    #[test]
    fn json_and_forms_are_read_alike_and_whatever_is_unclear_is_not() {
        let asked = |skip_cache| Some(Asked { target: "a:b".into(), skip_cache });
        let json = |text: &str| Written::Json.read::<Asked>(text.as_bytes());
        let form = |text: &str| Written::Form.read::<Asked>(text.as_bytes());
        assert_eq!(json(r#"{"target":"a:b","skip_cache":true}"#), asked(true));
        assert_eq!(form("target=a%3Ab&skip_cache=true"), asked(true));
        assert_eq!(
            (json(r#"{"target":"a:b"}"#), form("target=a%3Ab")),
            (asked(false), asked(false))
        );
        for wrong in [r"[]", r#"{"target":1}"#, r#"{"target":"a","more":1}"#, r"{}", "{"] {
            assert_eq!(json(wrong), None, "{wrong}");
        }
        for wrong in ["", "target=a&target=b", "target=a&more=1", "target=a&skip_cache=1"] {
            assert_eq!(form(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_question_says_how_it_is_written() {
        for (kind, written) in [
            ("application/json", Some(Written::Json)),
            ("Application/JSON; charset=utf-8", Some(Written::Json)),
            ("application/x-www-form-urlencoded", Some(Written::Form)),
            ("application/jsonx", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(Written::of(kind), written, "{kind}");
        }
    }
}
