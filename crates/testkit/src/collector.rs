//! A collector: takes spans by OTLP over real HTTP, and shows them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use stead_telemetry::{Collector as Config, Share};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// A collector that runs until it is dropped with its test.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    spans: UnboundedReceiver<Told>,
}

/// A span that it was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who told it.
    pub service: String,
    /// What the span is called.
    pub name: String,
    /// In which trace, in hexadecimal.
    pub trace: String,
    /// Which part of it, in hexadecimal.
    pub id: String,
    /// Of which part, in hexadecimal; empty if it is the first.
    pub parent: String,
    /// What is said about it, as text.
    pub about: BTreeMap<String, String>,
    /// The `authorization` that it was told with.
    pub shown: String,
}

impl Collector {
    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, spans) = unbounded_channel();
        let router = Router::new().route("/v1/traces", post(take)).with_state(told);
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { address, spans }
    }

    /// How it is told, by a service of this name.
    pub fn as_config(&self, service: &str) -> Config {
        Config {
            otlp: format!("http://{}", self.address).parse().unwrap(),
            service: service.to_owned(),
            headers: HeaderMap::from_iter([(
                axum::http::header::AUTHORIZATION,
                "Bearer key-of-the-collector".parse().unwrap(),
            )]),
            share: Share::ALL,
            trust: Vec::new(),
        }
    }

    /// The next span, when it is told of one.
    pub async fn next(&mut self) -> Told {
        let next = timeout(Duration::from_mins(1), self.spans.recv()).await;
        next.expect("a span within a minute").expect("it runs")
    }

    /// The next span of this name; others are passed over.
    pub async fn told(&mut self, name: &str) -> Told {
        loop {
            let told = self.next().await;
            if told.name == name {
                return told;
            }
        }
    }

    /// A span that it has been told of by now.
    pub fn at_hand(&mut self) -> Option<Told> {
        self.spans.try_recv().ok()
    }
}

async fn take(State(told): State<UnboundedSender<Told>>, headers: HeaderMap, body: Bytes) {
    let batch = ExportTraceServiceRequest::decode(body).unwrap();
    let shown = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    for of_one in batch.resource_spans {
        let resource = all(&of_one.resource.unwrap().attributes);
        let service = resource.get("service.name").unwrap();
        for span in of_one.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            // The test that listens may be over.
            let _ = told.send(read(service, span, shown));
        }
    }
}

fn read(service: &str, span: Span, shown: &str) -> Told {
    Told {
        service: service.to_owned(),
        trace: hexadecimal(&span.trace_id),
        id: hexadecimal(&span.span_id),
        parent: hexadecimal(&span.parent_span_id),
        about: all(&span.attributes),
        name: span.name,
        shown: shown.to_owned(),
    }
}

fn all(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("nothing is told as {other:?}"),
    };
    attributes.iter().map(|it| (it.key.clone(), text(&it.value))).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut written = String::new();
    for byte in bytes {
        write!(written, "{byte:02x}").unwrap();
    }
    written
}
