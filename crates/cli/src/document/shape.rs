//! The shape a document must have, taken from the JSON schema of the type it is read into.
//!
//! serde stops at the first mistake; this walks on. What does not fit is noted and taken out of the tree,
//! so that the rest can still be read and its own mistakes be found.

use crate::member::Member;
use crate::mistake::{Mistake, Mistakes, Place, Source};
use schemars::JsonSchema;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

/// Keys whose values are names that other tables refer to.
const NAMES: [&str; 4] = ["id", "audience", "username", "issuer"];

/// A walk over a document.
pub(super) struct Shape<'m> {
    schema: Value,
    source: &'m Arc<Source>,
    mistakes: &'m mut Mistakes,
    /// Names in tables that had to be taken out.
    pub(super) lost: BTreeSet<String>,
}

/// Whether a value stays in the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Keep,
    Drop,
}

impl<'m> Shape<'m> {
    pub(super) fn new<T: JsonSchema>(source: &'m Arc<Source>, mistakes: &'m mut Mistakes) -> Self {
        let schema = schemars::schema_for!(T).to_value();
        Self { schema, source, mistakes, lost: BTreeSet::new() }
    }

    /// The document without what does not fit; nothing if the whole does not.
    pub(super) fn prune<'i>(&mut self, root: Spanned<DeTable<'i>>) -> Option<Spanned<DeTable<'i>>> {
        let (span, mut table) = (root.span(), root.into_inner());
        let schema = self.schema.clone();
        let fit = self.table(&schema, &mut table, span.start..span.start);
        (fit == Fit::Keep).then(|| Spanned::new(span, table))
    }

    fn value(&mut self, schema: &Value, value: &mut Spanned<DeValue<'_>>) -> Fit {
        let (span, alternatives) = (value.span(), self.alternatives(schema));
        match value.get_mut() {
            DeValue::Table(table) => match self.choose(&alternatives, table, &span) {
                Some(schema) => self.table(&schema, table, span),
                None => Fit::Drop,
            },
            DeValue::Array(array) => match of_type(&alternatives, "array").next().cloned() {
                Some(schema) => self.array(&schema, array),
                None => self.unfit(&alternatives, "a list", span),
            },
            DeValue::String(word) => self.word(&alternatives, word, span),
            DeValue::Integer(_) => {
                self.plain(&alternatives, (&["integer", "number"], "a number"), span)
            }
            DeValue::Boolean(_) => self.plain(&alternatives, (&["boolean"], "true or false"), span),
            DeValue::Float(_) => self.plain(&alternatives, (&["number"], "a fraction"), span),
            DeValue::Datetime(_) => self.unfit(&alternatives, "a date", span),
        }
    }

    fn table(&mut self, schema: &Value, table: &mut DeTable<'_>, span: Range<usize>) -> Fit {
        let empty = Map::new();
        let properties = schema.member("properties").as_object().unwrap_or(&empty);
        let others = schema.member("additionalProperties");
        let required: Vec<&str> = words(schema.member("required")).collect();
        let mut fit = Fit::Keep;
        let mut unfit = Vec::new();
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().as_ref();
            let known = properties.get(name).or(others.is_object().then_some(others));
            let dropped = match known {
                Some(schema) => self.value(schema, value) == Fit::Drop,
                None => self.unknown_key(key, properties),
            };
            if dropped {
                unfit.push(name.to_owned());
            }
            if dropped && required.contains(&name) {
                fit = Fit::Drop;
            }
        }
        for name in required.iter().filter(|name| !table.contains_key(**name)) {
            let mistake = self.mistake(span.clone(), format!("`{name}` is missing"));
            self.mistakes.push(mistake);
            fit = Fit::Drop;
        }
        if fit == Fit::Drop {
            self.remember_names(table);
        }
        for key in unfit {
            table.remove(key.as_str());
        }
        fit
    }

    /// Notes it; such a key is always dropped.
    fn unknown_key(&mut self, key: &Spanned<DeString<'_>>, known: &Map<String, Value>) -> bool {
        let name = key.get_ref();
        let mistake = self.unknown(key);
        self.mistakes.push(known_keys(mistake, name, known.keys().map(String::as_str)));
        true
    }

    fn array<'i>(&mut self, schema: &Value, array: &mut DeArray<'i>) -> Fit {
        let items = schema.member("items");
        let mut kept: DeArray<'i> = DeArray::new();
        for mut item in std::mem::replace(array, DeArray::new()) {
            if self.value(items, &mut item) == Fit::Keep {
                kept.push(item);
            }
        }
        *array = kept;
        Fit::Keep
    }

    fn word(&mut self, alternatives: &[Value], word: &str, span: Range<usize>) -> Fit {
        let texts: Vec<&Value> = of_type(alternatives, "string").collect();
        let allowed: Vec<&str> = texts.iter().flat_map(|text| allowed(text)).collect();
        if texts.is_empty() {
            return self.unfit(alternatives, "text", span);
        }
        if allowed.is_empty() || allowed.contains(&word) {
            return Fit::Keep;
        }
        let what = format!("`{word}` is none of {}", listed(&allowed));
        let mistake = self.mistake(span, what).meant(word, allowed.iter().copied());
        self.mistakes.push(mistake);
        Fit::Drop
    }

    fn plain(&mut self, all: &[Value], (kinds, found): (&[&str], &str), span: Range<usize>) -> Fit {
        if kinds.iter().any(|kind| of_type(all, kind).next().is_some()) {
            return Fit::Keep;
        }
        self.unfit(all, found, span)
    }

    fn unfit(&mut self, alternatives: &[Value], found: &str, span: Range<usize>) -> Fit {
        let written = alternatives.iter().filter(|form| form.member("type") != "null");
        let expected: BTreeSet<String> = written.map(described).collect();
        let expected: Vec<String> = expected.into_iter().collect();
        let what = format!("this is {found}, expected is {}", expected.join(" or "));
        // Whoever writes a secret where a table belongs, say, is told so without it.
        let mistake = self.mistake(span, what).on_a_key();
        self.mistakes.push(mistake);
        Fit::Drop
    }

    /// Among tables of several forms, the one that the keys point to.
    fn choose(
        &mut self,
        alternatives: &[Value],
        table: &DeTable<'_>,
        span: &Range<usize>,
    ) -> Option<Value> {
        let forms: Vec<&Value> = of_type(alternatives, "object").collect();
        if let [only] = forms.as_slice() {
            return Some((*only).clone());
        }
        if forms.is_empty() {
            self.unfit(alternatives, "a table", span.clone());
            return None;
        }
        let fits =
            |form: &&&Value| words(form.member("required")).any(|key| table.contains_key(key));
        if let Some(form) = forms.iter().find(fits) {
            return Some((**form).clone());
        }
        let keys: Vec<&str> =
            forms.iter().flat_map(|form| words(form.member("required"))).collect();
        let mistake = match table.keys().next() {
            Some(key) => known_keys(self.unknown(key), key.get_ref(), keys.iter().copied()),
            None => self.mistake(span.clone(), format!("expected is one of {}", listed(&keys))),
        };
        self.mistakes.push(mistake);
        None
    }

    /// All forms a value may have, references followed.
    fn alternatives(&self, schema: &Value) -> Vec<Value> {
        let mut schema = schema;
        while let Some(name) =
            schema.member("$ref").as_str().and_then(|path| path.rsplit('/').next())
        {
            schema = self.schema.member("$defs").member(name);
        }
        let several = schema.member("oneOf").as_array().or(schema.member("anyOf").as_array());
        match several {
            Some(forms) => forms.iter().flat_map(|form| self.alternatives(form)).collect(),
            None => vec![schema.clone()],
        }
    }

    fn remember_names(&mut self, table: &DeTable<'_>) {
        let names = NAMES.iter().filter_map(|key| table.get(*key)?.get_ref().as_str());
        self.lost.extend(names.map(str::to_owned));
    }

    fn unknown(&self, key: &Spanned<DeString<'_>>) -> Mistake {
        self.mistake(key.span(), format!("unknown key `{}`", key.get_ref())).on_a_key()
    }

    fn mistake(&self, span: Range<usize>, what: String) -> Mistake {
        Mistake::at(Place::new(self.source, span), what)
    }
}

fn known_keys<'k>(mistake: Mistake, name: &str, known: impl Iterator<Item = &'k str>) -> Mistake {
    let known: Vec<&str> = known.collect();
    let mistake = mistake.meant(name, known.iter().copied());
    if mistake.help.is_some() {
        return mistake;
    }
    mistake.help(format!("known here: {}", known.join(", ")))
}

fn of_type<'s>(forms: &'s [Value], kind: &str) -> impl Iterator<Item = &'s Value> {
    forms.iter().filter(move |form| match form.member("type") {
        Value::String(one) => one == kind,
        several => words(several).any(|one| one == kind),
    })
}

/// The words a text may be; none means any.
fn allowed(form: &Value) -> Vec<&str> {
    form.member("const").as_str().into_iter().chain(words(form.member("enum"))).collect()
}

fn words(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn described(form: &Value) -> String {
    let kind = match form.member("type") {
        Value::String(one) => one.as_str(),
        several => words(several).find(|one| *one != "null").unwrap_or("text"),
    };
    match kind {
        "string" => "text".to_owned(),
        "array" => "a list".to_owned(),
        "object" => match words(form.member("required")).next() {
            Some(key) => format!("{{ {key} = … }}"),
            None => "a table".to_owned(),
        },
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
