//! What a program counts, as Prometheus reads it (`OpenMetrics` 1.0) and as the reference page lists it.

use crate::export::spans_dropped;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use std::fmt::Write;
use std::hash::Hash;

/// The media type of [`shown`].
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds, from what is answered from memory to what somebody gives up waiting for.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Durations in seconds, a histogram for each set of labels.
pub(crate) type Durations<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

/// A histogram of durations in seconds.
#[must_use]
pub fn duration() -> Histogram {
    Histogram::new(BUCKETS)
}

/// [`Durations`], none so far.
pub(crate) fn durations<Labels: Clone + Hash + Eq>() -> Durations<Labels> {
    Family::new_with_constructor(duration)
}

/// Metrics, each with its name, its labels and its meaning.
#[derive(Debug, Default)]
pub struct Metrics {
    registry: Registry,
    page: String,
}

impl Metrics {
    /// One more, to count by. The name is the one that a monitor asks for: a counter's ends with `_total`. Labels are divided
    /// by commas.
    pub fn add<M: Metric + TypedMetric + Clone>(
        &mut self,
        name: &'static str,
        labels: &'static str,
        meaning: &'static str,
        metric: M,
    ) -> M {
        self.show(name, labels, meaning, metric.clone());
        metric
    }

    /// One more, which is as it is.
    pub fn show<M: Metric + TypedMetric>(
        &mut self,
        name: &'static str,
        labels: &'static str,
        meaning: &'static str,
        metric: M,
    ) {
        let kind = M::TYPE.as_str().to_owned();
        let labels = labels.split(", ").filter(|label| !label.is_empty());
        let labels: Vec<_> = labels.map(|label| format!("`{label}`")).collect();
        // Writing to a text fails never.
        let _ = writeln!(self.page, "| `{name}` | {kind} | {} | {meaning} |", labels.join(", "));
        // The library ends names of counters and meanings by itself.
        let name = name.strip_suffix("_total").unwrap_or(name);
        self.registry.register(name, meaning.strip_suffix('.').unwrap_or(meaning), metric);
    }

    /// Spans that were lost on the way to a collector.
    pub fn show_spans_dropped(&mut self) {
        let dropped = ConstCounter::new(spans_dropped());
        self.show("stead_spans_dropped_total", "", "Spans that no collector has got.", dropped);
    }

    /// The rows of the reference page: name, type, labels, meaning.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }
}

/// All of these, as one answer to a monitor.
#[must_use]
pub fn shown<'a>(all: impl IntoIterator<Item = &'a Metrics>) -> String {
    let mut text = String::new();
    // Writing to a text fails never, and our metrics write nothing that is no text.
    for metrics in all {
        let _ = encode_registry(&mut text, &metrics.registry);
    }
    let _ = encode_eof(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;

    #[test]
    fn a_metric_is_shown_to_a_monitor_and_listed_for_a_reader() {
        let (mut counted, mut looked_at) = (Metrics::default(), Metrics::default());
        let opened =
            counted.add("doors_opened_total", "", "Doors opened.", Counter::<u64>::default());
        looked_at.show("waited_seconds", "door, floor", "Time before a door.", duration());
        opened.inc();
        let text = shown([&counted, &looked_at]);
        let start = "# HELP doors_opened Doors opened.\n# TYPE doors_opened counter\ndoors_opened_total 1\n\
                     # HELP waited_seconds Time before a door.\n# TYPE waited_seconds histogram\n";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with("waited_seconds_bucket{le=\"+Inf\"} 0\n# EOF\n"), "{text}");
        assert_eq!(counted.page(), "| `doors_opened_total` | counter |  | Doors opened. |\n");
        let row = "| `waited_seconds` | histogram | `door`, `floor` | Time before a door. |\n";
        assert_eq!(looked_at.page(), row);
    }
}
