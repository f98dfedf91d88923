//! One log line a request: what was asked, how it ended, how long it took. Never what was in it.

use crate::app::App;
use crate::metrics;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method};
use std::time::Instant;
use stead_core::moment::Moment;
use stead_telemetry::{Trace, TraceId};
use tracing::{Instrument, Span};

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const OUR_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// One request from its coming to its answer: its moment, and how long it takes.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Drawn when it came in.
    pub(crate) moment: Moment,
    /// Where in it.
    pub(crate) trace: Trace,
    began: Instant,
}

/// Watches every request that goes by the router.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let watch = Watch::begin(&app, &request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    request.extensions_mut().insert(watch.moment.clone());
    request.extensions_mut().insert(watch.trace);
    let span = watch.span();
    let mut response = next.run(request).instrument(span).await;
    watch.end(&route, &method, &mut response);
    response
}

impl Watch {
    /// Draws the moment, in the trace that the request is a part of.
    pub(crate) fn begin(app: &App, request: &Request) -> Self {
        let headers = request.headers();
        let called = correlation_id(headers, request.uri().query().unwrap_or_default());
        let moment = app.moment().called(called);
        let ours = || TraceId::from_bits(moment.trace_bits());
        let trace = app.telemetry().trace_called(headers, ours);
        Self { moment: moment.within(trace.id().to_bits()), trace, began: Instant::now() }
    }

    /// What every line that is logged meanwhile stands in.
    pub(crate) fn span(&self) -> Span {
        tracing::info_span!("request", trace_id = %self.moment.trace_id())
    }

    /// Names the request in its answer, counts and logs it.
    pub(crate) fn end(&self, route: &str, method: &Method, response: &mut Response) {
        let took = self.began.elapsed();
        name(response, &self.moment);
        let status = response.status().as_u16();
        metrics::answered(route, status, took);
        tracing::info!(
            %method,
            route,
            status,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            trace_id = %self.moment.trace_id(),
            "answered"
        );
    }
}

/// The trace that the request is in, and the client's own name for it if it gave one.
fn name(response: &mut Response, moment: &Moment) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(moment.trace_id().as_str()) {
        headers.insert(OUR_REQUEST_ID, id);
    }
    if let Some(Ok(id)) = moment.correlation_id.as_deref().map(HeaderValue::from_str) {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
}

/// What the client calls this request, in the header or, as MSAL.js does, in the query.
fn correlation_id(headers: &HeaderMap, query: &str) -> Option<String> {
    let header = headers.get(CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok());
    let sent = header.map(str::to_owned).or_else(|| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(name, value)| (name == "client-request-id").then(|| value.into_owned()))
    })?;
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    ((1..=64).contains(&sent.len()) && sent.bytes().all(plain)).then_some(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CLIENT_REQUEST_ID, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_clients_name_for_a_request_is_taken_from_the_header_then_the_query() {
        let query = "a=b&client-request-id=from-query";
        assert_eq!(correlation_id(&header("0f-1"), query).as_deref(), Some("0f-1"));
        assert_eq!(correlation_id(&HeaderMap::new(), query).as_deref(), Some("from-query"));
        assert_eq!(correlation_id(&HeaderMap::new(), "a=b"), None);
    }

    #[test]
    fn a_name_that_is_long_or_could_break_a_line_is_dropped() {
        let long: &'static str = Box::leak("a".repeat(65).into_boxed_str());
        for name in [long, "", "a b", "a\"b", "a\\b"] {
            assert_eq!(correlation_id(&header(name), ""), None, "{name}");
        }
        assert_eq!(correlation_id(&HeaderMap::new(), "client-request-id=a%0D%0Ab"), None);
    }
}
