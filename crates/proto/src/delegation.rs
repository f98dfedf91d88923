//! Who acts for whom: the actor chain (`act`) and `may_act` of RFC 8693 §4.

use crate::id::{ClientId, Issuer};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// The chain of actors: the outermost acts now, each inner one acted before it.
///
/// Only the outermost and the token's top-level claims decide; the inner ones are for the record
/// (RFC 8693 §4.1). Carries no `exp`, `nbf` or `aud`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Actor {
    /// The client that acts.
    pub sub: ClientId,
    /// Whose name for it that is, when it is not the token's own issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<Issuer>,
    /// Who acted before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// A chain of one.
    #[must_use]
    pub fn first(client: ClientId) -> Self {
        Self { sub: client, iss: None, act: None }
    }

    /// The chain after one more hop: `client` outermost, this chain inside.
    #[must_use]
    pub fn then(self, client: ClientId) -> Self {
        Self { sub: client, iss: None, act: Some(Box::new(self)) }
    }

    /// From the outermost inwards.
    pub fn iter(&self) -> impl Iterator<Item = &Actor> {
        std::iter::successors(Some(self), |actor| actor.act.as_deref())
    }

    /// How many actors.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.iter().count()
    }
}

/// Who may act for the subject with this token (RFC 8693 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct MayAct {
    /// The client that may.
    pub sub: ClientId,
    /// Whose name for it that is; absent means the token's own issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<Issuer>,
}

impl MayAct {
    /// Whether it names this client, known by that name at this issuer.
    #[must_use]
    pub fn names(&self, client: &ClientId, issuer: &Issuer) -> bool {
        self.sub == *client && self.iss.as_ref().is_none_or(|iss| iss == issuer)
    }
}

/// Reads a JSON object and nothing else: serde's own structs would take an array of their fields as well.
fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            sub: ClientId,
            iss: Option<Issuer>,
            act: Option<Box<Actor>>,
        }
        object(deserializer).map(|Members { sub, iss, act }| Self { sub, iss, act })
    }
}

impl<'de> Deserialize<'de> for MayAct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            sub: ClientId,
            iss: Option<Issuer>,
        }
        object(deserializer).map(|Members { sub, iss }| Self { sub, iss })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn client(id: &str) -> ClientId {
        ClientId::parse(id).unwrap()
    }

    #[test]
    fn a_hop_puts_the_new_actor_outermost() {
        let chain = Actor::first(client("api-a")).then(client("api-b"));
        assert_eq!(
            serde_json::to_value(&chain).unwrap(),
            json!({ "sub": "api-b", "act": { "sub": "api-a" } })
        );
        assert_eq!(chain.depth(), 2);
    }

    #[test]
    fn may_act_is_a_single_object_whose_other_members_mean_nothing() {
        let may: MayAct =
            serde_json::from_value(json!({ "sub": "api-a", "exp": 1, "aud": "x" })).unwrap();
        let ours = Issuer::parse("https://id.example/t1/v2.0").unwrap();
        assert!(may.names(&client("api-a"), &ours));
        assert!(!may.names(&client("API-A"), &ours) && !may.names(&client("api"), &ours));
        assert!(serde_json::from_value::<MayAct>(json!(["api-a"])).is_err());
        assert!(serde_json::from_value::<MayAct>(json!("api-a")).is_err());
    }

    #[test]
    fn may_act_of_another_issuer_names_nobody_here() {
        let may =
            MayAct { sub: client("api-a"), iss: Some(Issuer::parse("https://else").unwrap()) };
        assert!(!may.names(&client("api-a"), &Issuer::parse("https://here").unwrap()));
    }
}
