//! What is on file as a resource file: one spelling for one meaning, in stable order, defaults left out.

use crate::member::Member;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use stead_core::model::federated::EXCHANGE_AUDIENCE;
use stead_proto::time::Seconds;

/// What a tenant has, in the words of the admin API.
#[derive(Debug, Default, Serialize)]
pub struct Tenancy {
    /// Groups.
    pub groups: Vec<Value>,
    /// Users.
    pub users: Vec<Value>,
    /// Applications.
    pub applications: Vec<Value>,
    /// Consents.
    pub consents: Vec<Value>,
}

/// A key that is written, with the value that goes without saying.
type Key = (&'static str, Value);

/// The resource file.
#[must_use]
pub fn toml(tenancy: &Tenancy) -> String {
    let mut page = Page(String::new());
    for group in by(&tenancy.groups, &["id"]) {
        page.table("group", "", group, &[("id", Value::Null), ("description", json!(""))]);
    }
    for user in by(&tenancy.users, &["username"]) {
        page.user(user);
    }
    for application in by(&tenancy.applications, &["id"]) {
        page.application(application);
    }
    for consent in by(&tenancy.consents, &["client", "resource", "scopes", "for"]) {
        page.consent(consent);
    }
    page.0
}

/// In the order of what they say, not of when they were made.
fn by<'v>(items: &'v [Value], keys: &[&str]) -> Vec<&'v Value> {
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort_by_key(|item| {
        keys.iter().map(|key| item.member(key).to_string()).collect::<Vec<_>>()
    });
    items
}

struct Page(String);

impl Page {
    fn user(&mut self, user: &Value) {
        let keys: [Key; 9] = [
            ("id", Value::Null),
            ("username", Value::Null),
            ("name", Value::Null),
            ("enabled", json!(true)),
            ("groups", json!([])),
            ("email", Value::Null),
            ("email_verified", json!(false)),
            ("address", Value::Null),
            ("phone", Value::Null),
        ];
        self.table("user", "", user, &keys);
        if user.member("has_password") == true {
            self.remark("the password is not exported: add password_file or password_hash");
        }
    }

    fn application(&mut self, application: &Value) {
        let mut written = application.clone();
        set(&mut written, "credentials", credentials(application));
        set(&mut written, "tokens", tokens(application.member("tokens")));
        let keys: [Key; 12] = [
            ("id", Value::Null),
            ("name", application.member("id").clone()),
            ("kind", Value::Null),
            ("enabled", json!(true)),
            ("audience", Value::Null),
            ("scopes", json!({})),
            ("redirect_uris", json!([])),
            ("post_logout_redirect_uris", json!([])),
            ("credentials", json!([])),
            ("assertion_audience", json!("issuer")),
            ("known_clients", Value::Null),
            ("tokens", json!({})),
        ];
        self.table("application", "", &written, &keys);
        let credentials = application.member("credentials").as_array().into_iter().flatten();
        for secret in credentials.filter(|credential| credential.member("kind") == "secret") {
            let name = secret.member("name").as_str().unwrap_or_default();
            self.remark(&format!(
                "{name} is not exported: add {{ secret_file = … }} to credentials"
            ));
        }
        self.permissions(application);
    }

    fn permissions(&mut self, application: &Value) {
        let permission: [Key; 5] = [
            ("towards", Value::Null),
            ("scopes", Value::Null),
            ("as", json!("user")),
            ("consent", json!("user")),
            ("exchange_by", Value::Null),
        ];
        let edge: [Key; 10] = [
            ("towards", Value::Null),
            ("scopes", Value::Null),
            ("for", json!("everyone")),
            ("requires", json!([])),
            ("via", json!([])),
            ("consent", json!("user")),
            ("max_age", Value::Null),
            ("acr", Value::Null),
            ("offline", json!(false)),
            ("bounded_by", json!("subject_token")),
        ];
        let assign: [Key; 2] = [("for", Value::Null), ("scopes", Value::Null)];
        let preauthorized: [Key; 2] = [("client", Value::Null), ("scopes", Value::Null)];
        let kinds: [(&str, &str, &[Key]); 4] = [
            ("permissions", "permission", &permission),
            ("may_act", "may_act", &edge),
            ("preauthorized", "preauthorized", &preauthorized),
            ("assign", "assign", &assign),
        ];
        for (member, name, keys) in kinds {
            for entry in application.member(member).as_array().into_iter().flatten() {
                let mut entry = entry.clone();
                spell_out(&mut entry, "max_age");
                self.table(&format!("application.{name}"), "  ", &entry, keys);
            }
        }
    }

    /// What a user agreed to is theirs to say again, so only an administrator's consents are written.
    fn consent(&mut self, consent: &Value) {
        if consent.member("given_by") != "admin" {
            return;
        }
        let keys = ["client", "resource", "scopes", "for"].map(|key| (key, Value::Null));
        self.table("consent", "", consent, &keys);
    }

    fn table(&mut self, name: &str, indent: &str, value: &Value, keys: &[Key]) {
        let written = keys.iter().filter(|(key, default)| {
            let value = value.member(key);
            !value.is_null() && value != default
        });
        let written: Vec<(&str, String)> =
            written.map(|(key, _)| (*key, inline(value.member(key)))).collect();
        let width = written.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        let _ = writeln!(self.0, "{indent}[[{name}]]");
        for (key, value) in written {
            let _ = writeln!(self.0, "{indent}{key:width$} = {value}");
        }
    }

    fn remark(&mut self, text: &str) {
        let _ = writeln!(self.0, "# {text}");
    }
}

/// What is not secret of them may stand in the file itself, key sets as text.
fn credentials(application: &Value) -> Value {
    let all = |member| application.member(member).as_array().into_iter().flatten();
    let keys = all("keys").map(|set| json!({ "jwks": set.to_string() }));
    let federated = all("federated").map(|agreed| {
        let mut agreed = agreed.clone();
        if let Value::Object(members) = &mut agreed {
            members.retain(|key, value| key != "audience" || value != EXCHANGE_AUDIENCE);
            if let Some(set) = members.remove("keys") {
                members.insert("jwks".to_owned(), json!(set.to_string()));
            }
        }
        json!({ "federated": agreed })
    });
    keys.chain(federated).collect()
}

/// Only what differs from the defaults.
fn tokens(tokens: &Value) -> Value {
    let defaults =
        [("algorithm", json!("ES256")), ("subject", json!("public")), ("groups", json!(false))];
    let mut tokens = tokens.clone();
    spell_out(&mut tokens, "lifetime");
    let Value::Object(members) = tokens else { return json!({}) };
    let differs = |(key, value): &(String, Value)| {
        !value.is_null() && !defaults.iter().any(|(name, default)| name == key && default == value)
    };
    Value::Object(members.into_iter().filter(differs).collect::<Map<_, _>>())
}

fn set(table: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = table {
        members.insert(key.to_owned(), value);
    }
}

/// Seconds as `8h`.
fn spell_out(table: &mut Value, key: &str) {
    let seconds = table.member(key).as_u64().and_then(|seconds| u32::try_from(seconds).ok());
    if let Some(seconds) = seconds {
        set(table, key, json!(Seconds(seconds).to_string()));
    }
}

/// A value on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted_key(key), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}

fn quoted_key(key: &str) -> String {
    let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare && !key.is_empty() {
        key.to_owned()
    } else {
        toml::Value::String(key.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests;
