//! One pass over the JSON of a token: is it sound, what does it say that decides, and nothing is built.
//!
//! As strict as [`crate::json`]: no member twice, however it is spelled, and nothing nested too deep.

use crate::json::{JsonError, MAX_DEPTH};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

/// What kind of value stands somewhere, with as much of it as anybody asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Seen<'j> {
    Text(Cow<'j, str>),
    /// A whole number that fits.
    Whole(i64),
    /// An object with so many actors nested in it as `act` of `act`; `None` if one of them is no object.
    Object {
        actors: Option<usize>,
    },
    /// Anything else.
    Other,
}

/// Reads a JSON object and shows its members in the order they are written.
pub(super) fn members<'j>(json: &'j str, see: impl FnMut(&str, Seen<'j>)) -> Result<(), JsonError> {
    let cause = Cell::new(JsonError::Syntax);
    let scan = Scan { depth: 0, cause: &cause };
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.deserialize_map(Members { scan, see }).map_err(|_| cause.get())?;
    reader.end().map_err(|_| JsonError::Syntax)
}

/// Looks at one value, at one depth, and notes why it could not.
#[derive(Clone, Copy)]
struct Scan<'c> {
    depth: usize,
    cause: &'c Cell<JsonError>,
}

impl Scan<'_> {
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

    /// Goes through an object's members.
    fn walk<'j, A: MapAccess<'j>>(
        self,
        mut members: A,
        mut see: impl FnMut(&str, Seen<'j>),
    ) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some(name) = members.next_key_seed(Name)? {
            let value = members.next_value_seed(inner)?;
            see(&name, value);
            if !names.is_new(name) {
                return Err(self.refuse(JsonError::DuplicateMember));
            }
        }
        Ok(())
    }
}

impl<'j> DeserializeSeed<'j> for Scan<'_> {
    type Value = Seen<'j>;
    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Seen<'j>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Scan<'_> {
    type Value = Seen<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Seen<'j>, E> {
        Ok(Seen::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen<'j>, E> {
        Ok(Seen::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Seen<'j>, E> {
        Ok(Seen::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Seen<'j>, E> {
        Ok(i64::try_from(number).map_or(Seen::Other, Seen::Whole))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen<'j>, E> {
        Ok(Seen::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'j str) -> Result<Seen<'j>, E> {
        Ok(Seen::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Seen<'j>, E> {
        Ok(Seen::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Seen<'j>, A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(Seen::Other)
    }

    fn visit_map<A: MapAccess<'j>>(self, members: A) -> Result<Seen<'j>, A::Error> {
        let mut actors = Some(0);
        self.walk(members, |name, value| {
            if name == "act" {
                actors = value.actors();
            }
        })?;
        Ok(Seen::Object { actors })
    }
}

impl Seen<'_> {
    /// How many actors it is, taken as the value of an `act` member.
    pub(super) fn actors(&self) -> Option<usize> {
        match self {
            Seen::Object { actors } => actors.map(|inner| inner + 1),
            Seen::Text(_) | Seen::Whole(_) | Seen::Other => None,
        }
    }
}

/// The object itself, member by member.
struct Members<'c, F> {
    scan: Scan<'c>,
    see: F,
}

impl<'j, F: FnMut(&str, Seen<'j>)> Visitor<'j> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'j>>(self, members: A) -> Result<(), A::Error> {
        self.scan.walk(members, self.see)
    }
}

/// A member's name, borrowed unless it is spelled with escapes.
struct Name;

impl<'j> DeserializeSeed<'j> for Name {
    type Value = Cow<'j, str>;
    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Cow<'j, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'j> Visitor<'j> for Name {
    type Value = Cow<'j, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'j str) -> Result<Cow<'j, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'j, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// So many names are compared one by one: quicker than any set, and no token of ours has more.
const FEW: usize = 32;

/// The names an object has so far.
#[derive(Default)]
struct Names<'j> {
    few: Vec<Cow<'j, str>>,
    more: BTreeSet<Cow<'j, str>>,
}

impl<'j> Names<'j> {
    fn is_new(&mut self, name: Cow<'j, str>) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(name);
            return true;
        }
        self.more.insert(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;
    use serde_json::Value;

    fn names(text: &str) -> Result<Vec<String>, JsonError> {
        let mut all = Vec::new();
        members(text, |name, _| all.push(name.to_owned())).map(|()| all)
    }

    #[test]
    fn members_are_shown_in_the_order_they_are_written() {
        assert_eq!(names(r#"{"b":1,"\u0061":[{"x":null}],"":"é"}"#).unwrap(), ["b", "a", ""]);
    }

    #[test]
    fn a_name_is_noticed_again_among_few_and_among_many() {
        for count in [1, FEW, FEW + 1, 3 * FEW] {
            let written = |n: usize| format!(r#""m{n}":{n}"#);
            let mut all: Vec<String> = (0..count).map(written).collect();
            let text = format!("{{{}}}", all.join(","));
            assert_eq!(names(&text).unwrap().len(), count);
            for again in [0, count - 1] {
                all.push(written(again));
                let text = format!("{{{}}}", all.join(","));
                assert_eq!(names(&text), Err(JsonError::DuplicateMember), "{again} of {count}");
                all.pop();
            }
        }
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in ["[]", "null", "1", "\"{}\"", "", "{} {}"] {
            assert!(names(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_object_passes_here_if_it_passes_where_it_is_built(text in r#"\{("[ab]":(\{"[ab]":1\}|\[\]|1e5|"x\\n"|null),?){0,3}\}?"#) {
            let built = json::parse(text.as_bytes());
            let walked = names(&text);
            match (built, walked) {
                (Ok(Value::Object(object)), Ok(names)) => prop_assert_eq!(object.len(), names.len()),
                (Ok(_), Ok(_)) => prop_assert!(false, "no object"),
                (built, walked) => prop_assert_eq!(built.err(), walked.err()),
            }
        }
    }
}
