//! The knobs of `stead.toml`, written down for editors (JSON schema) and for people (Markdown).

use super::raw;
use crate::member::Member;
use crate::resources;
use schemars::schema_for;
use serde_json::Value;
use std::fmt::Write;

/// The JSON schema of `stead.toml`.
#[must_use]
pub fn schema() -> Value {
    schema_for!(raw::File).to_value()
}

/// The JSON schema of a resource file.
#[must_use]
pub fn resource_schema() -> Value {
    schema_for!(resources::raw::File).to_value()
}

/// The page `docs/reference/config.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "<!-- Written by `stead config reference`; change crates/cli/src/config/raw.rs instead. -->\n\n",
    );
    write_file(&mut page, "stead.toml", &schema());
    write_file(&mut page, "Resource files", &resource_schema());
    page
}

/// One file: its keys, then those of each of its tables, an outer one before those in it.
pub(crate) fn write_file(page: &mut String, title: &str, schema: &Value) {
    let _ = writeln!(page, "# {title}\n\n{}\n", text(schema));
    write_table(page, schema, schema);
    for Section { table, headings } in sections(schema) {
        let _ = writeln!(page, "## {}\n\n{}\n", headings.join(", "), text(table));
        write_table(page, schema, table);
    }
}

/// A table that is explained once, and how it is written in each place where it may stand.
struct Section<'s> {
    table: &'s Value,
    headings: Vec<String>,
}

fn sections(schema: &Value) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    gather(schema, (schema, ""), &mut sections);
    sections
}

/// The tables in a table, and theirs.
fn gather<'s>(schema: &'s Value, outer: (&'s Value, &str), sections: &mut Vec<Section<'s>>) {
    let (table, prefix) = outer;
    for (name, key) in properties(table).iter().flat_map(keys_to_tables) {
        let table = schema.member("$defs").member(name);
        if properties(table).is_empty() {
            continue;
        }
        let heading = bracketed(prefix, &key);
        let known = sections.iter_mut().find(|section| std::ptr::eq(section.table, table));
        if let Some(section) = known {
            section.headings.push(heading);
            continue;
        }
        let inner = format!("{}.", heading.trim_matches(['[', ']']));
        sections.push(Section { table, headings: vec![heading] });
        gather(schema, (table, &inner), sections);
    }
}

/// A key of a table, what may be written there, and where it is explained.
struct Property<'s> {
    key: &'s str,
    schema: &'s Value,
    explained: &'s Value,
}

/// The keys of a table; of one that takes one key of several, all of these.
fn properties(table: &Value) -> Vec<Property<'_>> {
    let forms = table.member("oneOf").as_array().into_iter().flatten();
    let of_forms = forms.flat_map(|form| members(form, Some(form)));
    members(table, None).chain(of_forms).collect()
}

fn members<'s>(
    table: &'s Value,
    explained: Option<&'s Value>,
) -> impl Iterator<Item = Property<'s>> {
    let all = table.member("properties").as_object().into_iter().flatten();
    all.map(move |(key, schema)| Property { key, schema, explained: explained.unwrap_or(schema) })
}

/// A key that leads to a table, and whether to many of them.
struct Key {
    name: String,
    many: bool,
}

/// The names of the tables that stand at a key, and the key as it leads there.
fn keys_to_tables<'s>(property: &Property<'s>) -> Vec<(&'s str, Key)> {
    let Property { key, schema, .. } = property;
    let at = |value: &'s Value, name: String, many: bool| {
        targets(value).map(move |table| (table, Key { name: name.clone(), many }))
    };
    at(schema, (*key).to_owned(), false)
        .chain(at(schema.member("items"), (*key).to_owned(), true))
        .chain(at(schema.member("additionalProperties"), format!("{key}.NAME"), false))
        .collect()
}

/// How a table is written in the file: `[tokens]`, `[[application.may_act]]`.
fn bracketed(prefix: &str, key: &Key) -> String {
    let Key { name, many } = key;
    if *many { format!("[[{prefix}{name}]]") } else { format!("[{prefix}{name}]") }
}

/// The definitions that a value may be of.
fn targets(value: &Value) -> impl Iterator<Item = &str> {
    let any_of = value.member("anyOf").as_array().into_iter().flatten();
    std::iter::once(value).chain(any_of).filter_map(target)
}

/// The name of the definition that a reference leads to.
fn target(value: &Value) -> Option<&str> {
    value.member("$ref").as_str()?.rsplit('/').next()
}

fn write_table(page: &mut String, schema: &Value, table: &Value) {
    let required = table.member("required").as_array().into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    page.push_str("| key | value | default | what it is |\n|---|---|---|---|\n");
    for Property { key, schema: property, explained } in properties(table) {
        let default = match property.member("default") {
            _ if required.contains(&key) => "*required*".to_owned(),
            Value::Null | Value::Object(_) => String::new(),
            Value::Array(items) if items.is_empty() => String::new(),
            value => format!("`{value}`"),
        };
        let kind = kind(schema, property).replace('|', "\\|");
        let _ = writeln!(page, "| `{key}` | {kind} | {default} | {} |", text(explained));
    }
    page.push('\n');
}

/// What may be written as a value.
fn kind(schema: &Value, property: &Value) -> String {
    if let Some(name) = target(property) {
        let definition = schema.member("$defs").member(name);
        return if definition.member("properties").is_object() {
            "table".to_owned()
        } else {
            kind(schema, definition)
        };
    }
    let forms = property.member("oneOf").as_array().or(property.member("anyOf").as_array());
    if let Some(forms) = forms {
        let forms = forms.iter().map(|form| kind(schema, form)).filter(|form| !form.is_empty());
        return forms.collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = property.member("const").as_str() {
        return format!("`{word}`");
    }
    if let Some(words) = property.member("enum").as_array() {
        let words = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`"));
        return words.collect::<Vec<_>>().join(", ");
    }
    plain_kind(schema, property)
}

fn plain_kind(schema: &Value, property: &Value) -> String {
    let named = match property.member("type") {
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).find(|one| *one != "null")
        }
        one => one.as_str(),
    };
    match named.unwrap_or_default() {
        "string" => "text".to_owned(),
        "array" => format!("list of {}", kind(schema, property.member("items"))),
        "boolean" => "true, false".to_owned(),
        "integer" => "whole number".to_owned(),
        "number" => "number".to_owned(),
        "object" => {
            match property.member("properties").as_object().and_then(|form| form.keys().next()) {
                Some(key) => format!("`{{ {key} = … }}`"),
                None => "table".to_owned(),
            }
        }
        _ => String::new(),
    }
}

fn text(value: &Value) -> String {
    value.member("description").as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
