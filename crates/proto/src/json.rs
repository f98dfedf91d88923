//! JSON that repeats no member.
//!
//! RFC 8259 §4 leaves open what a repeated name means, and readers differ: the first, the last, both. A
//! token that one reader takes for alice's and another for mallory's is a hole, so repeats are refused
//! at any depth, also where one spelling of the name is escaped (`"\u0073ub"` beside `"sub"`).

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 32;

/// Why bytes are not the JSON we take. Says nothing of what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON, not UTF-8, or more than one value.
    Syntax,
    /// An object names a member twice.
    DuplicateMember,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// JSON, but not of the type asked for.
    WrongShape,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "the text is not JSON",
            Self::DuplicateMember => "a JSON object names a member twice",
            Self::TooDeep => "the JSON is nested too deep",
            Self::WrongShape => "the JSON is not of the expected shape",
        })
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON value. Its size is the caller's to limit.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let cause = Cell::new(JsonError::Syntax);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value =
        Strict { depth: 0, cause: &cause }.deserialize(&mut reader).map_err(|_| cause.get())?;
    reader.end().map_err(|_| JsonError::Syntax)?;
    Ok(value)
}

/// Reads one JSON value as a `T`; a repeated member is refused even where `T` has no such field.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json::from_value(parse(bytes)?).map_err(|_| JsonError::WrongShape)
}

/// Builds a [`Value`] at one depth, and notes why it could not.
#[derive(Clone, Copy)]
struct Strict<'c> {
    depth: usize,
    cause: &'c Cell<JsonError>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(JsonError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// serde's error type carries text only, so the cause travels beside it.
    fn refuse<E: de::Error>(self, cause: JsonError) -> E {
        self.cause.set(cause);
        E::custom(cause)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(self.refuse(JsonError::DuplicateMember));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_value_is_read_as_it_stands() {
        let text = r#"{"a":[1,-2,1.5,true,null,"\u00e9"],"b":{"a":{}},"n":18446744073709551615}"#;
        assert_eq!(parse(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn a_repeated_member_is_refused_at_any_depth_and_in_any_spelling() {
        for text in [
            r#"{"sub":1,"sub":1}"#,
            r#"{"sub":1,"\u0073ub":2}"#,
            r#"{"a":{"b":[{"act":1,"act":2}]}}"#,
            r#"[{"":1,"":1}]"#,
        ] {
            assert_eq!(parse(text.as_bytes()), Err(JsonError::DuplicateMember), "{text}");
        }
        assert_eq!(parse(br#"{"sub":{"sub":1},"Sub":2}"#), Ok(json!({"sub":{"sub":1},"Sub":2})));
    }

    #[test]
    fn nesting_stops_at_the_limit() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        for depth in [MAX_DEPTH + 1, 100_000] {
            assert_eq!(parse(nested(depth).as_bytes()), Err(JsonError::TooDeep), "{depth}");
        }
    }

    #[test]
    fn what_is_not_exactly_one_value_is_no_json() {
        for bytes in [
            &b""[..],
            b"{} {}",
            b"{},",
            b"\xEF\xBB\xBF{}",
            b"\"\xFF\"",
            br#""\ud800""#,
            b"NaN",
            b"1e999",
        ] {
            assert_eq!(parse(bytes), Err(JsonError::Syntax), "{bytes:?}");
        }
        assert_eq!(parse(b" {} \n"), Ok(json!({})));
    }

    #[test]
    fn a_typed_read_is_as_strict_also_about_members_the_type_lacks() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Claims {
            sub: String,
        }
        assert_eq!(from_slice(br#"{"sub":"a","x":1}"#), Ok(Claims { sub: "a".into() }));
        assert_eq!(
            from_slice::<Claims>(br#"{"sub":"a","x":1,"x":1}"#),
            Err(JsonError::DuplicateMember)
        );
        assert_eq!(from_slice::<Claims>(br#"{"sub":1}"#), Err(JsonError::WrongShape));
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_and_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = parse(&bytes) {
                prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
            }
        }
    }
}
