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

/// One file: its keys, then those of each of its tables.
pub(crate) fn write_file(page: &mut String, title: &str, schema: &Value) {
    let _ = writeln!(page, "# {title}\n\n{}\n", text(schema));
    write_table(page, schema, schema);
    let definitions = schema.member("$defs").as_object();
    for (name, definition) in definitions.into_iter().flatten() {
        if properties(definition).is_empty() {
            continue;
        }
        let _ = writeln!(page, "## {}\n\n{}\n", heading(schema, name), text(definition));
        write_table(page, schema, definition);
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

/// How a table is written in the file: `[tokens]`, `[[application.may_act]]`.
fn heading(schema: &Value, name: &str) -> String {
    if let Some(heading) = key_to(schema, name) {
        return bracketed("", &heading);
    }
    let mut tables = schema.member("$defs").as_object().into_iter().flatten();
    let outer = tables.find_map(|(outer, table)| Some((outer, key_to(table, name)?)));
    match outer {
        Some((outer, key)) => {
            let outer = heading(schema, outer);
            bracketed(&format!("{}.", outer.trim_matches(['[', ']'])), &key)
        }
        // The one value of a list's entry.
        None => format!("`{{ {} = … }}`", name.to_lowercase()),
    }
}

/// A key of a table that leads to another, and whether to many of them.
struct Key {
    name: String,
    many: bool,
}

fn key_to(table: &Value, name: &str) -> Option<Key> {
    properties(table).into_iter().find_map(|Property { key, schema: property, .. }| {
        let many = points_to(property.member("items"), name);
        if points_to(property.member("additionalProperties"), name) {
            return Some(Key { name: format!("{key}.NAME"), many });
        }
        (many || points_to(property, name)).then(|| Key { name: key.to_owned(), many })
    })
}

fn bracketed(prefix: &str, key: &Key) -> String {
    let Key { name, many } = key;
    if *many { format!("[[{prefix}{name}]]") } else { format!("[{prefix}{name}]") }
}

fn points_to(property: &Value, name: &str) -> bool {
    let any_of = property.member("anyOf").as_array().into_iter().flatten();
    std::iter::once(property).chain(any_of).any(|value| target(value) == Some(name))
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
