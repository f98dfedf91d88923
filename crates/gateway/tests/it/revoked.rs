//! What the provider revokes while its tokens are still good by themselves.

use crate::stub::claims;
use crate::support::Stage;
use std::time::Duration;
use stead_gateway::config::Revocations;
use stead_proto::id::TokenId;
use stead_proto::liveness::Ancestor;

async fn stage(revocations: Revocations) -> Stage {
    Stage::with(|config| {
        config.providers[0].client.as_mut().unwrap().revocations = revocations;
    })
    .await
}

async fn status(stage: &Stage, token: &str) -> u16 {
    stage.get("/b/a").bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_token_that_was_revoked_is_refused_where_the_provider_is_heard() {
    for revocations in [Revocations::Followed, Revocations::Required] {
        let stage = stage(revocations).await;
        let [alice, other] = [stage.token("alice").await, stage.token("alice").await];
        becomes(&stage, &alice, 200).await;
        revoke(&stage, &alice).await;
        becomes(&stage, &alice, 401).await;
        assert_eq!(status(&stage, &other).await, 200);
    }
}

#[tokio::test]
async fn a_token_that_rests_is_refused_when_it_is_revoked() {
    let stage = Stage::with(|config| {
        // No room for anybody who is ready.
        config.cache.bytes = 16 * 1024;
        config.providers[0].client.as_mut().unwrap().revocations = Revocations::Followed;
    })
    .await;
    let [alice, other] = [stage.token("alice").await, stage.token("alice").await];
    for _ in 0..2 {
        becomes(&stage, &alice, 200).await;
    }
    revoke(&stage, &alice).await;
    becomes(&stage, &alice, 401).await;
    assert_eq!(status(&stage, &other).await, 200);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_good_until_its_end_where_nobody_listens() {
    let stage = stage(Revocations::Ignored).await;
    let alice = stage.token("alice").await;
    assert_eq!(status(&stage, &alice).await, 200);
    revoke(&stage, &alice).await;
    assert_eq!(status(&stage, &alice).await, 200);
}

/// The provider ends this very token, by its name.
async fn revoke(stage: &Stage, token: &str) {
    let id = claims(token)["jti"].as_str().unwrap().to_owned();
    stage.world.revoke(Ancestor::Token(TokenId::parse(id).unwrap())).await;
}

/// Asks until it is answered so.
async fn becomes(stage: &Stage, token: &str, wanted: u16) {
    let asking = async { while status(stage, token).await != wanted {} };
    tokio::time::timeout(Duration::from_mins(1), asking).await.unwrap();
}
