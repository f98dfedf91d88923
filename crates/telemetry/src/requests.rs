//! Requests that were answered: how many, by route and status, and how long that took, by route.

use crate::metrics::{Durations, Metrics, durations};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use std::time::Duration;

/// All requests of a process, counted.
#[derive(Debug)]
pub struct Requests {
    answered: Family<Answer, Counter>,
    took: Durations<Routed>,
}

/// Those of one route with one status. To count by it costs less than to find it.
#[derive(Debug)]
pub struct RequestCounter {
    answered: Counter,
    took: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    route: String,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    route: String,
}

impl Requests {
    /// Counted from now on, and shown with these meanings: of their number, and of the time they took.
    pub fn shown_in(metrics: &mut Metrics, [number, time]: [&'static str; 2]) -> Self {
        let answered =
            metrics.add("stead_requests_total", "route, code", number, Family::default());
        let took = metrics.add("stead_request_duration_seconds", "route", time, durations());
        Self { answered, took }
    }

    /// Those of a route, as it is called in the configuration, and a status.
    #[must_use]
    pub fn of(&self, route: &str, code: u16) -> RequestCounter {
        let route = route.to_owned();
        let took = self.took.get_or_create_owned(&Routed { route: route.clone() });
        let answered = self.answered.get_or_create_owned(&Answer { route, code });
        RequestCounter { answered, took }
    }
}

impl RequestCounter {
    /// One more was answered, which took so long.
    pub fn count(&self, took: Duration) {
        self.answered.inc();
        self.took.observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::shown;

    #[test]
    fn a_request_counts_for_its_route_and_status_and_its_time_for_its_route() {
        let mut metrics = Metrics::default();
        let requests = Requests::shown_in(&mut metrics, ["Requests.", "Their time."]);
        requests.of("in", 200).count(Duration::from_millis(2));
        requests.of("in", 401).count(Duration::from_millis(3));
        let text = shown([&metrics]);
        for line in [
            r#"stead_requests_total{route="in",code="200"} 1"#,
            r#"stead_requests_total{route="in",code="401"} 1"#,
            r#"stead_request_duration_seconds_count{route="in"} 2"#,
            r#"stead_request_duration_seconds_bucket{le="0.0025",route="in"} 1"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not among:\n{text}");
        }
    }
}
