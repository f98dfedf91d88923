//! Two nodes on one database: whichever is asked, the answer is the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop"
)]

use std::time::{Duration, Instant};
use stead_core::admin::{Admin, By};
use stead_core::anchor::Anchored;
use stead_core::chain::ChainEnds;
use stead_core::keys::Haste;
use stead_core::model::revocation::Ancestor;
use stead_proto::id::{Subject, TenantName};
use stead_proto::jwt::Algorithm;
use stead_proto::time::Seconds;
use stead_server::moment::Moments as _;
use testkit::{API_A_SECRET, Auth, Pairs, World};

/// The nodes of a fresh cluster.
struct Cluster {
    one: World,
    two: World,
}

impl Cluster {
    async fn new() -> Self {
        let one = World::on_postgresql().await;
        let two = one.node().await;
        Self { one, two }
    }
}

const SCOPE: Pairs<'static> = &[("scope", "openid offline_access api://a/A.use")];

/// What an exchange at this node says, if it is refused.
async fn exchange(node: &World, token: &str) -> Result<(), String> {
    let answer = node.t1().obo_exchange(token, "api://b", "B.read").await;
    if answer.status == 200 { Ok(()) } else { Err(node.last_reason().await) }
}

async fn refresh(node: &World, token: &str) -> u16 {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
    node.t1().token(Auth::Public("spa"), &pairs).await.status
}

/// Waits until something is so, which has to be soon.
async fn soon(mut so: impl AsyncFnMut() -> bool) {
    let late = Instant::now() + Duration::from_secs(30);
    while !so().await {
        assert!(Instant::now() < late, "it did not come to pass");
        tokio::task::yield_now().await;
    }
}

/// The kids that a node publishes.
async fn published(node: &World) -> Vec<String> {
    let keys = node.t1().get("/t1/discovery/v2.0/keys").await.json();
    let kid = |key: &serde_json::Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(kid).collect()
}

async fn chains(node: &World) -> Vec<ChainEnds> {
    node.sts("t1").store.heads().await.unwrap()
}

#[tokio::test]
async fn what_one_node_issued_another_one_exchanges_refreshes_and_knows() {
    let Cluster { one, two } = Cluster::new().await;
    let answer = one.t1().tokens("alice", SCOPE).await;
    assert_eq!(exchange(&two, &answer.access_token()).await, Ok(()));
    let known = two.t1().introspect(("api-a", API_A_SECRET), &answer.access_token()).await;
    assert_eq!(known.member("active"), true, "{}", known.text);
    let token = answer.member("refresh_token").as_str().unwrap().to_owned();
    assert_eq!(refresh(&two, &token).await, 200);
}

#[tokio::test]
async fn a_code_that_two_nodes_are_asked_to_redeem_at_once_is_redeemed_once() {
    let Cluster { one, two } = Cluster::new().await;
    for _ in 0..5 {
        let code = one.t1().code("alice", &[]).await;
        let (first, second) = (one.t1(), two.t1());
        let (at_one, at_two) = tokio::join!(first.redeem(&code), second.redeem(&code));
        let mut statuses = [at_one.status, at_two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", at_one.text, at_two.text);
    }
}

#[tokio::test]
async fn a_refresh_token_spent_at_one_node_is_spent_at_the_other() {
    let Cluster { one, two } = Cluster::new().await;
    let answer = one.t1().tokens("alice", SCOPE).await;
    let token = answer.member("refresh_token").as_str().unwrap().to_owned();
    assert_eq!(refresh(&one, &token).await, 200);
    one.advance(Seconds(60));
    assert_eq!(refresh(&two, &token).await, 400);
}

/// Nobody waits for the news here: the first exchange after the revocation was acknowledged is refused.
#[tokio::test]
async fn what_one_node_was_told_is_ended_no_other_node_exchanges() {
    let Cluster { one, two } = Cluster::new().await;
    let token = one.t1().token_for_a("alice").await;
    assert_eq!(exchange(&two, &token).await, Ok(()));
    one.revoke(Ancestor::User(Subject::parse("user-alice").unwrap())).await;
    assert_eq!(exchange(&two, &token).await, Err("subject-token-revoked".into()));
    let dead = async || {
        let known = two.t1().introspect(("api-a", API_A_SECRET), &token).await;
        known.member("active") == false
    };
    soon(dead).await;
}

#[tokio::test]
async fn an_application_changed_at_one_node_is_changed_at_the_other() {
    let Cluster { one, two } = Cluster::new().await;
    let token = one.t1().token_for_a("alice").await;
    assert_eq!(exchange(&two, &token).await, Ok(()));
    one.change_application("api-a", |api| api.may_act.clear()).await;
    soon(async || exchange(&two, &token).await.is_err()).await;
}

#[tokio::test]
async fn a_key_made_at_one_node_is_published_by_the_other() {
    let Cluster { one, two } = Cluster::new().await;
    assert_eq!(published(&one).await, published(&two).await);
    let before = published(&two).await;
    let keys = one.running().keys(&TenantName::parse("t1").unwrap()).unwrap();
    let (by, moment) = (By::Server, one.clock().moment());
    keys.rotate(&[Algorithm::Es256], Haste::InTurn, &by, &moment).await.unwrap();
    soon(async || published(&two).await != before).await;
    assert_eq!(published(&one).await, published(&two).await);
}

#[tokio::test]
async fn each_node_writes_a_chain_of_its_own_and_all_of_them_verify() {
    let Cluster { one, two } = Cluster::new().await;
    let token = one.t1().token_for_a("alice").await;
    assert_eq!(exchange(&two, &token).await, Ok(()));
    assert_eq!(chains(&one).await.len(), 2);
    for node in [&one, &two] {
        let moment = node.clock().moment();
        node.sts("t1").anchor(&Anchored::default(), &moment).await.unwrap();
    }
    let sts = two.sts("t1");
    let found = Admin::new(&sts, By::Admin("ada".into())).verify_records().await.unwrap();
    assert_eq!(found.broken, None);
    let written: u64 = chains(&one).await.iter().map(|ends| ends.head.seq).sum();
    assert_eq!(found.verified, written);
}

#[tokio::test]
async fn when_a_node_ends_the_others_go_on_with_what_it_issued() {
    let Cluster { one, two } = Cluster::new().await;
    let token = one.t1().token_for_a("alice").await;
    drop(one);
    assert_eq!(exchange(&two, &token).await, Ok(()));
}
