//! Where spans go, and of which traces.

use crate::trace::TraceId;
use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use url::Url;

/// Where spans are taken (OTLP over HTTP), and of which traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// Its base, to which `/v1/traces` is added.
    pub otlp: Url,
    /// What we are called there.
    pub service: String,
    /// What it wants to hear with every batch, such as its key. Values are marked sensitive.
    pub headers: HeaderMap,
    /// Of which traces that begin here.
    pub share: Share,
    /// Certificate authorities that it may have beside the system's, PEM.
    pub trust: Vec<u8>,
}

/// A collector that cannot be spoken with.
#[derive(Debug, thiserror::Error)]
#[error("the collector cannot be spoken with: {0}")]
pub struct BadCollector(pub(crate) String);

/// How many of all traces are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// All of them.
    pub const ALL: Self = Self(1 << 63);

    /// This many, 0 to 1; nothing if it is another number.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "between nothing and all of it, to the last bit of a ratio"
    )]
    pub fn of(ratio: f64) -> Option<Self> {
        (0.0..=1.0).contains(&ratio).then_some(Self((ratio * Self::ALL.0 as f64) as u64))
    }

    /// Whether a trace is among them: everybody who goes by its name alone decides alike.
    #[must_use]
    pub fn holds(self, id: TraceId) -> bool {
        id.low() >> 1 < self.0
    }
}

impl Collector {
    /// Who tells.
    pub(crate) fn resource(&self) -> Resource {
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let service = Resource::builder_empty().with_service_name(self.service.clone());
        service.with_attribute(version).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_ratio() {
        assert_eq!(Share::of(1.0), Some(Share::ALL));
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_share_holds_about_so_many_traces_and_the_same_ones_everywhere() {
        let drawn: Vec<TraceId> = (0..10_000).map(|_| TraceId::drawn()).collect();
        let held = |ratio| drawn.iter().filter(|id| Share::of(ratio).unwrap().holds(**id)).count();
        assert_eq!((held(0.0), held(1.0)), (0, drawn.len()));
        assert!((2_000..3_000).contains(&held(0.25)), "{}", held(0.25));
        let (less, more) = (Share::of(0.1).unwrap(), Share::of(0.2).unwrap());
        assert!(drawn.iter().filter(|id| less.holds(**id)).all(|id| more.holds(*id)));
    }
}
