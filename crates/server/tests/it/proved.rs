//! Subject tokens that were proved before, at the whole server.

use stead_core::model::revocation::Ancestor;
use stead_proto::digest::{from_base64url, sha256};
use stead_proto::id::{KeyId, TokenId};
use stead_proto::time::Seconds;
use testkit::{Answer, World};

/// A world with two tokens of Alice's: one that was exchanged before, and one that never was.
struct Two {
    world: World,
    known: String,
    fresh: String,
}

impl Two {
    async fn new() -> Self {
        let world = World::new().await;
        let known = world.t1().token_for_a("alice").await;
        let two = Self { known, fresh: world.t1().token_for_a("alice").await, world };
        assert_eq!(two.exchange(&two.known).await.status, 200);
        let memory = &two.world.sts("t1").proved;
        let recalled = |token: &str| memory.recall(&sha256(token.as_bytes())).is_some();
        assert!(recalled(&two.known) && !recalled(&two.fresh));
        assert_eq!(two.exchange(&two.known).await.status, 200);
        two
    }

    async fn exchange(&self, token: &str) -> Answer {
        self.world.t1().obo_exchange(token, "api://b", "B.read").await
    }

    /// Why both are refused, which has to be the same.
    async fn refused(&self) -> String {
        let mut said = Vec::new();
        for token in [&self.known, &self.fresh] {
            let answer = self.exchange(token).await;
            said.push((
                answer.refusal(),
                answer.member("error_codes"),
                self.world.last_reason().await,
            ));
        }
        let (fresh, known) = (said.pop().unwrap(), said.pop().unwrap());
        assert_eq!(known, fresh);
        known.2
    }
}

fn claim(token: &str, name: &str) -> String {
    let claims = from_base64url(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims.get(name).and_then(serde_json::Value::as_str).unwrap().to_owned()
}

#[tokio::test]
async fn one_that_expired_is_refused_as_any_other() {
    let two = Two::new().await;
    two.world.advance(Seconds(3601));
    assert_eq!(two.refused().await, "subject-token-invalid");
}

#[tokio::test]
async fn one_that_was_revoked_is_refused_and_the_other_goes_on() {
    let two = Two::new().await;
    two.world.revoke(Ancestor::Token(TokenId::parse(claim(&two.known, "jti")).unwrap())).await;
    assert_eq!(two.exchange(&two.known).await.status, 400);
    assert_eq!(two.world.last_reason().await, "subject-token-revoked");
    assert_eq!(two.exchange(&two.fresh).await.status, 200);
}

#[tokio::test]
async fn one_whose_key_was_revoked_is_refused_as_any_other() {
    let two = Two::new().await;
    let key = KeyId::parse(two.world.forge("t1").kid()).unwrap();
    two.world.revoke(Ancestor::Key(key)).await;
    assert_eq!(two.refused().await, "subject-token-revoked");
}

#[tokio::test]
async fn one_that_is_shown_to_another_tenant_is_refused_as_any_other() {
    let two = Two::new().await;
    let mut said = Vec::new();
    for token in [&two.known, &two.fresh] {
        let answer = two.world.t2().obo_exchange(token, "api://b", "B.read").await;
        said.push((answer.refusal(), answer.member("error_codes")));
    }
    let (fresh, known) = (said.pop().unwrap(), said.pop().unwrap());
    assert_eq!((known.0.0, known), (400, fresh));
}
