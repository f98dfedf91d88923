//! How strongly a user signed in (`acr`, `amr`), and how to ask for more.

use crate::time::Seconds;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// Strength of a sign-in. The order is the ladder: a stronger one satisfies a weaker demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Acr {
    /// A password, once, at some time in this session.
    #[serde(rename = "urn:stead:acr:password")]
    Password,
    /// The user proved again who they are, in answer to a demand for it.
    #[serde(rename = "urn:stead:acr:reauth")]
    Reauthenticated,
    /// Two different factors.
    #[serde(rename = "urn:stead:acr:mfa")]
    MultiFactor,
}

impl Acr {
    /// All of them, weakest first.
    pub const ALL: [Acr; 3] = [Acr::Password, Acr::Reauthenticated, Acr::MultiFactor];

    /// The value of the `acr` claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Acr::Password => "urn:stead:acr:password",
            Acr::Reauthenticated => "urn:stead:acr:reauth",
            Acr::MultiFactor => "urn:stead:acr:mfa",
        }
    }

    /// Reads an `acr` value; one we do not know is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text)
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a user proved who they are (RFC 8176), as the `amr` claim lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time code.
    Otp,
    /// A key held in hardware: it never leaves its device.
    Hwk,
    /// A key held in software: a passkey that is synchronised.
    Swk,
    /// The user was there and did something.
    User,
    /// More than one factor.
    Mfa,
}

/// What a resource asks of the user's sign-in beyond what it was: strength, age, or both.
///
/// Travels as Entra's `claims` (inside `access_token`) and as RFC 9470 `acr_values` / `max_age`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct StepUp {
    /// The strength that is needed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<Acr>,
    /// The greatest age of the sign-in that is accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age: Option<Seconds>,
}

impl StepUp {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.acr.is_none() && self.max_age.is_none()
    }

    /// The `claims` request a client relays to its front end (OpenID Connect Core §5.5, Entra).
    #[must_use]
    pub fn to_claims(self) -> String {
        let mut token = serde_json::Map::new();
        if let Some(acr) = self.acr {
            token.insert("acrs".into(), json!({ "essential": true, "value": acr.as_str() }));
        }
        if let Some(Seconds(age)) = self.max_age {
            token.insert("auth_time".into(), json!({ "essential": true, "max_age": age }));
        }
        json!({ "access_token": token }).to_string()
    }

    /// Reads what a `claims` parameter asks of the sign-in; all else in it is ignored.
    /// `None` when it is no JSON object.
    #[must_use]
    pub fn from_claims(text: &str) -> Option<Self> {
        let claims: Value = crate::json::parse(text.as_bytes()).ok()?;
        let claims = claims.as_object()?;
        let Some(token) = claims.get("access_token").and_then(Value::as_object) else {
            return Some(Self::default());
        };
        let acr = token.get("acrs").and_then(|wish| {
            let single = wish.get("value").and_then(Value::as_str);
            let several = wish.get("values").and_then(Value::as_array);
            let mut known = single
                .into_iter()
                .chain(several.into_iter().flatten().filter_map(Value::as_str))
                .filter_map(Acr::parse);
            known.next()
        });
        let max_age = token
            .get("auth_time")
            .and_then(|wish| wish.get("max_age"))
            .and_then(Value::as_u64)
            .and_then(|age| u32::try_from(age).ok())
            .map(Seconds);
        Some(Self { acr, max_age })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_survives_the_trip_through_claims() {
        let demand = StepUp { acr: Some(Acr::Reauthenticated), max_age: Some(Seconds(300)) };
        assert_eq!(StepUp::from_claims(&demand.to_claims()), Some(demand));
        assert_eq!(StepUp::from_claims("{\"id_token\":{}}"), Some(StepUp::default()));
        assert_eq!(StepUp::from_claims("[]"), None);
    }

    #[test]
    fn a_stronger_sign_in_satisfies_a_weaker_demand() {
        assert!(Acr::MultiFactor >= Acr::Reauthenticated && Acr::Reauthenticated >= Acr::Password);
    }
}
