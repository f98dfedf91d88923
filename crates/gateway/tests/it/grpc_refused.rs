//! Who makes a call of gRPC and is not let in: a client of gRPC hears a status, and what HTTP would say beside it.

use crate::grpc::{Rows, call, heard, stage};
use crate::stub::Beside;
use http::Version;
use serde_json::json;
use stead::Challenge;
use stead_gateway::config::{Require, Speaks, Upstream};
use stub_provider::says;
use testkit::Collector;
use tokio::net::TcpListener;
use tonic::{Code, Status};

const ROWS: &str = "/0/rows.Rows";

/// Where the second route needs a scope that nobody has, and the third leads to nobody.
async fn scene() -> (Rows, Beside) {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", nobody.local_addr().unwrap()).parse().unwrap();
    drop(nobody);
    stage(|config| {
        let scopes = vec!["Reports.Write".to_owned()];
        config.routes[1].require = Some(Require { scopes, ..Require::default() });
        config.routes[2].upstream = Some(Upstream { origin: gone, speaks: Speaks::Http2 });
    })
    .await
}

fn metadata<'s>(status: &'s Status, name: &str) -> &'s str {
    status.metadata().get(name).unwrap_or_else(|| panic!("{name} of {status:?}")).to_str().unwrap()
}

#[tokio::test]
async fn kg_26_a_call_that_is_not_let_in_hears_why_in_a_status() {
    let (rows, beside) = scene().await;
    let alice = beside.stub.token("alice", "dashboard");
    let none = call(&beside, None, ROWS, "rows").await.unwrap_err();
    assert_eq!(heard(&none), (Code::Unauthenticated, "STEAD-2004"));
    assert_eq!(none.message(), "the request has no bearer token (STEAD-2004)");
    assert_eq!(metadata(&none, "www-authenticate"), "Bearer");
    assert_eq!(
        (metadata(&none, "stead-error"), metadata(&none, "stead-trace-id").len()),
        ("invalid_token", 32)
    );
    for (token, path, told) in [
        ("x.y.z", ROWS, (Code::Unauthenticated, "STEAD-2006")),
        ("two words", ROWS, (Code::Unauthenticated, "STEAD-2005")),
        (&alice, "/1/rows.Rows", (Code::PermissionDenied, "STEAD-2007")),
        (&alice, "/nowhere", (Code::Unimplemented, "STEAD-2002")),
        (&alice, "/2/rows.Rows", (Code::Unavailable, "STEAD-2015")),
        (&alice, "/0/rows%2fRows", (Code::Internal, "STEAD-2001")),
    ] {
        let status = call(&beside, Some(token), path, "rows").await.unwrap_err();
        assert_eq!(heard(&status), told, "{path}");
    }
    assert!(rows.tokens().is_empty());
    call(&beside, Some(&alice), ROWS, "rows").await.unwrap();
    assert_eq!(rows.tokens().len(), 1);
}

#[tokio::test]
async fn kg_26_what_the_provider_says_is_told_in_a_status_too() {
    let (rows, beside) = scene().await;
    let alice = beside.stub.token("alice", "dashboard");
    let ask = async || call(&beside, Some(&alice), ROWS, "rows").await;
    let trace = "0123456789abcdef0123456789abcdef";
    let denied = json!({ "error": "invalid_grant", "trace_id": trace, "error_uri": "a \u{e9}" });
    beside.stub.answers(move |_| says(400, denied.clone()));
    let status = ask().await.unwrap_err();
    assert_eq!(heard(&status), (Code::PermissionDenied, "STEAD-2012"));
    assert_eq!(metadata(&status, "stead-error"), "invalid_grant");
    assert_eq!(metadata(&status, "stead-provider-trace-id"), trace);

    let (_, beside) = scene().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"mfa"}}}"#;
    let demand = json!({ "error": "interaction_required", "claims": claims });
    beside.stub.answers(move |_| says(400, demand.clone()));
    let status = call(&beside, Some(&beside.stub.token("alice", "dashboard")), ROWS, "rows")
        .await
        .unwrap_err();
    assert_eq!(heard(&status), (Code::Unauthenticated, "STEAD-2011"));
    let told = Challenge::from_headers(&status.metadata().clone().into_headers()).unwrap();
    assert_eq!(told.claims(), claims);

    let (_, beside) = scene().await;
    beside.stub.answers(|_| says(503, json!({})));
    let status = call(&beside, Some(&beside.stub.token("alice", "dashboard")), ROWS, "rows")
        .await
        .unwrap_err();
    assert_eq!(heard(&status), (Code::Unavailable, "STEAD-2013"));
    assert_eq!(metadata(&status, "retry-after"), "5");
    assert!(rows.tokens().is_empty());
}

#[tokio::test]
async fn kg_26_a_call_that_is_refused_before_all_of_it_was_sent_hears_why_too() {
    let (rows, beside) = scene().await;
    // More than anybody takes in who does not read it.
    let large = "large ".repeat(500_000);
    for _ in 0..10 {
        let status = call(&beside, None, ROWS, &large).await.unwrap_err();
        assert_eq!(heard(&status), (Code::Unauthenticated, "STEAD-2004"), "{status:?}");
    }
    let alice = beside.stub.token("alice", "dashboard");
    call(&beside, Some(&alice), ROWS, &large).await.unwrap();
    assert_eq!(rows.tokens().len(), 1);
}

#[tokio::test]
async fn a_refused_call_is_counted_by_the_status_that_it_has_in_http() {
    let mut collector = Collector::start().await;
    let telemetry = collector.as_config("gateway");
    let (_, beside) = stage(|config| config.telemetry = Some(telemetry)).await;
    call(&beside, None, ROWS, "rows").await.unwrap_err();
    let about = collector.told("stead.request").await.about;
    assert_eq!(
        (&*about["stead.code"], &*about["http.response.status_code"]),
        ("STEAD-2004", "401")
    );
}

#[tokio::test]
async fn kg_26_whoever_makes_no_call_is_told_by_http() {
    let (_, beside) = scene().await;
    let url = format!("http://{}{ROWS}", beside.gateway.proxy().unwrap());
    let http = |http2: bool| {
        let builder = reqwest::Client::builder().no_proxy();
        if http2 { builder.http2_prior_knowledge() } else { builder }.build().unwrap()
    };
    for (http2, kind) in
        [(true, "application/json"), (true, "application/grpc-web"), (false, "application/grpc")]
    {
        let answer = http(http2).post(&url).header("content-type", kind).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version() == Version::HTTP_2), (401, http2));
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert!(
            !answer.headers().contains_key("grpc-status")
                && answer.text().await.unwrap().contains("STEAD-2004")
        );
    }
    let call =
        http(true).post(&url).header("content-type", "application/grpc").send().await.unwrap();
    assert_eq!(
        (call.status().as_u16(), &call.headers()["grpc-status"]),
        (200, &"16".parse().unwrap())
    );
    assert_eq!(call.headers()["cache-control"], "no-store");
    assert!(call.bytes().await.unwrap().is_empty());
}
