//! Which question it is: a path and its method.

use super::microsoft::Whose;
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
    /// `GET /Validate`.
    Validate,
    /// `GET /AuthorizationHeader/{api}`.
    Header(String, Whose),
    /// `POST /DownstreamApi/{api}`.
    Call(String, Whose),
}

/// In whose manner a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Our own.
    Ours,
    /// As nais/texas does.
    Texas,
    /// As Microsoft's sidecar does.
    Microsoft,
}

impl Question {
    /// The question of a path, if it is asked by the right method.
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Code> {
        let (question, asked_by) = match path {
            "/token" => (Self::Token, Method::POST),
            "/introspect" => (Self::Introspect, Method::POST),
            "/api/v1/token" => (Self::TexasToken, Method::POST),
            "/api/v1/token/exchange" => (Self::TexasExchange, Method::POST),
            "/api/v1/introspect" => (Self::TexasIntrospect, Method::POST),
            _ => Self::in_microsofts_words(path).ok_or(Code::NoPlace)?,
        };
        if *method == asked_by { Ok(question) } else { Err(Code::Method) }
    }

    /// Their paths are read in any case, but for the name of the API.
    fn in_microsofts_words(path: &str) -> Option<(Self, Method)> {
        let (word, api) = path.strip_prefix('/')?.split_once('/').unzip();
        let word = word.or(path.strip_prefix('/'))?.to_ascii_lowercase();
        let api = api.filter(|api| !api.contains('/')).map(str::to_owned);
        Some(match (word.as_str(), api) {
            ("validate", None) => (Self::Validate, Method::GET),
            ("authorizationheader", Some(api)) => (Self::Header(api, Whose::Callers), Method::GET),
            ("authorizationheaderunauthenticated", Some(api)) => {
                (Self::Header(api, Whose::Own), Method::GET)
            }
            ("downstreamapi", Some(api)) => (Self::Call(api, Whose::Callers), Method::POST),
            ("downstreamapiunauthenticated", Some(api)) => {
                (Self::Call(api, Whose::Own), Method::POST)
            }
            _ => return None,
        })
    }

    /// What it is called in metrics and logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Token => "api token",
            Self::Introspect => "api introspect",
            Self::TexasToken => "api texas token",
            Self::TexasExchange => "api texas exchange",
            Self::TexasIntrospect => "api texas introspect",
            Self::Validate => "api microsoft validate",
            Self::Header(..) => "api microsoft header",
            Self::Call(..) => "api microsoft call",
        }
    }

    /// In whose manner it is answered.
    pub(super) fn manner(&self) -> Manner {
        match self {
            Self::Token | Self::Introspect => Manner::Ours,
            Self::TexasToken | Self::TexasExchange | Self::TexasIntrospect => Manner::Texas,
            Self::Validate | Self::Header(..) | Self::Call(..) => Manner::Microsoft,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_method() {
        let graph = || "graph".to_owned();
        for (method, path, question) in [
            (Method::POST, "/token", Ok(Question::Token)),
            (Method::GET, "/token", Err(Code::Method)),
            (Method::GET, "/validate", Ok(Question::Validate)),
            (
                Method::GET,
                "/AuthorizationHeader/graph",
                Ok(Question::Header(graph(), Whose::Callers)),
            ),
            (
                Method::POST,
                "/DownstreamApiUnauthenticated/graph",
                Ok(Question::Call(graph(), Whose::Own)),
            ),
            (Method::GET, "/DownstreamApi/graph", Err(Code::Method)),
            (Method::GET, "/AuthorizationHeader", Err(Code::NoPlace)),
            (Method::GET, "/AuthorizationHeader/a/b", Err(Code::NoPlace)),
            (Method::GET, "/Validate/a", Err(Code::NoPlace)),
            (Method::GET, "/", Err(Code::NoPlace)),
        ] {
            assert_eq!(Question::of(&method, path), question, "{method} {path}");
        }
    }
}
