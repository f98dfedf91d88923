//! How a collector is told: OTLP over HTTP, in protobuf.
//!
//! The messages are the field's own. The exporter of its libraries is not used: it lets the environment
//! (`OTEL_EXPORTER_OTLP_…`) put its headers in the place of those that were configured, and stops the start over a
//! compression that it was built without.

use crate::collector::{BadCollector, Collector};
use http::{HeaderMap, HeaderValue, header};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use reqwest::{Certificate, Client, Response, Url, redirect};
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(1);

/// How long one batch may take.
const ANSWER: Duration = Duration::from_secs(5);

/// Longest answer read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// The way to a collector.
#[derive(Debug)]
pub(crate) struct Wire {
    client: Client,
    url: Url,
    headers: HeaderMap,
    /// Who tells.
    resource: ResourceAttributesWithSchema,
}

impl Wire {
    pub(crate) fn to(collector: &Collector) -> Result<Self, BadCollector> {
        let bad = |error: &dyn std::error::Error| BadCollector(error.to_string());
        let base = collector.otlp.as_str().trim_end_matches('/');
        let mut headers = collector.headers.clone();
        headers.insert(header::CONTENT_TYPE, PROTOBUF);
        Ok(Self {
            client: client(collector).map_err(|error| bad(&error))?,
            url: format!("{base}/v1/traces").parse().map_err(|error| bad(&error))?,
            headers,
            resource: (&collector.resource()).into(),
        })
    }

    /// Tells of these, and returns how many of them the collector has not taken.
    pub(crate) async fn tell(&self, spans: Vec<SpanData>) -> Result<usize, reqwest::Error> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let told = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let request = self.client.post(self.url.clone()).headers(self.headers.clone());
        let answer = request.body(told).send().await.and_then(Response::error_for_status);
        Ok(rejected(answer.map_err(reqwest::Error::without_url)?).await)
    }
}

fn client(collector: &Collector) -> Result<Client, reqwest::Error> {
    let client = Client::builder()
        .user_agent(concat!("stead/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .referer(false)
        .tls_certs_merge(Certificate::from_pem_bundle(&collector.trust)?);
    // Without TLS it is near, where no proxy leads to, whatever the environment says.
    if collector.otlp.scheme() == "http" { client.no_proxy().build() } else { client.build() }
}

/// How many a collector says it has not taken, though it took the batch.
async fn rejected(mut answer: Response) -> usize {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        if body.len() + piece.len() > MAX_ANSWER {
            return 0;
        }
        body.extend_from_slice(&piece);
    }
    said(&body)
}

/// An answer that says nothing of it rejects none.
fn said(answer: &[u8]) -> usize {
    let partial = ExportTraceServiceResponse::decode(answer).ok();
    let partial = partial.and_then(|said| said.partial_success);
    partial.map_or(0, |partial| usize::try_from(partial.rejected_spans).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;

    #[test]
    fn spans_that_a_collector_says_it_has_not_taken_are_counted() {
        for (rejected_spans, counted) in [(3, 3), (0, 0), (-1, 0)] {
            let partial = ExportTracePartialSuccess { rejected_spans, ..Default::default() };
            let answer = ExportTraceServiceResponse { partial_success: Some(partial) };
            assert_eq!(said(&answer.encode_to_vec()), counted);
        }
        for nothing in [&b""[..], b"{}", b"<html>"] {
            assert_eq!(said(nothing), 0);
        }
    }
}
