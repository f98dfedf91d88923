//! Lifetimes and limits of a tenant, resolved from the configuration.

use crate::model::application::Kind;
use crate::model::factors::Factors;
use stead_proto::acr::Acr;
use stead_proto::time::Seconds;

/// The longest a token may be set to live: a key that signs no more stays published for longer than that.
pub const LONGEST_TOKEN: Seconds = Seconds(86_400);

/// When a second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondFactorRule {
    /// When an application or an edge demands it.
    WhenAsked,
    /// Also whenever the user has one.
    #[default]
    WhenEnrolled,
    /// At every sign-in; who has none adds one.
    Always,
}

impl SecondFactorRule {
    /// The strength it demands of a user with these factors, whatever the request demands.
    #[must_use]
    pub fn demands(self, factors: &Factors) -> Option<Acr> {
        let demanded = match self {
            Self::WhenAsked => false,
            Self::WhenEnrolled => factors.enrolled(),
            Self::Always => true,
        };
        demanded.then_some(Acr::MultiFactor)
    }
}

/// When signing keys change by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRules {
    /// How long a key signs before the next one takes over; until somebody asks, if this is `None`.
    pub rotate_every: Option<Seconds>,
    /// How long a key is published before it signs.
    pub publish_ahead: Seconds,
}

impl Default for KeyRules {
    fn default() -> Self {
        Self { rotate_every: Some(Seconds(90 * 86_400)), publish_ahead: Seconds(86_400) }
    }
}

/// What the decisions need to know of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Lifetime of access tokens from sign-in and refresh.
    pub access_token: Seconds,
    /// Lifetime at most of access tokens from an exchange.
    pub exchanged_token: Seconds,
    /// Lifetime of ID tokens.
    pub id_token: Seconds,
    /// Lifetime of authorization codes.
    pub code: Seconds,
    /// Lifetime of the codes of a device whose user signs in elsewhere.
    pub device_code: Seconds,
    /// Lifetime of a refresh-token family; rotation does not extend it.
    pub refresh_token: Seconds,
    /// Lifetime of a refresh-token family of a single-page application, from the sign-in.
    pub spa_refresh_token: Seconds,
    /// How long after it was rotated a refresh token of a single-page application is taken again.
    pub spa_refresh_grace: Seconds,
    /// How long a session lasts at most.
    pub session: Seconds,
    /// How many actors a chain may have.
    pub max_chain: usize,
    /// How far clocks of clients may differ from ours.
    pub clock_skew: Seconds,
    /// When a second factor is asked for: each tenant's own.
    pub second_factor: SecondFactorRule,
    /// When signing keys change by themselves.
    pub signing: KeyRules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_token: Seconds(3600),
            exchanged_token: Seconds(3600),
            id_token: Seconds(3600),
            code: Seconds(60),
            device_code: Seconds(900),
            refresh_token: Seconds(14 * 86_400),
            spa_refresh_token: Seconds(86_400),
            spa_refresh_grace: Seconds(10),
            session: Seconds(12 * 3600),
            max_chain: 8,
            clock_skew: Seconds(10),
            second_factor: SecondFactorRule::default(),
            signing: KeyRules::default(),
        }
    }
}

impl Settings {
    /// How long a refresh token of such an application is taken again after it was rotated: pages in several
    /// tabs share one and cannot wait for each other.
    #[must_use]
    pub fn refresh_grace(&self, kind: Kind) -> Seconds {
        if kind == Kind::Spa { self.spa_refresh_grace } else { Seconds(0) }
    }
}
