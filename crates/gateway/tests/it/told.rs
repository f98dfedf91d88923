//! What a collector is told: gateway and provider tell of one trace, and nobody waits for the collector.

use crate::observed::counted;
use crate::support::Stage;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::StreamBody;
use hyper::body::Frame;
use reqwest::RequestBuilder;
use std::collections::BTreeMap;
use std::convert::Infallible;
use stead_core::record::Outcome;
use stead_gateway::config::{Speaks, Upstream};
use stead_telemetry::{Share, Trace, subject_hash};
use testkit::{Collector, Told, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A gateway and a provider that tell the same collector.
async fn stage(collector: &Collector) -> Stage {
    let world = World::told(collector).await;
    Stage::beside(world, |config| config.telemetry = Some(collector.as_config("gateway"))).await
}

fn called(request: RequestBuilder, flags: &str) -> RequestBuilder {
    request.header("traceparent", format!("00-{TRACE}-{PARENT}-{flags}"))
}

/// The status of an answer that was read to its end: not before is its span told.
async fn status(request: RequestBuilder) -> u16 {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    status
}

/// A body that ends when its other side is dropped.
fn open_body() -> (UnboundedSender<Result<Frame<Bytes>, Infallible>>, reqwest::Body) {
    let (pieces, mut coming) = unbounded_channel();
    let stream = futures_util::stream::poll_fn(move |context| coming.poll_recv(context));
    pieces.send(Ok(Frame::data(Bytes::from_static(b"first")))).unwrap();
    (pieces, reqwest::Body::wrap(StreamBody::new(stream)))
}

/// Why the answer did not come to its end, if so.
fn broke_off(told: &Told) -> Option<&str> {
    told.about.get("error.type").map(String::as_str)
}

/// Who the upstream was asked for last.
fn subject(stage: &Stage) -> String {
    stage.upstream.seen().last().unwrap().claims()["sub"].as_str().unwrap().to_owned()
}

/// With which headers it was asked.
fn headers(stage: &Stage) -> HeaderMap {
    stage.upstream.seen().pop().unwrap().headers
}

fn about(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn gateway_and_provider_tell_of_one_trace_from_the_caller_on() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let alice = stage.token("alice").await;
    assert_eq!(status(called(stage.get("/b/x").bearer_auth(&alice), "01")).await, 200);

    let mut told = BTreeMap::new();
    while told.len() < 3 {
        let next = collector.next().await;
        if next.trace == TRACE {
            told.insert(next.name.clone(), next);
        }
    }
    let [exchange, request, token] =
        ["stead.exchange", "stead.request", "stead.token"].map(|name| &told[name]);
    assert_eq!(
        [&request.parent, &exchange.parent, &token.parent],
        [PARENT, &request.id, &exchange.id]
    );
    assert_eq!(
        [&*request.service, &exchange.service, &token.service],
        ["gateway", "gateway", "stead"]
    );
    assert!(told.values().all(|span| span.shown == "Bearer key-of-the-collector"));
    assert_eq!(
        request.about,
        about(&[
            ("http.request.method", "GET"),
            ("http.response.status_code", "200"),
            ("http.route", "/b/*")
        ]),
    );
    let digits = subject_hash(&stage.world.t1().issuer(), &subject(&stage));
    assert_eq!(
        exchange.about,
        about(&[
            ("stead.actor", "spa"),
            ("stead.audience", "api://b"),
            ("stead.cache", "miss"),
            ("stead.outcome", "ok"),
            ("stead.provider", "corp"),
            ("stead.subject_hash", &digits),
        ]),
    );
    assert_eq!(
        token.about,
        about(&[
            ("stead.chain", "1"),
            ("stead.client_kind", "web-api"),
            ("stead.dialect", "rfc8693"),
            ("stead.grant", "on_behalf_of"),
            ("stead.outcome", "issued"),
        ]),
    );
    assert_eq!(headers(&stage)["traceparent"], format!("00-{TRACE}-{}-01", request.id));
    let on_record = stage.world.records().await.pop().unwrap();
    assert_eq!(on_record.trace_id.as_str(), TRACE);
}

#[tokio::test]
async fn a_proxy_that_asks_is_told_of_as_the_request_it_asks_about() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let url = format!("http://{}/nginx", stage.gateway.ext_authz().unwrap());
    for (method, told) in [("POST", "POST"), ("BREW", "_OTHER")] {
        let asked = reqwest::Client::builder().no_proxy().build().unwrap().get(&url);
        let asked = asked.header("x-original-method", method).header("x-original-host", "a");
        assert_eq!(status(asked.header("x-original-uri", "/public/x")).await, 200);
        let span = collector.told("stead.request").await;
        assert_eq!(
            (&*span.about["http.request.method"], &*span.about["http.route"]),
            (told, "/public/*")
        );
    }
}

#[tokio::test]
async fn the_span_of_a_request_ends_with_its_answer_and_not_with_the_head_of_it() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let alice = stage.token("alice").await;
    let (pieces, body) = open_body();
    let streamed = called(stage.post("/b/streamed").bearer_auth(&alice), "01").body(body);
    let mut answer = streamed.send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    // Another one meanwhile: it is told first.
    assert_eq!(status(stage.get("/public/x")).await, 200);
    assert_eq!(collector.told("stead.request").await.about["http.route"], "/public/*");
    drop(pieces);
    assert_eq!(answer.chunk().await.unwrap(), None);
    let told = collector.told("stead.request").await;
    assert_eq!((&*told.trace, &*told.about["http.route"], broke_off(&told)), (TRACE, "/b/*", None));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let bare = http.head(format!("http://{}/b/x", stage.address()));
    for whole in [stage.get("/b/trailers"), bare] {
        assert_eq!(status(whole.bearer_auth(&alice)).await, 200);
        assert_eq!(broke_off(&collector.told("stead.request").await), None);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_to_its_end_is_told_with_who_went() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let alice = stage.token("alice").await;
    let (pieces, body) = open_body();
    let streamed = stage.post("/b/streamed").bearer_auth(&alice).body(body);
    let mut answer = streamed.send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    drop((answer, pieces));
    assert_eq!(broke_off(&collector.told("stead.request").await), Some("caller_gone"));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let half = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut upstream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4096];
        assert!(upstream.read(&mut asked).await.unwrap() > 0);
        upstream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf").await.unwrap();
    });
    let stage = Stage::with(|config| {
        config.telemetry = Some(collector.as_config("gateway"));
        for route in &mut config.routes {
            route.upstream = Some(Upstream { origin: Clone::clone(&half), speaks: Speaks::Usual });
        }
    });
    let stage = stage.await;
    let answer = stage.get("/public/x").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.bytes().await.is_err());
    assert_eq!(broke_off(&collector.told("stead.request").await), Some("upstream_broke_off"));
}

#[tokio::test]
async fn a_trace_that_begins_here_is_told_under_the_name_that_its_refusal_bears() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let refused = stage.get("/b/x").send().await.unwrap();
    let body: serde_json::Value = refused.json().await.unwrap();
    let Told { trace, parent, about, .. } = collector.told("stead.request").await;
    assert_eq!((body["trace_id"].as_str(), &*parent), (Some(&*trace), ""));
    assert_eq!(about["stead.code"], body["code"].as_str().unwrap());
    assert_eq!(about["http.response.status_code"], "401");
}

#[tokio::test]
async fn why_the_provider_refuses_is_told_by_both() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let bob = stage.token("bob").await;
    let refused = called(stage.get("/c/x").bearer_auth(&bob), "01").send().await.unwrap();
    let body: serde_json::Value = refused.json().await.unwrap();
    let mut token = collector.told("stead.token").await;
    while token.trace != TRACE {
        token = collector.told("stead.token").await;
    }
    let reason = stage.world.records().await.pop().unwrap().outcome;
    let Outcome::Denied { reason, .. } = reason else { panic!("{reason:?}") };
    assert_eq!((&*token.about["stead.outcome"], &token.about["stead.reason"]), ("denied", &reason));
    assert_eq!(body["provider_trace_id"], TRACE);
}

#[tokio::test]
async fn of_a_trace_that_its_beginner_does_not_keep_nobody_is_told() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let alice = stage.token("alice").await;
    assert_eq!(status(called(stage.get("/b/x").bearer_auth(&alice), "00")).await, 200);
    assert_eq!(headers(&stage)["traceparent"], format!("00-{TRACE}-{PARENT}-00"));
    assert_eq!(status(stage.get("/b/x").bearer_auth(&alice)).await, 200);
    // The next trace: it is told of, and in the order in which they ended.
    let mut told = collector.next().await;
    while told.name != "stead.request" {
        assert_ne!(told.trace, TRACE, "{told:?}");
        told = collector.next().await;
    }
    assert_ne!(told.trace, TRACE);
}

#[tokio::test]
async fn of_traces_that_begin_here_as_many_are_kept_as_the_configuration_says() {
    let collector = Collector::start().await;
    let mut config = collector.as_config("gateway");
    config.share = Share::of(0.0).unwrap();
    let stage = Stage::with(|it| it.telemetry = Some(config)).await;
    assert_eq!(status(stage.get("/public/x")).await, 200);
    let told = Trace::named_by(&headers(&stage)).unwrap();
    assert!(!told.is_kept());
}

#[tokio::test]
async fn what_ended_is_told_before_the_gateway_has_stopped() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    assert_eq!(status(stage.get("/public/x")).await, 200);
    stage.gateway.shutdown().await;
    assert_eq!(collector.at_hand().map(|told| told.name).as_deref(), Some("stead.request"));
}

#[tokio::test]
async fn requests_go_on_without_the_collector() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Collector::start().await.as_config("gateway");
    config.otlp = format!("http://{}", nobody.local_addr().unwrap()).parse().unwrap();
    drop(nobody);
    let stage = Stage::with(|it| it.telemetry = Some(config)).await;
    let alice = stage.token("alice").await;
    for _ in 0..3 {
        assert_eq!(status(stage.get("/b/x").bearer_auth(&alice)).await, 200);
    }
    let dropped = async { while !counted(&stage).await.contains("stead_spans_dropped_total ") {} };
    tokio::time::timeout(std::time::Duration::from_mins(1), dropped).await.unwrap();
    stage.gateway.shutdown().await;
}

#[tokio::test]
async fn nothing_that_was_shown_or_asked_for_is_told() {
    let mut collector = Collector::start().await;
    let stage = stage(&collector).await;
    let alice = stage.token("alice").await;
    assert_eq!(status(stage.get("/b/in-the-path?in=query").bearer_auth(&alice)).await, 200);
    let mut seen = String::new();
    while !seen.contains("stead.request") || !seen.contains("stead.exchange") {
        let told = collector.next().await;
        seen = format!("{seen}{told:?}");
    }
    for secret in [alice.as_str(), "alice", &subject(&stage), "in-the-path", "query", "B.read"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
