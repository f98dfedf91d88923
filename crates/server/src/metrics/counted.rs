//! Everything that is counted, with its labels and its meaning.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::LazyLock;
use stead_telemetry::{Metrics, Requests, duration};

/// Actors in a chain: 8 is the most there can be unless it is configured otherwise.
const DEPTHS: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

/// What happened since the start of the process; all servers in it add to the same numbers.
pub(super) static COUNTED: LazyLock<Counted> = LazyLock::new(Counted::new);

pub(super) struct Counted {
    pub(super) tokens: Family<Tokens, Counter>,
    pub(super) depth: Histogram,
    pub(super) denied: Family<Refusals, Counter>,
    pub(super) exchange: Histogram,
    pub(super) logins: Family<Logins, Counter>,
    pub(super) consents: Family<Consents, Counter>,
    pub(super) requests: Requests,
    pub(super) followers: Gauge,
    pub(super) shown: Metrics,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Tokens {
    pub(super) grant: &'static str,
    pub(super) client_kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Refusals {
    pub(super) rule: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Logins {
    pub(super) method: &'static str,
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Consents {
    pub(super) outcome: &'static str,
}

impl Counted {
    fn new() -> Self {
        let mut shown = Metrics::default();
        Self {
            tokens: shown.add(
                "stead_tokens_issued_total",
                "grant, client_kind",
                "Access tokens issued.",
                Family::default(),
            ),
            depth: shown.add(
                "stead_chain_depth",
                "",
                "Actors in the chain of each token issued on behalf of a user.",
                Histogram::new(DEPTHS),
            ),
            denied: shown.add(
                "stead_exchange_denied_total",
                "rule",
                "Exchanges refused, by the reason that `docs/errors.md` explains.",
                Family::default(),
            ),
            exchange: shown.add(
                "stead_exchange_duration_seconds",
                "",
                "How long an exchange took, its record included, however it ended.",
                duration(),
            ),
            logins: shown.add(
                "stead_login_total",
                "method, outcome",
                "Passwords, passkeys' answers and codes sent from the pages of a sign-in.",
                Family::default(),
            ),
            consents: shown.add(
                "stead_consent_total",
                "outcome",
                "Questions for consent answered by a user.",
                Family::default(),
            ),
            requests: Requests::shown_in(
                &mut shown,
                [
                    "Requests to the public listener answered.",
                    "How long a request to the public listener took.",
                ],
            ),
            followers: shown.add(
                "stead_revocation_followers",
                "",
                "APIs that follow the revocation feed at this node.",
                Gauge::default(),
            ),
            shown,
        }
    }
}
