//! Which question it is: a path and its method.

use crate::errors::Code;
use http::Method;

/// A question to the token API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// `POST /token`.
    Token,
    /// `POST /introspect`.
    Introspect,
    /// `POST /api/v1/token`.
    TexasToken,
    /// `POST /api/v1/token/exchange`.
    TexasExchange,
    /// `POST /api/v1/introspect`.
    TexasIntrospect,
}

/// In whose manner a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Our own.
    Ours,
    /// As nais/texas does.
    Texas,
}

impl Question {
    /// The question of a path, if it is asked by the right method.
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Code> {
        let question = match path {
            "/token" => Self::Token,
            "/introspect" => Self::Introspect,
            "/api/v1/token" => Self::TexasToken,
            "/api/v1/token/exchange" => Self::TexasExchange,
            "/api/v1/introspect" => Self::TexasIntrospect,
            _ => return Err(Code::NoPlace),
        };
        if *method == Method::POST { Ok(question) } else { Err(Code::Method) }
    }

    /// What it is called in metrics and logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Token => "api token",
            Self::Introspect => "api introspect",
            Self::TexasToken => "api texas token",
            Self::TexasExchange => "api texas exchange",
            Self::TexasIntrospect => "api texas introspect",
        }
    }

    /// In whose manner it answers.
    pub(super) fn manner(&self) -> Manner {
        match self {
            Self::Token | Self::Introspect => Manner::Ours,
            Self::TexasToken | Self::TexasExchange | Self::TexasIntrospect => Manner::Texas,
        }
    }
}
