//! The published decision vectors, run through the policy: `conformance/vectors/on_behalf_of`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stead_core::denied::Denied;
use stead_core::model::application::Application;
use stead_core::model::consent::Consent;
use stead_core::model::subject::SubjectFacts;
use stead_core::policy::{self, Facts, Permit, PermitFor, RULES};
use stead_core::settings::Settings;

use stead_proto::grants::Target;
use stead_proto::id::ClientId;
use stead_proto::scope::ScopeRequest;
use stead_proto::time::Seconds;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: u8,
    name: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    says: String,
    given: Value,
    expect: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/vectors/on_behalf_of")
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// RFC 7396 §2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// A member of the facts; absent is null.
fn member<T: DeserializeOwned>(facts: &Value, name: &str) -> T {
    serde_json::from_value(facts[name].clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn subject(facts: &Value) -> Result<SubjectFacts, Denied> {
    match facts["subject"]["refused"].as_str() {
        None => Ok(member(facts, "subject")),
        Some("subject-token-issuer-untrusted") => Err(Denied::SubjectTokenIssuerUntrusted),
        Some("subject-token-is-id-token") => Err(Denied::SubjectTokenIsIdToken),
        Some(other) => panic!("no vector is refused with {other}"),
    }
}

fn target(facts: &Value) -> Target {
    let target = &facts["target"];
    let scope = ScopeRequest::parse(target["scope"].as_str().unwrap()).unwrap();
    let resource = target["resource"].as_str().map(|name| name.parse().unwrap());
    Target { resource: resource.or_else(|| scope.resource.clone()), scope }
}

fn settings(facts: &Value) -> Settings {
    let number = |name: &str| facts["settings"][name].as_u64().unwrap();
    Settings {
        exchanged_token: Seconds(number("exchanged_token").try_into().unwrap()),
        max_chain: number("max_chain").try_into().unwrap(),
        ..Settings::default()
    }
}

fn decide(facts: &Value) -> Result<Permit, Denied> {
    let subject = subject(facts).map(Arc::new);
    let mut known: BTreeMap<ClientId, Application> = member(facts, "through");
    let through: Vec<_> = match &subject {
        Ok(subject) => {
            let on_file = |id: ClientId| (id.clone(), known.remove(&id).map(Arc::new));
            subject.through().into_iter().map(on_file).collect()
        }
        Err(_) => Vec::new(),
    };
    let actor: Option<ClientId> = member(facts, "actor");
    let consents: Vec<Consent> = member(facts, "consents");
    let consents: Vec<_> = consents.into_iter().map(Arc::new).collect();
    policy::decide(&Facts {
        issuer: &member(facts, "issuer"),
        client: &member(facts, "client"),
        subject: &subject,
        user: member::<Option<_>>(facts, "user").map(Arc::new).as_ref(),
        through: &through,
        revocations: &member::<Vec<_>>(facts, "revocations"),
        proof: member::<Option<_>>(facts, "proof").as_ref(),
        actor: actor.map(Ok).as_ref(),
        target: &target(facts),
        resource: member::<Option<_>>(facts, "resource").as_ref(),
        consents: &consents,
        settings: &settings(facts),
        now: member(facts, "now"),
    })
}

/// A decision in the words of the vectors.
fn written(decision: &Result<Permit, Denied>) -> Value {
    let permit = match decision {
        Err(denied @ Denied::StepUpRequired(ask)) => {
            return json!({ "denied": denied.reason(), "step_up": ask });
        }
        Err(denied) => return json!({ "denied": denied.reason() }),
        Ok(permit) => permit,
    };
    let PermitFor::User(of_user) = permit.speaks_of() else { panic!("an exchange is for a user") };
    let actors: Vec<_> = of_user
        .act
        .iter()
        .flat_map(stead_proto::delegation::Actor::iter)
        .map(|actor| &actor.sub)
        .collect();
    let mut said = json!({
        "granted": permit.scopes().to_string(),
        "lifetime": permit.lifetime(),
        "act": actors,
    });
    if !permit.lineage().consents.is_empty() {
        said["consents"] = json!(permit.lineage().consents);
    }
    said
}

#[test]
fn every_published_vector_is_decided_as_it_says() {
    let base: Value = read(&folder().join("base.json"));
    let mut wrong = Vec::new();
    for rule in &RULES {
        let name = format!("{:02}_{}.json", rule.number, rule.name);
        let file: File = read(&folder().join(&name));
        assert_eq!((file.rule, file.name.as_str()), (rule.number, rule.name));
        let denied =
            file.vectors.iter().filter(|vector| vector.expect["denied"].is_string()).count();
        assert!(denied > 0 && denied < file.vectors.len(), "{name} holds a yes and a no");
        for vector in &file.vectors {
            let mut facts = base.clone();
            merge(&mut facts, &vector.given);
            let said = written(&decide(&facts));
            if said != vector.expect {
                wrong.push(format!("{name}: {}\n  {said}\n  {}", vector.says, vector.expect));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_merge_patch_does_what_rfc_7396_appendix_a_says() {
    for (target, patch, expected) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let mut merged = target;
        merge(&mut merged, &patch);
        assert_eq!(merged, expected);
    }
}
