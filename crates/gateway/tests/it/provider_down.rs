//! While the provider is away (KG-17), and many at once (KG-18).

use crate::support::{Stage, refusal};
use futures_util::future::join_all;
use stead::Clock;
use stead_core::record::Event;
use stead_gateway::{Running, start};

#[tokio::test]
async fn kg_17_what_is_kept_goes_on_being_used_and_the_rest_is_told_when_to_come_again() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let Stage { world, upstream, gateway, config, .. } = stage;
    let now = world.clock().now();
    drop(world);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |gateway: &Running| {
        let url = format!("http://{}/b/a", gateway.proxy().unwrap());
        http.get(url).bearer_auth(&alice).send()
    };
    assert_eq!(ask(&gateway).await.unwrap().status().as_u16(), 200);
    // One that keeps nothing, not even a connection.
    let fresh = start(config, Clock::new(move || now)).await.unwrap();
    let away = ask(&fresh).await.unwrap();
    assert!(away.headers().contains_key("retry-after"));
    assert_eq!(refusal(away).await, (503, "STEAD-2013".to_owned()));
    assert_eq!(upstream.seen().len(), 2);
}

#[tokio::test]
async fn kg_18_many_who_ask_the_same_at_once_cost_one_exchange() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let before = exchanges(&stage).await;
    let all = (0..100).map(|_| stage.get("/b/a").bearer_auth(&alice).send());
    for answer in join_all(all).await {
        assert_eq!(answer.unwrap().status().as_u16(), 200);
    }
    assert_eq!(exchanges(&stage).await - before, 1);
}

async fn exchanges(stage: &Stage) -> usize {
    let records = stage.world.records().await;
    let exchange = |event: &Event| serde_json::to_string(event).unwrap().contains("on_behalf_of");
    records.iter().filter(|record| exchange(&record.event)).count()
}
