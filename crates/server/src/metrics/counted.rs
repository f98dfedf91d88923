//! Everything that is counted, with its labels and its meaning.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::LazyLock;
use stead_telemetry::{Durations, Metrics, duration, durations};

/// Actors in a chain: 8 is the most there can be unless it is configured otherwise.
const DEPTHS: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

/// What happened since the start of the process; all servers in it add to the same numbers.
pub(super) static COUNTED: LazyLock<Counted> = LazyLock::new(Counted::new);

pub(super) struct Counted {
    pub(super) shown: Metrics,
    pub(super) tokens: Family<Tokens, Counter>,
    pub(super) depth: Histogram,
    pub(super) denied: Family<Refusals, Counter>,
    pub(super) exchange: Histogram,
    pub(super) logins: Family<Logins, Counter>,
    pub(super) consents: Family<Consents, Counter>,
    pub(super) requests: Family<Answers, Counter>,
    pub(super) request: Durations<Routed>,
    pub(super) followers: Gauge,
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answers {
    pub(super) route: String,
    pub(super) code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Routed {
    pub(super) route: String,
}

impl Answers {
    pub(super) fn of(route: &str, code: u16) -> Self {
        Self { route: route.to_owned(), code }
    }
}

impl Counted {
    fn new() -> Self {
        let mut all = Self {
            shown: Metrics::default(),
            tokens: Family::default(),
            depth: Histogram::new(DEPTHS),
            denied: Family::default(),
            exchange: duration(),
            logins: Family::default(),
            consents: Family::default(),
            requests: Family::default(),
            request: durations(),
            followers: Gauge::default(),
        };
        all.show_grants();
        all.show_people();
        all.show_requests();
        all
    }

    fn show_grants(&mut self) {
        self.shown.add(
            "stead_tokens_issued_total",
            "grant, client_kind",
            "Access tokens issued.",
            self.tokens.clone(),
        );
        self.shown.add(
            "stead_chain_depth",
            "",
            "Actors in the chain of each token issued on behalf of a user.",
            self.depth.clone(),
        );
        self.shown.add(
            "stead_exchange_denied_total",
            "rule",
            "Exchanges refused, by the reason that `docs/errors.md` explains.",
            self.denied.clone(),
        );
        self.shown.add(
            "stead_exchange_duration_seconds",
            "",
            "How long an exchange took, its record included, however it ended.",
            self.exchange.clone(),
        );
    }

    fn show_people(&mut self) {
        self.shown.add(
            "stead_login_total",
            "method, outcome",
            "Passwords, passkeys' answers and codes sent from the pages of a sign-in.",
            self.logins.clone(),
        );
        self.shown.add(
            "stead_consent_total",
            "outcome",
            "Questions for consent answered by a user.",
            self.consents.clone(),
        );
    }

    fn show_requests(&mut self) {
        self.shown.add(
            "stead_requests_total",
            "route, code",
            "Requests to the public listener answered.",
            self.requests.clone(),
        );
        self.shown.add(
            "stead_request_duration_seconds",
            "route",
            "How long a request to the public listener took.",
            self.request.clone(),
        );
        self.shown.add(
            "stead_revocation_followers",
            "",
            "APIs that follow the revocation feed at this node.",
            self.followers.clone(),
        );
    }
}
