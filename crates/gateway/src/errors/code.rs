//! The codes: each has a number that stays, a status and a sentence.

use http::StatusCode;
use std::fmt;

/// What a request can be refused for, and the number that it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Two programs could read the request in different ways.
    Ambiguous = 2001,
    /// No route is for it.
    NoRoute = 2002,
    /// A method that is for nobody here.
    Method = 2003,
    /// It brings no token.
    NoToken = 2004,
    /// It brings one in a way that no request may.
    MalformedToken = 2005,
    /// The token is not to be relied on.
    InvalidToken = 2006,
    /// The token lacks a scope.
    Scope = 2007,
    /// The token speaks of an application only.
    AppOnly = 2008,
    /// The application that calls may not.
    Actor = 2009,
    /// Too many have acted on the way.
    Depth = 2010,
    /// The user has to sign in again.
    SignIn = 2011,
    /// The provider refused the exchange.
    Denied = 2012,
    /// The provider cannot be asked now.
    ProviderAway = 2013,
    /// The exchange cannot work as it is set up.
    Setup = 2014,
    /// The upstream cannot be reached.
    UpstreamAway = 2015,
    /// The upstream does not answer in time.
    UpstreamSlow = 2016,
    /// The upstream takes the token neither the first nor the second time.
    UpstreamRefuses = 2017,
    /// The rest of the request does not come.
    CallerSlow = 2018,
    /// The token API is asked as if from elsewhere than this machine.
    NotLocal = 2040,
    /// The token API's own token is not shown.
    ApiToken = 2041,
    /// The token API has no such place.
    NoPlace = 2042,
    /// What the token API is asked cannot be read.
    Unreadable = 2043,
    /// No provider, or no API, has this name.
    Unknown = 2044,
    /// What the token is to point at cannot be meant.
    BadTarget = 2045,
    /// Tokens of the application itself are not given.
    OwnToken = 2046,
    /// What is to be otherwise than the configuration says is not taken.
    Override = 2047,
    /// The answer of an API cannot be told as JSON.
    Unsayable = 2048,
    /// On the way out, no handle is shown.
    NoHandle = 2050,
    /// A handle stands for nobody here.
    Handle = 2051,
    /// No way out leads there.
    NoWayOut = 2052,
    /// The proof that the sender has the token's key is not to be relied on.
    Proof = 2060,
    /// The proof has to hold the nonce of this answer.
    Nonce = 2061,
    /// The token is bound to a key, and cannot be passed on.
    Bound = 2062,
}

impl Code {
    /// All there are, in the order of their numbers.
    pub const ALL: [Self; 33] = [
        Self::Ambiguous,
        Self::NoRoute,
        Self::Method,
        Self::NoToken,
        Self::MalformedToken,
        Self::InvalidToken,
        Self::Scope,
        Self::AppOnly,
        Self::Actor,
        Self::Depth,
        Self::SignIn,
        Self::Denied,
        Self::ProviderAway,
        Self::Setup,
        Self::UpstreamAway,
        Self::UpstreamSlow,
        Self::UpstreamRefuses,
        Self::CallerSlow,
        Self::NotLocal,
        Self::ApiToken,
        Self::NoPlace,
        Self::Unreadable,
        Self::Unknown,
        Self::BadTarget,
        Self::OwnToken,
        Self::Override,
        Self::Unsayable,
        Self::NoHandle,
        Self::Handle,
        Self::NoWayOut,
        Self::Proof,
        Self::Nonce,
        Self::Bound,
    ];

    /// The status of the answer.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Ambiguous
            | Self::MalformedToken
            | Self::Unreadable
            | Self::Unknown
            | Self::BadTarget
            | Self::Override => StatusCode::BAD_REQUEST,
            Self::NoRoute | Self::NoPlace => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::CallerSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoToken
            | Self::InvalidToken
            | Self::SignIn
            | Self::NoHandle
            | Self::Handle
            | Self::Proof
            | Self::Nonce => StatusCode::UNAUTHORIZED,
            Self::Scope
            | Self::AppOnly
            | Self::Actor
            | Self::Depth
            | Self::Denied
            | Self::NotLocal
            | Self::ApiToken
            | Self::OwnToken
            | Self::NoWayOut
            | Self::Bound => StatusCode::FORBIDDEN,
            Self::ProviderAway => StatusCode::SERVICE_UNAVAILABLE,
            Self::Setup => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UpstreamAway | Self::UpstreamRefuses | Self::Unsayable => StatusCode::BAD_GATEWAY,
            Self::UpstreamSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// What a developer is told.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Ambiguous => "the request can be read in more than one way",
            Self::NoRoute => "no route is for this host, path and method",
            Self::Method => "this method is not for here",
            Self::NoToken => "the request has no bearer token",
            Self::MalformedToken => "the request brings its token in a way that no request may",
            Self::InvalidToken => "the token is not to be relied on",
            Self::Scope => "the token lacks a scope that is needed here",
            Self::AppOnly => "the token speaks of an application, not of a user",
            Self::Actor => "the application that acts for the user may not do so here",
            Self::Depth => "the token has passed through too many applications",
            Self::SignIn => "the user has to sign in again",
            Self::Denied => "the identity provider refused to let this service act for the user",
            Self::ProviderAway => "the identity provider cannot be asked now",
            Self::Setup => "the gateway cannot act for the user as it is set up",
            Self::UpstreamAway => "the service behind the gateway cannot be reached",
            Self::UpstreamSlow => "the service behind the gateway does not answer in time",
            Self::UpstreamRefuses => "the service behind the gateway does not take its token",
            Self::CallerSlow => "the rest of the request does not come",
            Self::NotLocal => "the token API is for this machine alone, by its own name",
            Self::ApiToken => "the token of this API is not shown in X-Stead-Api-Token",
            Self::NoPlace => "the token API has no such path",
            Self::Unreadable => "what is asked cannot be read as JSON or as a form of this place",
            Self::Unknown => "no provider, or no API, of this name is set up",
            Self::BadTarget => "what the token is to point at cannot be meant",
            Self::NoHandle => "the request brings no handle, and nothing else goes out",
            Self::Handle => "the handle stands for nobody here, or for nobody any more",
            Self::NoWayOut => "no way out leads there",
            Self::Proof => "the proof that the sender has the token's key is not to be relied on",
            Self::Nonce => "the proof has to hold the nonce of this answer",
            Self::Bound => "the token is bound to its sender's key and is not passed on",
            Self::Override => "what is to be otherwise than the configuration says is not taken",
            Self::Unsayable => "the answer of the API is too large, or no text",
            Self::OwnToken => "tokens of the application itself are not given here",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "STEAD-{}", *self as u16)
    }
}
