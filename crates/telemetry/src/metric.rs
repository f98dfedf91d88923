//! What a program counts and measures: told to Prometheus, and to the reader of the reference page.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// Something that is counted or measured.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its Prometheus name.
    pub name: &'static str,
    /// How its values add up.
    pub kind: MetricKind,
    /// The names of its labels, separated by `, `; none if empty.
    pub labels: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
}

/// How the values of a metric add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It is as it is now.
    Gauge,
    /// It is counted by size.
    Histogram,
}

impl MetricKind {
    /// Its name in Prometheus.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Tells the recorder of this process what each metric means.
pub fn describe(metrics: &[Metric]) {
    for Metric { name, kind, meaning, .. } in metrics.iter().copied() {
        match kind {
            MetricKind::Counter => describe_counter!(name, meaning),
            MetricKind::Gauge => describe_gauge!(name, meaning),
            MetricKind::Histogram => describe_histogram!(name, meaning),
        }
    }
}

/// The table of the reference page: a test holds the page to it.
#[must_use]
pub fn table(metrics: &[Metric]) -> String {
    let rows: String = metrics.iter().map(row).collect();
    format!("| name | type | labels | meaning |\n|---|---|---|---|\n{rows}")
}

fn row(Metric { name, kind, labels, meaning }: &Metric) -> String {
    let labels = labels.split(", ").filter(|label| !label.is_empty());
    let labels: Vec<String> = labels.map(|label| format!("`{label}`")).collect();
    format!("| `{name}` | {} | {} | {meaning} |\n", kind.as_str(), labels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_row_with_its_labels_or_without_any() {
        let kind = MetricKind::Counter;
        let with = Metric { name: "a_total", kind, labels: "route, code", meaning: "As." };
        let without = Metric { labels: "", kind: MetricKind::Gauge, ..with };
        assert_eq!(
            table(&[with, without]),
            "| name | type | labels | meaning |\n|---|---|---|---|\n\
             | `a_total` | counter | `route`, `code` | As. |\n\
             | `a_total` | gauge |  | As. |\n"
        );
    }
}
