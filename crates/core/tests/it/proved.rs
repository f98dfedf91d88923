//! A subject token that was proved before is refused exactly as one that was not.

use crate::world::{NOON, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use stead_core::denied::Denied;
use stead_core::keys::KeyRing;
use stead_core::model::subject::SubjectFacts;
use stead_core::moment::{Dice, Moment};
use stead_core::ports::Keys;
use stead_core::proved::{Proved, ProvedTokens};
use stead_core::sts::Sts;
use stead_core::subject;
use stead_proto::digest::Sha256;
use stead_proto::id::Issuer;
use stead_proto::jwt::{Algorithm, JwtError, SigningKey, Typ};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};
use stead_proto::token_type::TokenType;

/// Remembers everything.
#[derive(Debug, Default)]
struct Everything(Mutex<HashMap<Sha256, Arc<Proved>>>);

impl ProvedTokens for Everything {
    fn recall(&self, token: &Sha256) -> Option<Arc<Proved>> {
        self.0.lock().unwrap().get(token).cloned()
    }

    fn keep(&self, token: Sha256, _: usize, proved: Arc<Proved>) {
        self.0.lock().unwrap().insert(token, proved);
    }
}

/// A ring that can be changed.
#[derive(Debug)]
struct Ring(Mutex<Arc<KeyRing>>);

impl Ring {
    fn of(keys: Vec<SigningKey>) -> Arc<KeyRing> {
        let published = keys.iter().map(SigningKey::public_jwk).collect();
        Arc::new(KeyRing::new(keys.into_iter().map(Arc::new).collect(), published))
    }
}

#[async_trait::async_trait]
impl Keys for Ring {
    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.0.lock().unwrap())
    }

    async fn complete(&self) -> Arc<KeyRing> {
        self.ring()
    }
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap().0
}

/// A tenant that remembers, and the same one that does not.
struct Twins {
    remembers: Sts,
    forgets: Sts,
    memory: Arc<Everything>,
    ring: Arc<Ring>,
}

impl Twins {
    async fn new() -> Self {
        let world = World::new().await;
        let (memory, ring) =
            (Arc::new(Everything::default()), Arc::new(Ring(Mutex::new(Ring::of(vec![key()])))));
        let forgets = Sts { keys: Arc::clone(&ring) as Arc<dyn Keys>, ..world.sts };
        let proved = Arc::clone(&memory) as Arc<dyn ProvedTokens>;
        Self { remembers: Sts { proved, ..forgets.clone() }, forgets, memory, ring }
    }

    /// A token of an hour, from noon, with these claims changed.
    fn token(&self, changes: &Value) -> Jwt {
        let (iss, tid) = (self.forgets.issuer.as_str(), self.forgets.tenant.id.as_str());
        let noon = NOON.secs();
        let mut claims = json!({
            "iss": iss, "sub": "u", "aud": "api://reports", "exp": noon + 3600, "iat": noon,
            "nbf": noon, "jti": "t", "client_id": "dashboard", "scope": "Reports.Read",
            "azp": "dashboard", "azpacr": "0", "oid": "u", "tid": tid, "ver": "2.0",
            "lineage": { "auth": NOON.millis(), "since": NOON.millis() },
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let ring = self.ring.ring();
        ring.signer(Algorithm::Es256).unwrap().sign(Typ::AccessToken, &claims).unwrap()
    }

    /// What both say of a token, which has to be the same.
    fn say(&self, token: &Jwt, now: Timestamp) -> Result<Arc<SubjectFacts>, Denied> {
        self.say_of((token, TokenType::AccessToken), now)
    }

    fn say_of(
        &self,
        (token, declared): (&Jwt, TokenType),
        now: Timestamp,
    ) -> Result<Arc<SubjectFacts>, Denied> {
        let moment = Moment::new(now, Dice::default());
        let [remembers, forgets] = [&self.remembers, &self.forgets]
            .map(|sts| subject::validate(sts, token, declared, &moment));
        assert_eq!(remembers, forgets);
        remembers
    }

    /// A token that is remembered.
    fn remembered(&self) -> Jwt {
        let token = self.token(&json!({}));
        let (first, again) = (self.say(&token, NOON).unwrap(), self.say(&token, NOON).unwrap());
        assert_eq!((&first, self.memory.0.lock().unwrap().len()), (&again, 1));
        token
    }
}

fn refused(error: JwtError) -> Result<Arc<SubjectFacts>, Denied> {
    Err(Denied::SubjectTokenInvalid(error))
}

#[tokio::test]
async fn its_time_is_asked_each_time() {
    let twins = Twins::new().await;
    let token = twins.remembered();
    assert!(twins.say(&token, NOON + Seconds(3599)).is_ok());
    assert_eq!(twins.say(&token, NOON + Seconds(3600)), refused(JwtError::Expired));
    assert_eq!(twins.say(&token, NOON - Seconds(1)), refused(JwtError::NotYetValid));
    assert!(twins.say(&token, NOON).is_ok());
}

#[tokio::test]
async fn a_token_from_the_future_of_a_clock_that_was_ahead_is_refused() {
    let twins = Twins::new().await;
    let token = twins.token(&json!({ "nbf": NOON.secs() - 60 }));
    assert!(twins.say(&token, NOON).is_ok());
    assert_eq!(twins.say(&token, NOON - Seconds(30)), refused(JwtError::IssuedInTheFuture));
}

#[tokio::test]
async fn a_key_that_left_the_ring_takes_its_tokens_along() {
    let twins = Twins::new().await;
    let token = twins.remembered();
    *twins.ring.0.lock().unwrap() = Ring::of(vec![key()]);
    assert_eq!(twins.say(&token, NOON), refused(JwtError::UnknownKey));
    assert!(twins.say(&twins.token(&json!({})), NOON).is_ok());
}

#[tokio::test]
async fn one_byte_more_or_another_is_another_token() {
    let twins = Twins::new().await;
    let token = twins.remembered();
    let text = token.expose();
    let other = |at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        Jwt::new(String::from_utf8(bytes).unwrap())
    };
    for at in (0..text.len()).step_by(7) {
        assert!(twins.say(&other(at), NOON).is_err(), "{at}");
    }
    assert!(twins.say(&Jwt::new(format!("{text}A")), NOON).is_err());
    assert_eq!(twins.memory.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_it_is_said_to_be_and_whose_it_is_are_asked_each_time() {
    let twins = Twins::new().await;
    let token = twins.remembered();
    let as_id_token = twins.say_of((&token, TokenType::IdToken), NOON);
    assert_eq!(as_id_token, Err(Denied::SubjectTokenWrongType));

    let elsewhere = Issuer::parse("https://id.example/t2/v2.0").unwrap();
    let other = Sts { issuer: elsewhere, proved: Arc::new(()), ..twins.forgets.clone() };
    let moment = Moment::new(NOON, Dice::default());
    let said = subject::validate(&other, &token, TokenType::AccessToken, &moment);
    assert_eq!(said, Err(Denied::SubjectTokenIssuerUntrusted));
}

#[tokio::test]
async fn a_token_that_was_refused_is_not_remembered() {
    let twins = Twins::new().await;
    let stranger = twins.token(&json!({ "iss": "https://id.example/t2/v2.0" }));
    assert_eq!(twins.say(&stranger, NOON), Err(Denied::SubjectTokenIssuerUntrusted));
    let late = twins.token(&json!({}));
    assert_eq!(twins.say(&late, NOON + Seconds(7200)), refused(JwtError::Expired));
    assert!(twins.memory.0.lock().unwrap().is_empty());
}
